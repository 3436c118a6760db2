using System.Globalization;

namespace Beacon.Chain.Duties;

/// <summary>A range of validators whose duties are counted together.</summary>
/// <param name="Name">The metrics' label <c>key_group</c>.</param>
/// <param name="First">First validator index.</param>
/// <param name="Last">Last validator index, inclusive. Indices that do not exist (yet) have no duties.</param>
public sealed record DutyGroup(string Name, ulong First, ulong Last)
{
    /// <summary>Most groups that a node counts.</summary>
    public const int MaximumGroups = 64;

    private const int MaximumNameLength = 63;

    /// <summary>Reads <c>NAME=FIRST-LAST</c>.</summary>
    /// <param name="text">The text. Names consist of lower-case letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, at most 63 of them.</param>
    /// <returns>The group, or null where the text is none.</returns>
    public static DutyGroup? TryParse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        int dash = text.LastIndexOf('-');
        if (equals < 1 || equals > MaximumNameLength || dash <= equals)
        {
            return null;
        }

        string name = text[..equals];
        return name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')
            && ulong.TryParse(text.AsSpan(equals + 1, dash - equals - 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong first)
            && ulong.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong last)
            && first <= last
            ? new DutyGroup(name, first, last)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={First}-{Last}");
}
