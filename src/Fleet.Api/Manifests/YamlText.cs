using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.Api.Manifests;

/// <summary>Writes JSON trees as block-style YAML, deterministically and in the order of the tree.</summary>
public static class YamlText
{
    /// <summary>The YAML of one document, ending with a line feed.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        if (node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            Block(text, node, 0);
        }
        else
        {
            text.Append(Inline(node)).Append('\n');
        }

        return text.ToString();
    }

    private static void Block(StringBuilder text, JsonNode node, int indent)
    {
        bool first = true;
        if (node is JsonObject map)
        {
            foreach ((string key, JsonNode? value) in map)
            {
                Indent(text, first ? 0 : indent);
                first = false;
                text.Append(Quote(key)).Append(':');
                Value(text, value, indent, listIndent: indent);
            }
        }
        else
        {
            foreach (JsonNode? item in (JsonArray)node)
            {
                Indent(text, first ? 0 : indent);
                first = false;
                text.Append('-');
                if (item is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
                {
                    text.Append(' ');
                    Block(text, item, indent + 2);
                }
                else
                {
                    text.Append(' ').Append(Inline(item)).Append('\n');
                }
            }
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int indent, int listIndent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 }:
                text.Append('\n');
                Indent(text, indent + 2);
                Block(text, value, indent + 2);
                break;
            case JsonArray { Count: > 0 }:
                text.Append('\n');
                Indent(text, listIndent);
                Block(text, value, listIndent);
                break;
            case JsonValue when value.GetValueKind() == JsonValueKind.String && IsBlockText(value.GetValue<string>()):
                Literal(text, value.GetValue<string>(), indent + 2);
                break;
            default:
                text.Append(' ').Append(Inline(value)).Append('\n');
                break;
        }
    }

    private static bool IsBlockText(string value) =>
        value.Contains('\n', StringComparison.Ordinal) && value[0] is not (' ' or '\n') && !value.Any(c => c < ' ' && c != '\n');

    private static void Literal(StringBuilder text, string value, int indent)
    {
        string body = value.TrimEnd('\n');
        int trailing = value.Length - body.Length;
        text.Append(trailing switch { 0 => " |-\n", 1 => " |\n", _ => " |+\n" });
        foreach (string line in body.Split('\n'))
        {
            if (line.Length > 0)
            {
                Indent(text, indent);
            }

            text.Append(line).Append('\n');
        }

        text.Append('\n', Math.Max(0, trailing - 1));
    }

    private static void Indent(StringBuilder text, int count) => text.Append(' ', count);

    private static string Inline(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when node.GetValueKind() == JsonValueKind.String => Quote(node.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    /// <summary>A text as it is, or in double quotes where YAML would read it as something else.</summary>
    private static string Quote(string value)
    {
        if (IsPlain(value))
        {
            return value;
        }

        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (char c in value)
        {
            quoted = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' or '\ufeff' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPlain(string value)
    {
        if (value.Length == 0 || value.Length > 200 || value[0] == ' ' || value[^1] is ' ' or ':')
        {
            return false;
        }

        if (value.ToLowerInvariant() is "null" or "~" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n" or ".inf" or ".nan")
        {
            return false;
        }

        // What begins like a number, a date or an indicator is quoted; everything else is text in every YAML version.
        char first = value[0];
        bool startsAsText = char.IsAsciiLetter(first) || first is '/' or '_' or '$' or '^' or '(' || (first == '.' && value.Length > 1 && char.IsAsciiLetter(value[1]));
        return startsAsText
            && !value.Contains(": ", StringComparison.Ordinal)
            && !value.Contains(" #", StringComparison.Ordinal)
            && value.All(c => c is >= ' ' and <= '~' || c > '\u00a0' && c is not ('\u2028' or '\u2029' or '\ufeff'));
    }
}
