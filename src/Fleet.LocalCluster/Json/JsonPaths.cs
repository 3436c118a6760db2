using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Json;

/// <summary>Reading and writing by path in documents whose shape is not known to be right: what is missing or of another type is null.</summary>
internal static class JsonPaths
{
    /// <summary>The node below a chain of member names, or null.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            node = node is JsonObject map && map.TryGetPropertyValue(name, out JsonNode? child) ? child : null;
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>The string at a path, or null when it is something else.</summary>
    public static string? Str(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The integer at a path, or null when it is something else.</summary>
    public static long? Int(this JsonNode? node, params ReadOnlySpan<string> path) => AsInt(node.At(path));

    /// <summary>The boolean at a path, or null when it is something else.</summary>
    public static bool? Bool(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>The object at a path, or null.</summary>
    public static JsonObject? Obj(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    /// <summary>The array at a path, or null.</summary>
    public static JsonArray? Arr(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    /// <summary>The objects of the array at a path; elements of other types are passed over.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The object at a path, made (with those above it) where it is missing.</summary>
    public static JsonObject Need(this JsonObject map, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (map[name] is not JsonObject child)
            {
                child = [];
                map[name] = child;
            }

            map = child;
        }

        return map;
    }

    /// <summary>Sets a member unless it is there already (null counts as missing).</summary>
    public static void Default(this JsonObject map, string name, JsonNode? value)
    {
        if (map[name] is null)
        {
            map[name] = value;
        }
    }

    /// <summary>A value as a 64-bit integer, whichever number type holds it.</summary>
    public static long? AsInt(JsonNode? node)
    {
        if (node is not JsonValue value)
        {
            return null;
        }

        if (value.TryGetValue(out long big))
        {
            return big;
        }

        if (value.TryGetValue(out int small))
        {
            return small;
        }

        return value.GetValueKind() == JsonValueKind.Number && AsDouble(node) is double real && Math.Floor(real) == real ? (long)real : null;
    }

    /// <summary>A value as a double, whichever number type holds it.</summary>
    public static double? AsDouble(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real : null;

    /// <summary>The string at a path of a read-only document, or null.</summary>
    public static string? Str(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    /// <summary>The element at a path of a read-only document, or null.</summary>
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }

    /// <summary>The elements of the array at a path of a read-only document; none when there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];
}
