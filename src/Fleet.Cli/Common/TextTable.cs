namespace Fleet.Cli.Common;

/// <summary>A table as kubectl prints them: upper-case headings, columns padded to their widest cell, three spaces between.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells)
    {
        if (cells.Length != headings.Length)
        {
            throw new ArgumentException($"a row of {cells.Length} cells in a table of {headings.Length} columns", nameof(cells));
        }

        _rows.Add([.. cells.Select(SafeText.Neutralise)]);
    }

    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="indent">What every line begins with.</param>
    /// <param name="widest">Characters of the last column after which its text goes on in the next line; null: never.</param>
    public void WriteTo(TextWriter writer, string indent = "", int? widest = null)
    {
        int[] widths = [.. headings.Select((heading, column) => Math.Max(heading.Length, _rows.Select(row => row[column].Length).DefaultIfEmpty().Max()))];
        WriteRow(writer, indent, headings, widths);
        foreach (string[] row in _rows)
        {
            IReadOnlyList<string> lines = widest is { } width ? WrappedText.Lines(row[^1], width) : [row[^1]];
            WriteRow(writer, indent, [.. row[..^1], lines[0]], widths);
            foreach (string line in lines.Skip(1))
            {
                WriteRow(writer, indent, [.. row[..^1].Select(_ => ""), line], widths);
            }
        }
    }

    private static void WriteRow(TextWriter writer, string indent, string[] cells, int[] widths)
    {
        IEnumerable<string> padded = cells.Select((cell, column) => cell.PadRight(widths[column]));
        writer.WriteLine((indent + string.Join("   ", padded)).TrimEnd());
    }
}
