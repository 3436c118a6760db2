namespace Fleet.Cli.Common;

/// <summary>Sentences over several lines.</summary>
internal static class WrappedText
{
    /// <summary>The lines of a text, broken at spaces; a word that is longer stays whole.</summary>
    /// <param name="text">One line.</param>
    /// <param name="width">Most characters of a line.</param>
    public static IReadOnlyList<string> Lines(string text, int width)
    {
        List<string> lines = [];
        int start = 0;
        while (text.Length - start > width)
        {
            int space = text.LastIndexOf(' ', start + width, width + 1);
            space = space > start ? space : text.IndexOf(' ', start + width);
            if (space < 0)
            {
                break;
            }

            lines.Add(text[start..space]);
            start = space + 1;
        }

        lines.Add(text[start..]);
        return lines;
    }
}
