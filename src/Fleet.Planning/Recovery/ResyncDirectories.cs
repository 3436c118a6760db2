using System.Globalization;
using Beacon.Genesis;
using Fleet.Api;

namespace Fleet.Planning.Recovery;

/// <summary>Chain directories of a node that began anew: s1, s2 and so on.</summary>
internal static class ResyncDirectories
{
    /// <summary>Directories left behind that stay on the volume.</summary>
    private const int Kept = 4;

    /// <summary>The suffix after another.</summary>
    public static string Next(string? present) => Suffix(Number(present) + 1);

    /// <summary>Names of the directories that a node left before it came to the one it has, the latest last.</summary>
    public static IReadOnlyCollection<string> Before(BeaconNodeSpec node, NetworkManifest? manifest)
    {
        if (node.ChainDirectory is not { } suffix || manifest is null || node.Iteration != manifest.Iteration)
        {
            return [];
        }

        return
        [
            .. Enumerable.Range(0, Number(suffix))
                .Select(number => Names.ChainDirectory(manifest.Iteration, manifest.GenesisRoot, number == 0 ? null : Suffix(number)))
                .TakeLast(Kept),
        ];
    }

    private static string Suffix(int number) => string.Create(CultureInfo.InvariantCulture, $"s{number}");

    private static int Number(string? suffix) =>
        suffix is ['s', ..] && int.TryParse(suffix.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
