using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: a merge patch that merges lists by key where the schema says so, with its directives
/// <c>$patch</c> (replace, delete), <c>$deleteFromPrimitiveList/…</c>, <c>$setElementOrder/…</c> and <c>$retainKeys</c>.
/// </summary>
internal static class StrategicMergePatch
{
    private const string DeleteFromList = "$deleteFromPrimitiveList/";
    private const string ElementOrder = "$setElementOrder/";
    private const string RetainKeys = "$retainKeys";
    private const string Directive = "$patch";

    /// <summary>The target after the patch; neither argument is changed.</summary>
    /// <exception cref="PatchException">A directive is unknown, or a list item lacks its merge key.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, Schema schema) =>
        MergeMap((JsonObject)target.DeepClone(), patch, schema.Resolved);

    private static JsonObject MergeMap(JsonObject target, JsonObject patch, Schema schema)
    {
        switch (patch.Str(Directive))
        {
            case "replace":
                var whole = (JsonObject)patch.DeepClone();
                whole.Remove(Directive);
                return whole;
            case "delete":
                return [];
            case null or "merge":
                break;
            case string other:
                throw new PatchException($"Unknown patch type \"{other}\" found");
        }

        if (patch.Arr(RetainKeys) is JsonArray retained)
        {
            var keep = retained.Select(k => k?.GetValue<string>()).ToHashSet();
            foreach (string name in target.Select(p => p.Key).Where(k => !keep.Contains(k)).ToArray())
            {
                target.Remove(name);
            }
        }

        foreach ((string name, JsonNode? change) in patch)
        {
            if (name is Directive or RetainKeys || name.StartsWith(ElementOrder, StringComparison.Ordinal))
            {
                continue;
            }

            if (name.StartsWith(DeleteFromList, StringComparison.Ordinal))
            {
                RemoveValues(target.Arr(name[DeleteFromList.Length..]), change as JsonArray);
                continue;
            }

            MergeMember(target, name, change, schema, patch);
        }

        foreach ((string name, JsonNode? order) in patch)
        {
            if (name.StartsWith(ElementOrder, StringComparison.Ordinal) && order is JsonArray wanted)
            {
                string field = name[ElementOrder.Length..];
                if (target.Arr(field) is JsonArray list)
                {
                    target[field] = Sort(list, wanted, schema.Member(field)?.PatchMergeKey ?? "");
                }
            }
        }

        return target;
    }

    private static void MergeMember(JsonObject target, string name, JsonNode? change, Schema schema, JsonObject patch)
    {
        Schema? member = schema.Member(name);
        switch (change)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject map:
                bool isNew = target[name] is not JsonObject;
                JsonObject current = isNew ? [] : (JsonObject)target[name]!.DeepClone();
                JsonObject merged = MergeMap(current, map, member?.Resolved ?? Schema.Anything);
                if (map.Str(Directive) == "delete")
                {
                    target.Remove(name);
                }
                else
                {
                    target[name] = merged;
                }

                break;
            case JsonArray list when member is not null && member.PatchStrategy.Split(',').Contains("merge"):
                target[name] = MergeList(target.Arr(name) ?? [], list, member);
                break;
            default:
                target[name] = change.DeepClone();
                break;
        }
    }

    private static JsonArray MergeList(JsonArray target, JsonArray patch, Schema schema)
    {
        if (schema.PatchMergeKey.Length == 0)
        {
            var values = (JsonArray)target.DeepClone();
            foreach (JsonNode? item in patch)
            {
                if (!values.Any(v => JsonNode.DeepEquals(v, item)))
                {
                    values.Add(item?.DeepClone());
                }
            }

            return values;
        }

        bool replace = patch.OfType<JsonObject>().Any(i => i.Str(Directive) == "replace" && i.Count == 1);
        JsonArray result = replace ? [] : (JsonArray)target.DeepClone();
        Schema item1 = schema.Items?.Resolved ?? Schema.Anything;
        foreach (JsonObject change in patch.OfType<JsonObject>())
        {
            string? directive = change.Str(Directive);
            if (directive == "replace" && change.Count == 1)
            {
                continue;
            }

            JsonNode key = change[schema.PatchMergeKey]
                ?? throw new PatchException($"map: {JsonText.Text(change)} does not contain declared merge key: {schema.PatchMergeKey}");
            int at = IndexOf(result, schema.PatchMergeKey, key);
            if (directive == "delete")
            {
                if (at >= 0)
                {
                    result.RemoveAt(at);
                }
            }
            else if (at >= 0)
            {
                result[at] = MergeMap((JsonObject)result[at]!.DeepClone(), change, item1);
            }
            else
            {
                result.Add((JsonNode)MergeMap([], change, item1));
            }
        }

        return result;
    }

    private static void RemoveValues(JsonArray? list, JsonArray? values)
    {
        foreach (JsonNode? value in values ?? [])
        {
            for (int i = (list?.Count ?? 0) - 1; i >= 0; i--)
            {
                if (JsonNode.DeepEquals(list![i], value))
                {
                    list.RemoveAt(i);
                }
            }
        }
    }

    private static int IndexOf(JsonArray list, string key, JsonNode value)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(list[i].At(key), value))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Puts items that the order names into that order; the others keep their place relative to their predecessor.</summary>
    private static JsonArray Sort(JsonArray list, JsonArray order, string key)
    {
        int Position(JsonNode? item)
        {
            for (int i = 0; i < order.Count; i++)
            {
                if (JsonNode.DeepEquals(key.Length == 0 ? order[i] : order[i].At(key), key.Length == 0 ? item : item.At(key)))
                {
                    return i;
                }
            }

            return -1;
        }

        var named = list.Where(i => Position(i) >= 0).OrderBy(Position).ToList();
        var others = list.Select((item, index) => (item, index)).Where(p => Position(p.item) < 0).ToList();
        foreach ((JsonNode? item, int index) in others)
        {
            named.Insert(Math.Min(index, named.Count), item);
        }

        return [.. named.Select(i => i?.DeepClone())];
    }
}
