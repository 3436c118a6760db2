using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>
/// Deletes objects whose owners are all gone, holds back owners that are deleted in the foreground until their dependents are gone, and
/// cuts dependents loose where the owner is deleted with <c>Orphan</c>. One pass over all objects per change that can matter.
/// </summary>
internal sealed class GarbageCollector(ObjectService objects, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";
    private static readonly ReconcileKey Pass = new("", "");
    private static readonly WriteContext Context = new("garbage-collector");

    protected override IEnumerable<ReconcileKey> Affected(Change change) =>
        change.Kind == ChangeKind.Deleted || (change.Kind == ChangeKind.Added && change.Object.Owners.Length > 0) || change.Object.IsDeleting ? [Pass] : [];

    protected override IEnumerable<ReconcileKey> Everything() => [Pass];

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        IReadOnlyList<StoredObject> all = Objects.Store.All();
        var byUid = all.ToDictionary(o => o.Uid, o => o, StringComparer.Ordinal);
        ILookup<string, StoredObject> dependents = all.SelectMany(o => o.Owners.Select(u => (u, o))).ToLookup(p => p.u, p => p.o);
        foreach (StoredObject value in all)
        {
            if (value.Owners.Length > 0 && !value.IsDeleting && value.Owners.All(u => !byUid.ContainsKey(u)))
            {
                Delete(value);
            }

            if (value.IsDeleting && value.Finalizers.Contains(Orphan))
            {
                foreach (StoredObject dependent in dependents[value.Uid])
                {
                    Edit(dependent, d => RemoveOwner(d, value.Uid));
                }

                Edit(value, v => RemoveFinalizer(v, Orphan));
            }
            else if (value.IsDeleting && value.Finalizers.Contains(Foreground))
            {
                List<StoredObject> left = [.. dependents[value.Uid]];
                foreach (StoredObject dependent in left.Where(d => !d.IsDeleting && d.Owners.All(u => u == value.Uid || !byUid.ContainsKey(u))))
                {
                    Delete(dependent);
                }

                if (!left.Any(d => Blocks(d, value.Uid)))
                {
                    Edit(value, v => RemoveFinalizer(v, Foreground));
                }
            }
        }

        return null;
    }

    internal static JsonObject RemoveFinalizer(JsonObject value, string finalizer)
    {
        var left = new JsonArray([.. (value.Arr("metadata", "finalizers") ?? []).Where(f => f.Str() != finalizer).Select(f => f?.DeepClone())]);
        value.Need("metadata").Remove("finalizers");
        if (left.Count > 0)
        {
            value.Need("metadata")["finalizers"] = left;
        }

        return value;
    }

    private static bool Blocks(StoredObject dependent, string owner) =>
        (dependent.Root.At("metadata") ?? default).Items("ownerReferences")
            .Any(o => o.Str("uid") == owner && o.At("blockOwnerDeletion") is { ValueKind: System.Text.Json.JsonValueKind.True });

    private static JsonObject RemoveOwner(JsonObject value, string uid)
    {
        var left = new JsonArray([.. value.Items("metadata", "ownerReferences").Where(o => o.Str("uid") != uid).Select(o => o.DeepClone())]);
        value.Need("metadata").Remove("ownerReferences");
        if (left.Count > 0)
        {
            value.Need("metadata")["ownerReferences"] = left;
        }

        return value;
    }

    private void Delete(StoredObject value)
    {
        if (ScopeOf(value) is ResourceScope scope)
        {
            Quietly(() => Objects.Delete(scope, value.Key.Name, new DeleteContext { Uid = value.Uid }));
        }
    }

    private void Edit(StoredObject value, Func<JsonObject, JsonObject> edit)
    {
        if (ScopeOf(value) is ResourceScope scope)
        {
            Quietly(() => Objects.Edit(scope, value.Key.Name, Context, v => v.Str("metadata", "uid") == value.Uid ? edit(v) : null));
        }
    }

    private ResourceScope? ScopeOf(StoredObject value) =>
        Objects.Registry.Find(value.Key.Resource.Group, value.Key.Resource.Plural) is null
            ? null : Objects.Scope(value.Key.Resource.Group, value.Key.Resource.Plural, value.Key.Namespace);

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (ApiException error) when (error.Code is 404 or 409)
        {
            // Gone or replaced meanwhile; the change comes round again.
        }
    }
}
