using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>
/// Binds claims to directories (<c>claims/NAMESPACE/NAME</c>) at once, keeps a deleted claim while a pod uses it, and removes its
/// directory when it is gone.
/// </summary>
internal sealed class ClaimController(ObjectService objects, string root, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private const string Protection = "kubernetes.io/pvc-protection";
    private static readonly WriteContext Context = new("persistentvolume-binder");

    protected override IEnumerable<ReconcileKey> Affected(Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource == Kinds.Claims)
        {
            return [new ReconcileKey(key.Namespace, key.Name)];
        }

        return key.Resource == Kinds.Pods && change.Kind == ChangeKind.Deleted ? ClaimsOf(change.Object).Select(c => new ReconcileKey(key.Namespace, c)) : [];
    }

    protected override IEnumerable<ReconcileKey> Everything()
    {
        IEnumerable<ReconcileKey> known = Objects.Store.List(Kinds.Claims).Items.Select(c => new ReconcileKey(c.Key.Namespace, c.Key.Name));
        IEnumerable<ReconcileKey> onDisk = Directory.Exists(root)
            ? Directory.EnumerateDirectories(root).SelectMany(ns => Directory.EnumerateDirectories(ns).Select(d => new ReconcileKey(Path.GetFileName(ns), Path.GetFileName(d))))
            : [];
        return known.Union(onDisk).ToList();
    }

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        StoredObject? claim = Objects.Store.Get(new ObjectKey(Kinds.Claims, key.Namespace, key.Name));
        string directory = Path.Combine(root, key.Namespace, key.Name);
        string mark = Path.Combine(root, key.Namespace, $".{key.Name}.uid");
        if (Directory.Exists(directory) && (claim is null || !File.Exists(mark) || File.ReadAllText(mark) != claim.Uid))
        {
            Directory.Delete(directory, true);
            File.Delete(mark);
        }

        if (claim is null)
        {
            return null;
        }

        ResourceScope scope = Objects.Scope("", "persistentvolumeclaims", key.Namespace);
        if (claim.IsDeleting)
        {
            if (!Objects.Store.List(Kinds.Pods, key.Namespace).Items.Any(p => ClaimsOf(p).Contains(key.Name)))
            {
                _ = Objects.Edit(scope, key.Name, Context, c => GarbageCollector.RemoveFinalizer(c, Protection));
            }

            return null;
        }

        Directory.CreateDirectory(directory);
        File.WriteAllText(mark, claim.Uid);
        Bind(scope, key.Name, claim.Uid);
        return null;
    }

    private void Bind(ResourceScope scope, string name, string uid)
    {
        _ = Objects.Edit(scope, name, Context, claim =>
        {
            claim.Need("spec").Default("volumeName", $"pvc-{uid}");
            return claim;
        });
        _ = Objects.Edit(scope, name, Context with { Subresource = "status" }, claim =>
        {
            claim["status"] = new JsonObject
            {
                ["phase"] = "Bound",
                ["accessModes"] = claim.At("spec", "accessModes")?.DeepClone(),
                ["capacity"] = new JsonObject { ["storage"] = claim.At("spec", "resources", "requests", "storage")?.DeepClone() },
            };
            return claim;
        });
    }

    private static IEnumerable<string> ClaimsOf(StoredObject pod) =>
        pod.Root.Items("spec", "volumes").Select(v => v.Str("persistentVolumeClaim", "claimName")).OfType<string>();
}
