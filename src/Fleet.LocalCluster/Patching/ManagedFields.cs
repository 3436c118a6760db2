using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Patching;

/// <summary>Who owns which field: keeps <c>metadata.managedFields</c> through updates, and does server-side apply.</summary>
/// <param name="schema">Type of the whole object.</param>
/// <param name="builtin">Whether the object is of a built-in kind.</param>
/// <param name="apiVersion">Version that the request speaks.</param>
/// <param name="subresource">Sub-resource of the request, or empty.</param>
/// <param name="now">RFC 3339 time of the request.</param>
internal sealed class ManagedFields(Schema schema, bool builtin, string apiVersion, string subresource, string now)
{
    private static readonly string[] Untracked =
        ["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"];

    /// <summary>Records an update: what changed belongs to its manager now.</summary>
    /// <param name="before">Stored state, or null for a new object.</param>
    /// <param name="after">State to be stored; its <c>managedFields</c> are set.</param>
    public void RecordUpdate(JsonObject? before, JsonObject after, string manager)
    {
        if (after.Arr("metadata", "managedFields") is { } sent && (sent.Count == 0 || (sent.Count == 1 && sent[0] is JsonObject { Count: 0 })))
        {
            after.Need("metadata").Remove("managedFields"); // the way to reset ownership
            if (before is not null)
            {
                return;
            }
        }

        // What the client sent counts (kubectl moves ownership that way); a client that sends none keeps what is stored.
        List<Entry> entries = Read(before is null ? null : after);
        if (entries.Count == 0)
        {
            entries = Read(before);
        }

        JsonObject start = before is null ? Blank(after) : Tracked(before);
        (FieldSet changed, FieldSet removed) = TypedDocument.Compare(start, Tracked(after), schema, builtin);
        var touched = changed.Clone();
        touched.UnionWith(removed);
        foreach (Entry entry in entries)
        {
            entry.Fields.ExceptWith(entry.Is(manager, "Update", apiVersion, subresource) ? removed : touched);
        }

        changed.Self = false;
        if (!changed.IsEmpty)
        {
            Entry? mine = entries.Find(e => e.Is(manager, "Update", apiVersion, subresource));
            if (mine is null)
            {
                mine = new Entry(manager, "Update", apiVersion, subresource, new FieldSet());
                entries.Add(mine);
            }

            mine.Fields.UnionWith(changed);
            mine.Time = now;
        }

        Write(after, entries);
    }

    /// <summary>Lays an applied configuration over the stored object.</summary>
    /// <param name="before">Stored state, or null when apply creates the object.</param>
    /// <param name="applied">What the manager wants to own, complete.</param>
    /// <returns>The state to be stored, with its <c>managedFields</c>.</returns>
    /// <exception cref="ApiException">409 naming the managers of fields that would change, unless <paramref name="force"/>.</exception>
    public JsonObject Apply(JsonObject? before, JsonObject applied, string manager, bool force)
    {
        List<Entry> entries = Read(before);
        JsonObject wanted = Tracked(applied);
        FieldSet fields = TypedDocument.FieldsOf(wanted, schema);
        Strip(fields);
        var live = before is null ? Blank(applied) : (JsonObject)before.DeepClone();
        var merged = (JsonObject)TypedDocument.Merge(live, wanted, schema)!;
        Entry? mine = entries.Find(e => e.Is(manager, "Apply", apiVersion, subresource));
        List<Entry> others = [.. entries.Where(e => e != mine)];

        (FieldSet changed, _) = TypedDocument.Compare(Tracked(live), Tracked(merged), schema, builtin);
        FieldSet mayTake = before is not null && manager == LastApplied.Manager ? LastApplied.Fields(before, schema) : new FieldSet();
        ResolveConflicts(others, changed.Intersect(fields), mayTake, force);

        if (mine is not null)
        {
            FieldSet dropped = mine.Fields.Clone();
            dropped.ExceptWith(fields);
            foreach (Entry other in others)
            {
                dropped.ExceptWith(other.Fields);
            }

            KeepParents(dropped, fields, others);
            TypedDocument.Remove(merged, dropped, schema);
        }

        if (mine is null)
        {
            entries.Add(new Entry(manager, "Apply", apiVersion, subresource, fields) { Time = now });
        }
        else if (!mine.Fields.SetEquals(fields))
        {
            mine.Fields = fields;
            mine.Time = now;
        }
        else
        {
            mine.Fields = fields;
        }

        Write(merged, entries);
        return merged;
    }

    private static void ResolveConflicts(List<Entry> others, FieldSet changed, FieldSet mayTake, bool force)
    {
        var causes = new List<FieldError>();
        foreach (Entry other in others)
        {
            FieldSet conflict = changed.Intersect(other.Fields);
            conflict.Self = false;
            if (conflict.IsEmpty)
            {
                continue;
            }

            FieldSet refused = conflict.Clone();
            refused.ExceptWith(mayTake);
            if (force || refused.IsEmpty)
            {
                other.Fields.ExceptWith(conflict);
                continue;
            }

            conflict = refused;

            string with = other.Operation == "Update"
                ? $"conflict with \"{other.Manager}\"{(other.Subresource.Length > 0 ? $" with subresource \"{other.Subresource}\"" : "")} using {other.ApiVersion}"
                : $"conflict with \"{other.Manager}\"";
            causes.AddRange(conflict.Paths().Select(p => new FieldError("FieldManagerConflict", p, with)));
        }

        if (causes.Count == 0)
        {
            return;
        }

        string what = causes.Count == 1 ? "1 conflict" : $"{causes.Count} conflicts";
        IEnumerable<IGrouping<string, FieldError>> groups = causes.GroupBy(c => c.Message);
        string list = causes.Count == 1
            ? $"{causes[0].Message}: {causes[0].Field}"
            : string.Join('\n', groups.Select(g => $"{g.Key.Replace("conflict with", "conflicts with", StringComparison.Ordinal)}:\n{string.Join('\n', g.Select(c => "- " + c.Field))}"));
        throw new ApiException(409, "Conflict", $"Apply failed with {what}: {list}") { Causes = causes };
    }

    /// <summary>A container (list item, map) stays while anybody still owns something below it.</summary>
    private static void KeepParents(FieldSet dropped, FieldSet fields, List<Entry> others)
    {
        void Walk(FieldSet drop, IReadOnlyList<FieldSet> owners)
        {
            if (drop.Self && owners.Any(o => !o.IsEmpty))
            {
                drop.Self = false;
            }

            foreach ((string element, FieldSet child) in drop.Children)
            {
                Walk(child, [.. owners.Where(o => o.Children.ContainsKey(element)).Select(o => o.Children[element])]);
            }
        }

        Walk(dropped, [fields, .. others.Select(o => o.Fields)]);
    }

    /// <summary>A copy without the fields whose ownership is nobody's.</summary>
    private static JsonObject Tracked(JsonObject value)
    {
        var copy = (JsonObject)value.DeepClone();
        if (copy.Obj("metadata") is JsonObject metadata)
        {
            foreach (string name in Untracked)
            {
                if (name is not ("name" or "namespace"))
                {
                    metadata.Remove(name);
                }
            }
        }

        return copy;
    }

    private static JsonObject Blank(JsonObject like)
    {
        var blank = new JsonObject { ["apiVersion"] = like["apiVersion"]?.DeepClone(), ["kind"] = like["kind"]?.DeepClone(), ["metadata"] = new JsonObject() };
        foreach (string name in (string[])["name", "namespace"])
        {
            if (like.At("metadata", name) is JsonNode value)
            {
                blank.Need("metadata")[name] = value.DeepClone();
            }
        }

        return blank;
    }

    private static void Strip(FieldSet fields)
    {
        var strip = new FieldSet();
        strip.Child("f:apiVersion").Self = true;
        strip.Child("f:kind").Self = true;
        foreach (string name in Untracked)
        {
            strip.Child("f:metadata").Child("f:" + name).Self = true;
        }

        fields.ExceptTrees(strip);
        if (fields.Children.TryGetValue("f:metadata", out FieldSet? metadata))
        {
            metadata.Self = false;
        }
    }

    private static List<Entry> Read(JsonObject? value) =>
    [
        .. value.Items("metadata", "managedFields").Select(e => new Entry(
            e.Str("manager") ?? "", e.Str("operation") ?? "", e.Str("apiVersion") ?? "", e.Str("subresource") ?? "", FieldSet.FromJson(e.Obj("fieldsV1")))
        {
            Time = e.Str("time"),
        }),
    ];

    private static void Write(JsonObject value, List<Entry> entries)
    {
        var list = new JsonArray();
        IOrderedEnumerable<Entry> ordered = entries.OrderBy(e => e.Operation, StringComparer.Ordinal).ThenBy(e => e.Time, StringComparer.Ordinal)
            .ThenBy(e => e.Manager, StringComparer.Ordinal).ThenBy(e => e.ApiVersion, StringComparer.Ordinal).ThenBy(e => e.Subresource, StringComparer.Ordinal);
        foreach (Entry entry in ordered.Where(e => !e.Fields.IsEmpty || e.Operation == "Apply"))
        {
            var json = new JsonObject
            {
                ["manager"] = entry.Manager,
                ["operation"] = entry.Operation,
                ["apiVersion"] = entry.ApiVersion,
                ["time"] = entry.Time,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = entry.Fields.ToJson(),
            };
            if (entry.Subresource.Length > 0)
            {
                json["subresource"] = entry.Subresource;
            }

            list.Add((JsonNode)json);
        }

        JsonObject metadata = value.Need("metadata");
        metadata.Remove("managedFields");
        if (list.Count > 0)
        {
            metadata["managedFields"] = list;
        }
    }

    private sealed class Entry(string manager, string operation, string apiVersion, string subresource, FieldSet fields)
    {
        public string Manager { get; } = manager;

        public string Operation { get; } = operation;

        public string ApiVersion { get; } = apiVersion;

        public string Subresource { get; } = subresource;

        public FieldSet Fields { get; set; } = fields;

        public string? Time { get; set; }

        public bool Is(string manager, string operation, string apiVersion, string subresource) =>
            Manager == manager && Operation == operation && ApiVersion == apiVersion && Subresource == subresource;
    }
}
