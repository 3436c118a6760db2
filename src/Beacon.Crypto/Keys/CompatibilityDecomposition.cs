using System.Globalization;
using System.Text;

namespace Beacon.Crypto.Keys;

/// <summary>Unicode normalization form KD, which passwords and passphrases are hashed in.</summary>
/// <remarks>The base library leaves text beyond ASCII as it is when the process runs without ICU, as ours do.</remarks>
internal static class CompatibilityDecomposition
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11172;

    private static readonly Lazy<(Dictionary<int, int[]> Decompositions, Dictionary<int, int> Classes)> Tables = new(Load);

    /// <summary>Normalizes. Lone surrogates become U+FFFD.</summary>
    public static string Normalize(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points);
        }

        Reorder(points);
        var result = new StringBuilder(points.Count);
        foreach (int point in points)
        {
            result.Append(char.ConvertFromUtf32(point));
        }

        return result.ToString();
    }

    private static void Decompose(int point, List<int> points)
    {
        int syllable = point - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            points.Add(0x1100 + (syllable / 588));
            points.Add(0x1161 + (syllable % 588 / 28));
            if (syllable % 28 != 0)
            {
                points.Add(0x11A7 + (syllable % 28));
            }
        }
        else if (Tables.Value.Decompositions.TryGetValue(point, out int[]? parts))
        {
            points.AddRange(parts);
        }
        else
        {
            points.Add(point);
        }
    }

    /// <summary>Canonical ordering: a stable sort of each run of combining marks by class.</summary>
    private static void Reorder(List<int> points)
    {
        for (int i = 1; i < points.Count; i++)
        {
            int point = points[i];
            int rank = Class(point);
            if (rank == 0)
            {
                continue;
            }

            int j = i;
            while (j > 0 && Class(points[j - 1]) > rank)
            {
                points[j] = points[j - 1];
                j--;
            }

            points[j] = point;
        }
    }

    private static int Class(int point) => Tables.Value.Classes.GetValueOrDefault(point);

    private static (Dictionary<int, int[]> Decompositions, Dictionary<int, int> Classes) Load()
    {
        var decompositions = new Dictionary<int, int[]>();
        var classes = new Dictionary<int, int>();
        foreach (string line in EmbeddedText.Lines("unicode-nfkd.txt"))
        {
            int separator = line.AsSpan().IndexOfAny('=', ':');
            int point = int.Parse(line.AsSpan(0, separator), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            string rest = line[(separator + 1)..];
            if (line[separator] == ':')
            {
                classes[point] = int.Parse(rest, CultureInfo.InvariantCulture);
            }
            else
            {
                decompositions[point] = [.. rest.Split(' ').Select(static part => int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            }
        }

        return (decompositions, classes);
    }
}
