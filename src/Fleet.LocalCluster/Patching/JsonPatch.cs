using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Patching;

/// <summary>A patch that can't be applied.</summary>
internal sealed class PatchException(string message) : Exception(message)
{
    /// <summary>Whether the patch can't even be read, whatever document it is for.</summary>
    public bool IsMalformed { get; init; }
}

/// <summary>JSON Patch, RFC 6902.</summary>
internal static class JsonPatch
{
    private const int MaxOperations = 10_000;

    /// <summary>The document after all operations; the argument is not changed.</summary>
    /// <exception cref="PatchException">An operation is malformed, its path is missing, or a test failed.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonNode? patch)
    {
        if (patch is not JsonArray operations || operations.Count > MaxOperations)
        {
            throw new PatchException($"a JSON patch is an array of at most {MaxOperations} operations") { IsMalformed = true };
        }

        var holder = new JsonObject { ["root"] = document?.DeepClone() };
        foreach (JsonNode? operation in operations)
        {
            Run(holder, operation as JsonObject ?? throw new PatchException("a JSON patch operation is an object") { IsMalformed = true });
        }

        JsonNode? result = holder["root"];
        holder.Remove("root");
        return result;
    }

    private static void Run(JsonObject holder, JsonObject operation)
    {
        string path = operation.Str("path") ?? throw new PatchException("a JSON patch operation needs a path");
        switch (operation.Str("op"))
        {
            case "add":
                Add(holder, path, Value(operation));
                break;
            case "remove":
                _ = Remove(holder, path);
                break;
            case "replace":
                Replace(holder, path, Value(operation));
                break;
            case "move":
                string from = operation.Str("from") ?? throw new PatchException("move needs from");
                if (path.StartsWith(from + "/", StringComparison.Ordinal))
                {
                    throw new PatchException("a value can't be moved into itself");
                }

                Add(holder, path, Remove(holder, from));
                break;
            case "copy":
                Add(holder, path, Get(holder, operation.Str("from") ?? throw new PatchException("copy needs from"))?.DeepClone());
                break;
            case "test":
                if (!JsonNode.DeepEquals(Get(holder, path), operation["value"]))
                {
                    throw new PatchException($"testing path {path} failed");
                }

                break;
            default:
                throw new PatchException($"Unexpected kind: {operation.Str("op")}");
        }
    }

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out JsonNode? value) ? value?.DeepClone() : throw new PatchException("the operation needs a value");

    private static (JsonNode Parent, string Last) Locate(JsonObject holder, string path)
    {
        if (path.Length > 0 && path[0] != '/')
        {
            throw new PatchException($"path \"{path}\" must begin with a slash");
        }

        string[] parts = [.. path.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        JsonNode? node = holder;
        string next = "root";
        foreach (string part in parts)
        {
            node = Child(node, next, path);
            next = part;
        }

        return (node ?? throw Missing(path), next);
    }

    private static JsonNode? Child(JsonNode? node, string name, string path) => node switch
    {
        JsonObject map when map.TryGetPropertyValue(name, out JsonNode? child) => child,
        JsonArray list when Index(name, list.Count - 1) is int i => list[i],
        _ => throw Missing(path),
    };

    private static JsonNode? Get(JsonObject holder, string path)
    {
        (JsonNode parent, string last) = Locate(holder, path);
        return Child(parent, last, path);
    }

    private static void Add(JsonObject holder, string path, JsonNode? value)
    {
        (JsonNode parent, string last) = Locate(holder, path);
        switch (parent)
        {
            case JsonObject map:
                map[last] = value;
                break;
            case JsonArray list when last == "-":
                list.Add(value);
                break;
            case JsonArray list when Index(last, list.Count) is int i:
                list.Insert(i, value);
                break;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Remove(JsonObject holder, string path)
    {
        (JsonNode parent, string last) = Locate(holder, path);
        JsonNode? value = Child(parent, last, path);
        if (parent is JsonObject map)
        {
            map.Remove(last);
        }
        else
        {
            ((JsonArray)parent).RemoveAt(Index(last, int.MaxValue)!.Value);
        }

        return value;
    }

    private static void Replace(JsonObject holder, string path, JsonNode? value)
    {
        (JsonNode parent, string last) = Locate(holder, path);
        _ = Child(parent, last, path);
        if (parent is JsonObject map)
        {
            map[last] = value;
        }
        else
        {
            ((JsonArray)parent)[Index(last, int.MaxValue)!.Value] = value;
        }
    }

    private static int? Index(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index <= most && (text.Length == 1 || text[0] != '0') ? index : null;

    private static PatchException Missing(string path) => new($"the path {path} does not exist in the document");
}
