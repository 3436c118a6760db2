using System.Text;

namespace Fleet.Cli.Common;

/// <summary>Text from elsewhere (logs, server messages) made harmless for a terminal.</summary>
internal static class SafeText
{
    /// <summary>Replaces control characters, terminal escapes among them, by visible <c>\xNN</c>; tabs stay.</summary>
    public static string Neutralise(string text)
    {
        int first = IndexOfControl(text, 0);
        if (first < 0)
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 16);
        safe.Append(text, 0, first);
        for (int i = first; i < text.Length; i++)
        {
            if (IsControl(text[i]))
            {
                safe.Append("\\x").Append(((int)text[i]).ToString("x2"));
            }
            else
            {
                safe.Append(text[i]);
            }
        }

        return safe.ToString();
    }

    private static int IndexOfControl(string text, int start)
    {
        for (int i = start; i < text.Length; i++)
        {
            if (IsControl(text[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsControl(char c) => c != '\t' && char.IsControl(c);
}
