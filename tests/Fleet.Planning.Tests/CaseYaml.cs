using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Api.Manifests;

namespace Fleet.Planning.Tests;

/// <summary>YAML of the cases as JSON trees, and merge patches on them.</summary>
internal static class CaseYaml
{
    public static JsonNode? Read(string file) => ToJson(YamlTreeReader.Read(File.ReadAllText(file), file).Single());

    /// <summary>RFC 7386.</summary>
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target is JsonObject existing ? (JsonObject)existing.DeepClone() : [];
        foreach ((string key, JsonNode? value) in changes)
        {
            if (value is null)
            {
                result.Remove(key);
            }
            else
            {
                result[key] = Merge(result[key], value);
            }
        }

        return result;
    }

    private static JsonNode? ToJson(YamlNode node)
    {
        switch (node)
        {
            case YamlMap map:
                JsonObject result = [];
                foreach ((string key, _, YamlNode value) in map.Entries)
                {
                    result[key] = ToJson(value);
                }

                return result;
            case YamlList list:
                return new JsonArray([.. list.Items.Select(ToJson)]);
            case YamlScalar { Plain: true, Text: "" or "null" or "~" }:
                return null;
            case YamlScalar { Plain: true, Text: "true" or "false" } flag:
                return JsonValue.Create(flag.Text == "true");
            case YamlScalar { Plain: true } number when long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer):
                return JsonValue.Create(integer);
            case YamlScalar text:
                return JsonValue.Create(text.Text);
            default:
                throw new InvalidOperationException($"line {node.Line}: no such node");
        }
    }
}
