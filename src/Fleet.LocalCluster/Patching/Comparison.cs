using System.Text.Json.Nodes;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Patching;

/// <summary>Finds the paths in which two documents of one type differ, as field managers come to own them.</summary>
/// <param name="builtin">Whether the documents are of a built-in kind, see <see cref="TypedDocument.Compare"/>.</param>
internal sealed class Comparison(bool builtin)
{
    /// <summary>Structs that built-in kinds hold by value, and the one list that is never left out.</summary>
    private static readonly HashSet<string> PartsOfTheirParent = new(StringComparer.Ordinal)
    {
        "metadata", "spec", "status", "template", "resources", "updateStrategy", "loadBalancer", "involvedObject", "source", "nodeInfo",
        "daemonEndpoints", "kubeletEndpoint", "names", "acceptedNames", "state", "lastState", "containers",
    };

    /// <summary>Adds what differs between two values to the sets of their path.</summary>
    /// <param name="before">The one value.</param>
    /// <param name="after">The other one.</param>
    /// <param name="schema">Type of both.</param>
    /// <param name="had">Whether there is a place for the value in the one document, be it empty.</param>
    /// <param name="has">The same for the other one.</param>
    /// <param name="changed">Receives what is new or different.</param>
    /// <param name="removed">Receives what is no longer there.</param>
    public void Run(JsonNode? before, JsonNode? after, Schema schema, bool had, bool has, FieldSet changed, FieldSet removed)
    {
        schema = schema.Resolved;
        if (JsonNode.DeepEquals(before, after))
        {
            return;
        }

        bool maps = (before ?? after) is JsonObject && (after ?? before) is JsonObject && schema.Topology != Topology.Atomic;
        bool lists = (before ?? after) is JsonArray && (after ?? before) is JsonArray && schema.IsAssociative;
        if ((!maps && !lists) || !had || !has || (IsEmpty(before) && IsEmpty(after)))
        {
            (after is null ? removed : changed).Self = true;
        }

        if (maps)
        {
            var left = before as JsonObject;
            var right = after as JsonObject;
            foreach (string name in (left ?? []).Select(p => p.Key).Union((right ?? []).Select(p => p.Key)).ToArray())
            {
                bool part = builtin && PartsOfTheirParent.Contains(name) && schema.Properties.ContainsKey(name);
                Run(left?[name], right?[name], schema.Member(name) ?? Schema.Anything, left?[name] is not null || (part && had), right?[name] is not null || (part && has),
                    changed.Child("f:" + name), removed.Child("f:" + name));
            }
        }
        else if (lists)
        {
            Dictionary<string, JsonNode?> left = TypedDocument.ByElement(before as JsonArray, schema);
            Dictionary<string, JsonNode?> right = TypedDocument.ByElement(after as JsonArray, schema);
            foreach (string element in left.Keys.Union(right.Keys).ToArray())
            {
                Run(left.GetValueOrDefault(element), right.GetValueOrDefault(element), schema.Items ?? Schema.Anything, left.ContainsKey(element), right.ContainsKey(element),
                    changed.Child(element), removed.Child(element));
            }
        }
    }

    private static bool IsEmpty(JsonNode? node) => node is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };
}
