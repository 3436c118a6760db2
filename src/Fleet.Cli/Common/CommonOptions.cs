using System.CommandLine;
using System.CommandLine.Parsing;

namespace Fleet.Cli.Common;

/// <summary>Options that mean the same in every verb that takes them.</summary>
internal static class CommonOptions
{
    public static Option<string?> DataDir { get; } = new("--data-dir")
    {
        Description = $"Directory of the local fleet (default {DataDirectory.DefaultPath}).",
    };

    public static Option<string?> Kubeconfig { get; } = new("--kubeconfig")
    {
        Description = "Kubeconfig to use instead of the local fleet's.",
    };

    public static Option<string?> Context { get; } = new("--context") { Description = "Context of the kubeconfig." };

    public static Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "Namespace (default: that of the context)." };

    public static Option<OutputFormat> Output { get; } = new("--output", "-o") { Description = "Print data instead of text: json or yaml.", CustomParser = Word<OutputFormat> };

    /// <summary>Reads one of the words that an enumeration has; what else is given is refused with all of them.</summary>
    public static T Word<T>(ArgumentResult argument)
        where T : struct, Enum
    {
        string word = argument.Tokens.Count > 0 ? argument.Tokens[^1].Value : "";
        if (word.All(char.IsAsciiLetter) && Enum.TryParse(word, ignoreCase: true, out T value))
        {
            return value;
        }

        string words = string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
        argument.AddError($"{(argument.Parent as OptionResult)?.IdentifierToken?.Value} is '{word}'; it must be one of {words}.");
        return default;
    }
}

/// <summary>How a verb prints what it found.</summary>
internal enum OutputFormat
{
    Text,
    Json,
    Yaml,
}
