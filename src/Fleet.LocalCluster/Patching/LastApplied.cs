using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Patching;

/// <summary>
/// The annotation in which <c>kubectl apply</c> keeps what it applied last. A server keeps the way from it to <c>kubectl apply --server-side</c> open: what
/// was applied so is taken over without a conflict, and the annotation follows, so that the way back stays open too.
/// </summary>
internal static class LastApplied
{
    /// <summary>The manager for which this is done; who wants none of it chooses another.</summary>
    public const string Manager = "kubectl";

    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The fields that were applied last by the client; none when it did not apply the object, or what it noted can't be read.</summary>
    public static FieldSet Fields(JsonObject live, Schema schema)
    {
        try
        {
            return live.Str("metadata", "annotations", Annotation) is string text && JsonNode.Parse(text) is JsonObject applied
                ? TypedDocument.FieldsOf(applied, schema) : new FieldSet();
        }
        catch (JsonException)
        {
            return new FieldSet();
        }
    }

    /// <summary>Brings the annotation, where there is one, up to what has just been applied.</summary>
    public static void Follow(JsonObject live, JsonObject applied)
    {
        if (live.Str("metadata", "annotations", Annotation) is null)
        {
            return;
        }

        var copy = (JsonObject)applied.DeepClone();
        copy.Obj("metadata", "annotations")?.Remove(Annotation);
        live.Need("metadata", "annotations")[Annotation] = JsonText.Text(Sorted(copy)) + "\n";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
