using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fleet.LocalCluster.Tables;

/// <summary>The JSONPath that printer columns use: members, indexes, <c>[*]</c> and filters <c>[?(@.a=="b")]</c>.</summary>
internal sealed class JsonPath
{
    private readonly List<Func<JsonElement, IEnumerable<JsonElement>>> _steps = [];

    /// <summary>Reads a path; what can't be read finds nothing.</summary>
    public static JsonPath Parse(string text)
    {
        var path = new JsonPath();
        int at = 0;
        text = text.Trim('{', '}');
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                int end = FindEnd(text, at);
                if (end < 0)
                {
                    path._steps.Add(_ => []);
                    return path;
                }

                path._steps.Add(Bracket(text[(at + 1)..end].Trim()));
                at = end + 1;
                continue;
            }

            at += text[at] == '.' ? 1 : 0;
            var name = new StringBuilder();
            while (at < text.Length && text[at] is not ('.' or '['))
            {
                at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
                name.Append(text[at++]);
            }

            if (name.Length > 0)
            {
                path._steps.Add(Member(name.ToString()));
            }
        }

        return path;
    }

    /// <summary>All values a path leads to.</summary>
    public List<JsonElement> Find(JsonElement root)
    {
        List<JsonElement> current = [root];
        foreach (Func<JsonElement, IEnumerable<JsonElement>> step in _steps)
        {
            current = [.. current.SelectMany(step)];
        }

        return current;
    }

    private static int FindEnd(string text, int start)
    {
        char quote = '\0';
        int depth = 0;
        for (int i = start; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '[')
            {
                depth++;
            }
            else if (c == ']' && --depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static Func<JsonElement, IEnumerable<JsonElement>> Member(string name) =>
        e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out JsonElement child) ? [child] : [];

    private static Func<JsonElement, IEnumerable<JsonElement>> Bracket(string body)
    {
        if (body == "*")
        {
            return e => e.ValueKind switch
            {
                JsonValueKind.Array => e.EnumerateArray(),
                JsonValueKind.Object => e.EnumerateObject().Select(p => p.Value),
                _ => [],
            };
        }

        if (body.Length > 1 && body[0] is '"' or '\'')
        {
            return Member(body[1..^1]);
        }

        if (int.TryParse(body, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            return e =>
            {
                int at = e.ValueKind == JsonValueKind.Array && index < 0 ? e.GetArrayLength() + index : index;
                return e.ValueKind == JsonValueKind.Array && at >= 0 && at < e.GetArrayLength() ? [e[at]] : [];
            };
        }

        return body.StartsWith("?(", StringComparison.Ordinal) && body.EndsWith(')') ? Filter(body[2..^1]) : _ => [];
    }

    private static Func<JsonElement, IEnumerable<JsonElement>> Filter(string condition)
    {
        foreach (string sign in (string[])["==", "!="])
        {
            int at = condition.IndexOf(sign, StringComparison.Ordinal);
            if (at > 0)
            {
                var left = Parse(condition[..at].Trim().TrimStart('@'));
                string right = condition[(at + 2)..].Trim().Trim('"', '\'');
                bool equal = sign == "==";
                return e => e.ValueKind == JsonValueKind.Array
                    ? e.EnumerateArray().Where(i => left.Find(i).Any(v => (v.ValueKind == JsonValueKind.String ? v.GetString() : v.GetRawText()) == right) == equal)
                    : [];
            }
        }

        var exists = Parse(condition.Trim().TrimStart('@'));
        return e => e.ValueKind == JsonValueKind.Array ? e.EnumerateArray().Where(i => exists.Find(i).Count > 0) : [];
    }
}
