using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Schemas;

/// <summary>Reads schemas of OpenAPI v2 definitions and of CRDs (<c>openAPIV3Schema</c>).</summary>
internal static class SchemaReader
{
    private const string Prefix = "#/definitions/";

    /// <summary>Reads one schema; <paramref name="definitions"/> is where its references are looked up.</summary>
    public static Schema Read(JsonElement json, IReadOnlyDictionary<string, Schema>? definitions = null)
    {
        var schema = new Schema { Definitions = definitions };
        if (json.ValueKind != JsonValueKind.Object)
        {
            schema.PreserveUnknown = true;
            return schema;
        }

        foreach (JsonProperty property in json.EnumerateObject())
        {
            ReadKeyword(schema, property.Name, property.Value, definitions);
        }

        InferTopology(schema);
        return schema;
    }

    private static void ReadKeyword(Schema schema, string name, JsonElement value, IReadOnlyDictionary<string, Schema>? definitions)
    {
        switch (name)
        {
            case "$ref":
                schema.Reference = value.GetString()![Prefix.Length..];
                break;
            case "type":
                schema.Type = value.GetString() ?? "";
                break;
            case "format":
                schema.Format = value.GetString() ?? "";
                schema.IntOrString |= schema.Format == "int-or-string";
                break;
            case "description":
                schema.Description = value.GetString() ?? "";
                break;
            case "properties":
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    schema.Properties[member.Name] = Read(member.Value, definitions);
                }

                break;
            case "additionalProperties":
                schema.Values = value.ValueKind switch
                {
                    JsonValueKind.False => null,
                    JsonValueKind.True => Schema.Anything,
                    _ => Read(value, definitions),
                };
                break;
            case "items":
                schema.Items = Read(value, definitions);
                break;
            case "required":
                schema.Required = Strings(value);
                break;
            case "enum":
                schema.Enum = JsonNode.Parse(value.GetRawText()) as JsonArray;
                break;
            case "default":
                schema.Default = JsonNode.Parse(value.GetRawText());
                break;
            case "allOf":
                schema.AllOf = [.. value.EnumerateArray().Select(s => Read(s, definitions))];
                break;
            case "anyOf":
                schema.AnyOf = [.. value.EnumerateArray().Select(s => Read(s, definitions))];
                break;
            case "oneOf":
                schema.OneOf = [.. value.EnumerateArray().Select(s => Read(s, definitions))];
                break;
            case "not":
                schema.Not = Read(value, definitions);
                break;
            default:
                ReadLimit(schema, name, value);
                break;
        }
    }

    private static void ReadLimit(Schema schema, string name, JsonElement value)
    {
        switch (name)
        {
            case "nullable":
                schema.Nullable = value.GetBoolean();
                break;
            case "minimum":
                schema.Minimum = value.GetDouble();
                break;
            case "maximum":
                schema.Maximum = value.GetDouble();
                break;
            case "exclusiveMinimum":
                schema.ExclusiveMinimum = value.GetBoolean();
                break;
            case "exclusiveMaximum":
                schema.ExclusiveMaximum = value.GetBoolean();
                break;
            case "multipleOf":
                schema.MultipleOf = value.GetDouble();
                break;
            case "minLength":
                schema.MinLength = value.GetInt64();
                break;
            case "maxLength":
                schema.MaxLength = value.GetInt64();
                break;
            case "minItems":
                schema.MinItems = value.GetInt64();
                break;
            case "maxItems":
                schema.MaxItems = value.GetInt64();
                break;
            case "minProperties":
                schema.MinProperties = value.GetInt64();
                break;
            case "maxProperties":
                schema.MaxProperties = value.GetInt64();
                break;
            case "uniqueItems":
                schema.UniqueItems = value.GetBoolean();
                break;
            case "pattern":
                schema.Pattern = value.GetString() is string pattern ? new SchemaPattern(pattern) : null;
                break;
            default:
                ReadExtension(schema, name, value);
                break;
        }
    }

    private static void ReadExtension(Schema schema, string name, JsonElement value)
    {
        switch (name)
        {
            case "x-kubernetes-list-type":
                schema.Topology = value.GetString() switch { "set" => Topology.Set, "map" => Topology.Map, _ => Topology.Atomic };
                break;
            case "x-kubernetes-map-type":
                schema.Topology = value.GetString() == "atomic" ? Topology.Atomic : Topology.Default;
                break;
            case "x-kubernetes-list-map-keys":
                schema.MapKeys = Strings(value);
                break;
            case "x-kubernetes-patch-strategy":
                schema.PatchStrategy = value.GetString() ?? "";
                break;
            case "x-kubernetes-patch-merge-key":
                schema.PatchMergeKey = value.GetString() ?? "";
                break;
            case "x-kubernetes-int-or-string":
                schema.IntOrString = value.GetBoolean();
                break;
            case "x-kubernetes-preserve-unknown-fields":
                schema.PreserveUnknown = value.GetBoolean();
                break;
            case "x-kubernetes-embedded-resource":
                schema.EmbeddedResource = value.GetBoolean();
                break;
            default:
                break;
        }
    }

    /// <summary>Where a document only says how strategic merge treats a list, server-side apply treats it the same way.</summary>
    private static void InferTopology(Schema schema)
    {
        if (schema.Topology == Topology.Default && schema.Type == "array" && schema.PatchStrategy.Split(',').Contains("merge"))
        {
            schema.Topology = schema.PatchMergeKey.Length > 0 ? Topology.Map : Topology.Set;
            schema.MapKeys = schema.PatchMergeKey.Length > 0 ? [schema.PatchMergeKey] : [];
        }
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(s => s.GetString() ?? "")];
}
