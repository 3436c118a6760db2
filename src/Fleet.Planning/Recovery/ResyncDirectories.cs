using System.Globalization;

namespace Fleet.Planning.Recovery;

/// <summary>Chain directories of a node that began anew: s1, s2 and so on.</summary>
internal static class ResyncDirectories
{
    /// <summary>Directories left behind that stay on the volume.</summary>
    private const int Kept = 4;

    /// <summary>The suffix after another.</summary>
    public static string Next(string? present) => string.Create(CultureInfo.InvariantCulture, $"s{Number(present) + 1}");

    /// <summary>Names of the directories that a node left before it came to one, the latest last.</summary>
    public static IEnumerable<string> Before(string suffix, int iteration, string genesisRoot)
    {
        string root = genesisRoot.StartsWith("0x", StringComparison.Ordinal) ? genesisRoot[2..] : genesisRoot;
        string first = string.Create(CultureInfo.InvariantCulture, $"{iteration}-{root[..Math.Min(8, root.Length)]}");
        return Enumerable.Range(0, Number(suffix)).Select(number => number == 0 ? first : string.Create(CultureInfo.InvariantCulture, $"{first}-s{number}")).TakeLast(Kept);
    }

    private static int Number(string? suffix) =>
        suffix is ['s', ..] && int.TryParse(suffix.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
