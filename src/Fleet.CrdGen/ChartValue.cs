using System.Text.RegularExpressions;

namespace Fleet.CrdGen;

/// <summary>One value of a chart, as its <c>values.yaml</c> documents it.</summary>
/// <param name="Section">Heading it stands under: a line with two <c>#</c>.</param>
/// <param name="Path">Keys from the root, joined by dots.</param>
/// <param name="Default">Default, as written.</param>
/// <param name="Meaning">The comment right above the key.</param>
public sealed partial record ChartValue(string Section, string Path, string Default, string Meaning)
{
    /// <summary>The values of a file, in its order.</summary>
    /// <exception cref="FormatException">A value has no section or comment, or the file uses what this reader does not know.</exception>
    public static IReadOnlyList<ChartValue> Read(string text)
    {
        var values = new List<ChartValue>();
        var parents = new List<string>();
        var comment = new List<string>();
        string? section = null;
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string trimmed = line.Trim();
            if (trimmed.Length == 0)
            {
                comment.Clear();
            }
            else if (trimmed.StartsWith("## ", StringComparison.Ordinal))
            {
                section = trimmed[3..];
            }
            else if (trimmed.StartsWith("# ", StringComparison.Ordinal))
            {
                comment.Add(trimmed[2..]);
            }
            else
            {
                Match match = Entry().Match(line);
                int depth = match.Groups["indent"].Length / 2;
                if (!match.Success || depth > parents.Count)
                {
                    throw new FormatException($"values.yaml:{number}: is no key of a mapping");
                }

                parents.RemoveRange(depth, parents.Count - depth);
                parents.Add(match.Groups["key"].Value);
                string path = string.Join('.', parents);
                string @default = match.Groups["value"].Value;
                bool isLeaf = @default.Length > 0;
                if (isLeaf != comment.Count > 0)
                {
                    throw new FormatException(isLeaf ? $"values.yaml:{number}: {path} has no comment above it" : $"values.yaml:{number}: {path} has a comment, so its default must stand on its line");
                }

                if (isLeaf)
                {
                    values.Add(new ChartValue(section ?? throw new FormatException($"values.yaml:{number}: {path} stands under no section"), path, @default, string.Join(' ', comment)));
                    parents.RemoveAt(parents.Count - 1);
                }

                comment.Clear();
            }
        }

        return values;
    }

    [GeneratedRegex("^(?<indent>(?:  )*)(?<key>[A-Za-z]+):(?: (?<value>.+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();
}
