using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fleet.LocalCluster.Json;

/// <summary>Turns a YAML request body (server-side apply, or a manifest) into JSON by YAML 1.2's core rules. Aliases are refused: they are how YAML bombs are made.</summary>
internal static class YamlBody
{
    /// <summary>Reads one YAML document.</summary>
    /// <exception cref="JsonException">Not exactly one document, a duplicate key, an alias, or no YAML at all.</exception>
    public static JsonNode? Parse(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException error)
        {
            throw new JsonException($"error parsing YAML: line {error.Start.Line}: {error.Message}");
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // The parser fails this way on some texts that break off in the middle of a flow mapping.
            throw new JsonException("error parsing YAML: the text breaks off or is garbled", error);
        }

        if (stream.Documents.Count != 1)
        {
            throw new JsonException($"one YAML document is expected, found {stream.Documents.Count}");
        }

        return Convert(stream.Documents[0].RootNode, new HashSet<YamlNode>(ReferenceEqualityComparer.Instance));
    }

    private static JsonNode? Convert(YamlNode node, HashSet<YamlNode> seen)
    {
        if (node is not YamlScalarNode && !seen.Add(node))
        {
            throw new JsonException("YAML aliases are not supported");
        }

        switch (node)
        {
            case YamlMappingNode map:
                var result = new JsonObject();
                foreach ((YamlNode key, YamlNode value) in map.Children)
                {
                    string name = (key as YamlScalarNode)?.Value ?? throw new JsonException("YAML keys must be scalars");
                    result[name] = Convert(value, seen);
                }

                return result;
            case YamlSequenceNode list:
                var items = new JsonArray();
                foreach (YamlNode item in list.Children)
                {
                    items.Add(Convert(item, seen));
                }

                return items;
            case YamlScalarNode scalar:
                return Scalar(scalar);
            default:
                throw new JsonException("unsupported YAML node");
        }
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any))
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) => JsonValue.Create(integer),
            _ when char.IsAsciiDigit(text[^1]) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) => JsonValue.Create(real),
            _ => JsonValue.Create(text),
        };
    }
}
