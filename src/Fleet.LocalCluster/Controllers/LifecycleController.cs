using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>Empties namespaces and kinds that are being deleted, and lets them go when nothing is left in them.</summary>
/// <param name="namespaces">Whether namespaces are looked after; kinds always are, as a kube-apiserver does it by itself.</param>
internal sealed class LifecycleController(ObjectService objects, bool namespaces, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";
    private const string ClusterScope = "";
    private static readonly WriteContext Context = new("namespace-controller");

    protected override IEnumerable<ReconcileKey> Affected(Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource == Kinds.Namespaces)
        {
            return [new ReconcileKey("ns", key.Name)];
        }

        if (key.Resource == ResourceRegistry.Definitions)
        {
            return [new ReconcileKey("crd", key.Name)];
        }

        return change.Kind != ChangeKind.Deleted ? [] : [new ReconcileKey("ns", key.Namespace), new ReconcileKey("crd", key.Resource.ToString())];
    }

    protected override IEnumerable<ReconcileKey> Everything() =>
    [
        .. Objects.Store.List(Kinds.Namespaces).Items.Select(n => new ReconcileKey("ns", n.Key.Name)),
        .. Objects.Store.List(ResourceRegistry.Definitions).Items.Select(n => new ReconcileKey("crd", n.Key.Name)),
    ];

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        bool isNamespace = key.Namespace == "ns";
        if (isNamespace && !namespaces)
        {
            return null;
        }

        GroupResource resource = isNamespace ? Kinds.Namespaces : ResourceRegistry.Definitions;
        StoredObject? owner = Objects.Store.Get(new ObjectKey(resource, ClusterScope, key.Name));
        if (owner is null || !owner.IsDeleting)
        {
            return null;
        }

        bool empty = true;
        foreach (StoredObject item in Objects.Store.All())
        {
            if (isNamespace ? item.Key.Namespace != key.Name : item.Key.Resource.ToString() != key.Name)
            {
                continue;
            }

            empty = false;
            if (!item.IsDeleting && Objects.Registry.Find(item.Key.Resource.Group, item.Key.Resource.Plural) is not null)
            {
                Delete(item);
            }
        }

        if (empty)
        {
            Release(owner, isNamespace);
            return null;
        }

        return TimeSpan.FromSeconds(1);
    }

    private void Delete(StoredObject item)
    {
        try
        {
            _ = Objects.Delete(Objects.Scope(item.Key.Resource.Group, item.Key.Resource.Plural, item.Key.Namespace), item.Key.Name, new DeleteContext { Uid = item.Uid });
        }
        catch (ApiException error) when (error.Code is 404 or 409)
        {
            // Gone meanwhile.
        }
    }

    private void Release(StoredObject owner, bool isNamespace)
    {
        ResourceScope scope = Objects.Scope(owner.Key.Resource.Group, owner.Key.Resource.Plural);
        if (isNamespace)
        {
            _ = Objects.Edit(scope, owner.Key.Name, Context with { Subresource = "finalize" }, ns =>
            {
                ns.Need("spec")["finalizers"] = new JsonArray();
                return ns;
            });
        }
        else
        {
            _ = Objects.Edit(scope, owner.Key.Name, Context, crd => GarbageCollector.RemoveFinalizer(crd, Cleanup));
        }
    }
}
