using System.Text;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Load;

/// <summary>The operator's children as somebody else would create them.</summary>
internal static class Snapshot
{
    private static readonly string[] OfServer = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "ownerReferences"];

    /// <summary>Everything in the namespace that carries the operator's label.</summary>
    public static async Task<IReadOnlyList<Child>> TakeAsync(KubernetesClient user, CancellationToken cancellationToken)
    {
        List<Child> children = [];
        await AddAsync<BeaconNode>();
        await AddAsync<StatefulSet>();
        await AddAsync<Service>();
        await AddAsync<PersistentVolumeClaim>();
        await AddAsync<PodDisruptionBudget>();
        await AddAsync<ConfigMap>();
        await AddAsync<Secret>();
        return children;

        async Task AddAsync<T>()
            where T : class, IKubernetesObject<T>
        {
            var ours = new ListOptions { LabelSelector = $"{Labels.AppManagedBy}={Labels.ManagedByValue}", Limit = 500 };
            foreach (T item in (await user.ListAllAsync<T>("default", ours, cancellationToken)).Items)
            {
                JsonObject node = KubernetesJson.ToNode(item);
                node["apiVersion"] = T.Resource.ApiVersion;
                node["kind"] = T.Resource.Kind;
                node.Remove("status");
                JsonObject metadata = node["metadata"]!.AsObject();
                foreach (string name in OfServer)
                {
                    metadata.Remove(name);
                }

                if (item is Service)
                {
                    node["spec"]!.AsObject().Remove("clusterIP");
                    node["spec"]!.AsObject().Remove("clusterIPs");
                }

                string prefix = T.Resource.Group.Length == 0 ? $"/api/{T.Resource.Version}" : $"/apis/{T.Resource.Group}/{T.Resource.Version}";
                children.Add(new Child($"{prefix}/namespaces/default/{T.Resource.Plural}", Encoding.UTF8.GetBytes(node.ToJsonString())));
            }
        }
    }
}
