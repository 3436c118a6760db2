using System.Text.RegularExpressions;

namespace Fleet.LocalCluster.Schemas;

/// <summary>The <c>pattern</c> of a schema. Its automaton is built at the first text and kept: to build one for every text is most of what a check of a large schema costs.</summary>
/// <param name="source">The expression as the schema has it, in RE2's syntax.</param>
internal sealed class SchemaPattern(string source)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Lazy<Regex> _regex = new(() => Build(source));

    /// <summary>Whether the expression is found in a text.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    /// <exception cref="RegexMatchTimeoutException">It took longer than a second.</exception>
    public bool Matches(string text) => _regex.Value.IsMatch(text);

    /// <summary>Why the expression is none; null if it is one.</summary>
    public string? Fault
    {
        get
        {
            try
            {
                // As it was written, for the message shows it.
                _ = new Regex(source, RegexOptions.CultureInvariant, Limit);
                return null;
            }
            catch (ArgumentException e)
            {
                return e.Message;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => source;

    private static Regex Build(string source)
    {
        // In .NET the last $ also matches before a line feed at the end, which it does not in RE2.
        if (source.EndsWith('$') && !source.EndsWith("\\$", StringComparison.Ordinal))
        {
            source = source[..^1] + "\\z";
        }

        try
        {
            return new Regex(source, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Limit);
        }
        catch (NotSupportedException)
        {
            return new Regex(source, RegexOptions.CultureInvariant, Limit);
        }
    }
}
