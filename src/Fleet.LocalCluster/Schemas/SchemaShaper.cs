using System.Buffers;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Schemas;

/// <summary>Brings documents into a schema's shape: unknown fields out, defaults in.</summary>
internal static class SchemaShaper
{
    private static readonly SearchValues<char> Base64Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n");

    /// <summary>Removes fields that the schema doesn't know; their paths are added to <paramref name="removed"/>.</summary>
    public static void Prune(Schema schema, JsonNode? value, string path, List<string> removed)
    {
        schema = schema.Resolved;
        if (value is JsonObject map)
        {
            // Only objects with declared members are closed; a schema that says nothing about members leaves them alone unless it is CRD-like.
            foreach (string name in map.Select(p => p.Key).ToArray())
            {
                bool resourceField = (path.Length == 0 || schema.EmbeddedResource) && name is "apiVersion" or "kind" or "metadata";
                Schema? member = schema.Properties.GetValueOrDefault(name) ?? schema.Values;
                if (member is not null)
                {
                    Prune(member, map[name], SchemaValidator.Join(path, name), removed);
                }
                else if (!schema.PreserveUnknown && !resourceField)
                {
                    removed.Add(SchemaValidator.Join(path, name));
                    map.Remove(name);
                }
            }
        }
        else if (value is JsonArray list && schema.Items is not null)
        {
            for (int i = 0; i < list.Count; i++)
            {
                Prune(schema.Items, list[i], $"{path}[{i}]", removed);
            }
        }
    }

    /// <summary>Sets defaults of missing members, outside in, so that a defaulted object's members get theirs.</summary>
    public static void ApplyDefaults(Schema schema, JsonNode? value)
    {
        schema = schema.Resolved;
        switch (value)
        {
            case JsonObject map:
                foreach ((string name, Schema member) in schema.Properties)
                {
                    Schema type = member.Resolved;
                    JsonNode? fallback = member.Default ?? type.Default;
                    if (fallback is not null && (!map.ContainsKey(name) || (map[name] is null && !type.Nullable)))
                    {
                        map[name] = fallback.DeepClone();
                    }

                    if (map[name] is JsonNode child)
                    {
                        ApplyDefaults(type, child);
                    }
                }

                if (schema.Values is not null)
                {
                    foreach ((string name, JsonNode? child) in map)
                    {
                        if (!schema.Properties.ContainsKey(name))
                        {
                            ApplyDefaults(schema.Values, child);
                        }
                    }
                }

                break;
            case JsonArray list when schema.Items is not null:
                foreach (JsonNode? item in list)
                {
                    ApplyDefaults(schema.Items, item);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Removes members that are null where the schema knows them and takes no null: in custom kinds they mean the same as missing.</summary>
    public static void DropNull(Schema schema, JsonNode? value)
    {
        schema = schema.Resolved;
        if (value is JsonObject map)
        {
            foreach ((string name, JsonNode? child) in map.ToArray())
            {
                Schema? member = (schema.Properties.GetValueOrDefault(name) ?? schema.Values)?.Resolved;
                if (child is null && member is { Nullable: false })
                {
                    map.Remove(name);
                }
                else if (member is not null)
                {
                    DropNull(member, child);
                }
            }
        }
        else if (value is JsonArray list && schema.Items is not null)
        {
            foreach (JsonNode? item in list)
            {
                DropNull(schema.Items, item);
            }
        }
    }

    /// <summary>Removes members that are null, lists and maps without an entry: in built-in kinds they mean the same as missing. An empty list of managed fields does not.</summary>
    public static void DropEmpty(Schema schema, JsonNode? value)
    {
        schema = schema.Resolved;
        if (value is JsonObject map)
        {
            foreach ((string name, JsonNode? child) in map.ToArray())
            {
                Schema? member = schema.Member(name)?.Resolved;
                if (child is null || (member is not null && name != "managedFields" && IsEmptyOf(member, child)))
                {
                    map.Remove(name);
                }
                else if (member is { PreserveUnknown: false })
                {
                    DropEmpty(member, child);
                }
            }
        }
        else if (value is JsonArray list && schema.Items is not null)
        {
            foreach (JsonNode? item in list)
            {
                DropEmpty(schema.Items, item);
            }
        }
    }

    private static bool IsEmptyOf(Schema schema, JsonNode value) =>
        (value is JsonArray { Count: 0 } && schema.Type == "array") || (value is JsonObject { Count: 0 } && schema.Values is not null && schema.Properties.Count == 0);

    /// <summary>The first value whose type is not the schema's: path, expected type and what was found; null when all fit.</summary>
    public static (string Path, string Expected, string Found)? FindTypeMismatch(Schema schema, JsonNode? value, string path)
    {
        schema = schema.Resolved;
        if (value is null)
        {
            return null;
        }

        if (!schema.PreserveUnknown && !SchemaValidator.TypeMatches(schema, value) && !(schema.Type == "string" && IsQuantityNumber(path, value)))
        {
            return (path, schema.Type, FieldErrors.TypeName(value));
        }

        if (value is JsonObject map)
        {
            foreach ((string name, JsonNode? child) in map)
            {
                if (schema.Member(name) is Schema member && FindTypeMismatch(member, child, SchemaValidator.Join(path, name)) is { } found)
                {
                    return found;
                }
            }
        }
        else if (value is JsonArray list && schema.Items is not null)
        {
            foreach (JsonNode? item in list)
            {
                if (FindTypeMismatch(schema.Items, item, path) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    /// <summary>Where the first text that should be base64 (<c>format: byte</c>) stops being it, as an index into that text; null when all is well.</summary>
    public static int? FindBadBase64(Schema schema, JsonNode? value)
    {
        schema = schema.Resolved;
        switch (value)
        {
            case JsonObject map:
                return map.Select(m => schema.Member(m.Key) is Schema member ? FindBadBase64(member, m.Value) : null).FirstOrDefault(at => at is not null);
            case JsonArray list when schema.Items is not null:
                return list.Select(item => FindBadBase64(schema.Items, item)).FirstOrDefault(at => at is not null);
            case JsonValue text when schema.Format == "byte" && text.TryGetValue(out string? encoded):
                return BadBase64(encoded);
            default:
                return null;
        }
    }

    private static int? BadBase64(string text)
    {
        if (Convert.TryFromBase64String(text, new byte[text.Length], out _) && !text.AsSpan().ContainsAny(' ', '\t'))
        {
            return null;
        }

        int at = text.AsSpan().IndexOfAnyExcept(Base64Characters);
        return at < 0 ? text.Length : at;
    }

    private static bool IsQuantityNumber(string path, JsonNode value) =>
        JsonPaths.AsDouble(value) is not null
        && (path.Contains("resources.", StringComparison.Ordinal) || path.Contains("capacity.", StringComparison.Ordinal) || path.EndsWith("sizeLimit", StringComparison.Ordinal));
}
