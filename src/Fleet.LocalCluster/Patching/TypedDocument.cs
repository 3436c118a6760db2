using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Patching;

/// <summary>What server-side apply does with documents whose types are known: field sets, comparison, merge, removal.</summary>
internal static class TypedDocument
{
    /// <summary>The paths of all leaves of a document (and of list items and map entries).</summary>
    public static FieldSet FieldsOf(JsonNode? value, Schema schema)
    {
        var set = new FieldSet();
        Collect(value, schema, set);
        return set;
    }

    /// <summary>The paths whose values differ between two documents: new or changed ones, and removed ones.</summary>
    /// <param name="before">The one document.</param>
    /// <param name="after">The other one.</param>
    /// <param name="schema">Type of both.</param>
    /// <param name="builtin">
    /// Whether it is a built-in kind. A kube-apiserver compares those as Go values, in which some members are part of their parent: they are there
    /// whenever it is, empty or not, and so neither come nor go by themselves.
    /// </param>
    public static (FieldSet Changed, FieldSet Removed) Compare(JsonNode? before, JsonNode? after, Schema schema, bool builtin)
    {
        var changed = new FieldSet();
        var removed = new FieldSet();
        new Comparison(builtin).Run(before, after, schema, true, true, changed, removed);
        return (changed, removed);
    }

    /// <summary>The live document with an applied one laid over it.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? applied, Schema schema)
    {
        schema = schema.Resolved;
        if (live is JsonObject left && applied is JsonObject right && schema.Topology != Topology.Atomic)
        {
            var result = (JsonObject)left.DeepClone();
            foreach ((string name, JsonNode? value) in right)
            {
                result[name] = Merge(result[name], value, schema.Member(name) ?? Schema.Anything);
            }

            return result;
        }

        return live is JsonArray before && applied is JsonArray after && schema.IsAssociative ? MergeList(before, after, schema) : applied?.DeepClone();
    }

    /// <summary>Removes the paths of a set from a document.</summary>
    public static void Remove(JsonNode? value, FieldSet paths, Schema schema)
    {
        schema = schema.Resolved;
        foreach ((string element, FieldSet child) in paths.Children)
        {
            if (value is JsonObject map && element.StartsWith("f:", StringComparison.Ordinal))
            {
                string name = element[2..];
                if (child.Self)
                {
                    map.Remove(name);
                }
                else
                {
                    Remove(map[name], child, schema.Member(name) ?? Schema.Anything);
                }
            }
            else if (value is JsonArray list && schema.IsAssociative)
            {
                int index = IndexOf(list, element, schema);
                if (index >= 0 && child.Self)
                {
                    list.RemoveAt(index);
                }
                else if (index >= 0)
                {
                    Remove(list[index], child, schema.Items ?? Schema.Anything);
                }
            }
        }
    }

    /// <summary>The element of a list item in a path.</summary>
    public static string Element(JsonNode? item, Schema list)
    {
        if (list.Topology == Topology.Set)
        {
            return "v:" + JsonText.Text(item);
        }

        var key = new JsonObject();
        foreach (string name in list.MapKeys.Order(StringComparer.Ordinal))
        {
            JsonNode? part = item.At(name) ?? list.Items?.Resolved.Properties.GetValueOrDefault(name)?.Default;
            if (part is null && name == "protocol")
            {
                part = "TCP"; // the one built-in key with a default: ports are told apart by number and protocol
            }

            if (part is not null)
            {
                key[name] = part.DeepClone();
            }
        }

        return "k:" + JsonText.Text(key);
    }

    private static void Collect(JsonNode? value, Schema schema, FieldSet set)
    {
        schema = schema.Resolved;
        if (value is JsonObject { Count: > 0 } map && schema.Topology != Topology.Atomic)
        {
            foreach ((string name, JsonNode? child) in map)
            {
                FieldSet below = set.Child("f:" + name);
                Collect(child, schema.Member(name) ?? Schema.Anything, below);
                if (!schema.Properties.ContainsKey(name) && schema.Type.Length > 0)
                {
                    below.Self = true;
                }
            }
        }
        else if (value is JsonArray { Count: > 0 } list && schema.IsAssociative)
        {
            foreach (JsonNode? item in list)
            {
                FieldSet below = set.Child(Element(item, schema));
                below.Self = true;
                if (item is JsonObject)
                {
                    Collect(item, schema.Items ?? Schema.Anything, below);
                }
            }
        }
        else
        {
            set.Self = true;
        }
    }

    internal static Dictionary<string, JsonNode?> ByElement(JsonArray? list, Schema schema)
    {
        var result = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (JsonNode? item in list ?? [])
        {
            result[Element(item, schema)] = item;
        }

        return result;
    }

    private static JsonArray MergeList(JsonArray live, JsonArray applied, Schema schema)
    {
        // Applied items come in their own order; live ones that the applier does not name keep their place before the next known one.
        Dictionary<string, JsonNode?> before = ByElement(live, schema);
        Dictionary<string, JsonNode?> after = ByElement(applied, schema);
        var result = new JsonArray();
        var done = new HashSet<string>(StringComparer.Ordinal);
        int next = 0;
        string[] liveOrder = [.. before.Keys];
        foreach ((string element, JsonNode? item) in after)
        {
            if (before.ContainsKey(element))
            {
                while (next < liveOrder.Length && liveOrder[next] != element && !done.Contains(element))
                {
                    if (!after.ContainsKey(liveOrder[next]) && done.Add(liveOrder[next]))
                    {
                        result.Add(before[liveOrder[next]]?.DeepClone());
                    }

                    next++;
                }
            }

            if (done.Add(element))
            {
                result.Add(before.TryGetValue(element, out JsonNode? old) ? Merge(old, item, schema.Items ?? Schema.Anything) : item?.DeepClone());
            }
        }

        foreach (string element in liveOrder)
        {
            if (done.Add(element))
            {
                result.Add(before[element]?.DeepClone());
            }
        }

        return result;
    }

    private static int IndexOf(JsonArray list, string element, Schema schema)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (Element(list[i], schema) == element)
            {
                return i;
            }
        }

        return -1;
    }
}
