using System.Text;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Load;

/// <summary>A write as somebody else would make it.</summary>
/// <param name="Testnet">Name of the testnet it is for.</param>
/// <param name="Path">Of the collection, or of the status.</param>
/// <param name="Body">JSON without what the server adds.</param>
/// <param name="IsStatus">Whether a status is applied; else an object is created.</param>
internal sealed record BareWrite(string Testnet, string Path, byte[] Body, bool IsStatus);

/// <summary>The operator's children and statuses as somebody else would write them, in a namespace of his own.</summary>
internal static class Snapshot
{
    private static readonly string[] OfServer = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "ownerReferences"];

    /// <summary>Everything in the namespace that carries the operator's label, and what the operator said of it and of the testnets.</summary>
    public static async Task<IReadOnlyList<BareWrite>> TakeAsync(KubernetesClient user, CancellationToken cancellationToken)
    {
        List<BareWrite> writes = [];
        await AddAsync<BeaconNode>();
        await AddAsync<StatefulSet>();
        await AddAsync<Service>();
        await AddAsync<PersistentVolumeClaim>();
        await AddAsync<PodDisruptionBudget>();
        await AddAsync<ConfigMap>();
        await AddAsync<Secret>();
        foreach (Testnet testnet in (await user.ListAllAsync<Testnet>(Testnets.OfOperator, null, cancellationToken)).Items)
        {
            AddStatus(testnet, testnet.Metadata.Name!);
        }

        return writes;

        async Task AddAsync<T>()
            where T : class, IKubernetesObject<T>
        {
            string version = await ServedVersionAsync(user, T.Resource, cancellationToken);
            var ours = new ListOptions { LabelSelector = $"{Labels.AppManagedBy}={Labels.ManagedByValue}", Limit = 500 };
            foreach (T item in (await user.ListAllAsync<T>(Testnets.OfOperator, ours, cancellationToken)).Items)
            {
                JsonObject node = KubernetesJson.ToNode(item);
                node["apiVersion"] = T.Resource.Group.Length == 0 ? version : $"{T.Resource.Group}/{version}";
                node["kind"] = T.Resource.Kind;
                node.Remove("status");
                if (item is BeaconNode)
                {
                    AddStatus(item, item.Metadata.Labels![Labels.Testnet]);
                }

                JsonObject metadata = node["metadata"]!.AsObject();
                foreach (string name in OfServer)
                {
                    metadata.Remove(name);
                }

                metadata["namespace"] = Testnets.OfSomebody;
                if (item is Service)
                {
                    node["spec"]!.AsObject().Remove("clusterIP");
                    node["spec"]!.AsObject().Remove("clusterIPs");
                }

                string prefix = T.Resource.Group.Length == 0 ? $"/api/{version}" : $"/apis/{T.Resource.Group}/{version}";
                writes.Add(new BareWrite(item.Metadata.Labels![Labels.Testnet], $"{prefix}/namespaces/{Testnets.OfSomebody}/{T.Resource.Plural}", Encoding.UTF8.GetBytes(node.ToJsonString()), IsStatus: false));
            }
        }

        void AddStatus<T>(T item, string testnet)
            where T : class, IKubernetesObject<T>
        {
            var body = new JsonObject
            {
                ["apiVersion"] = T.Resource.ApiVersion,
                ["kind"] = T.Resource.Kind,
                ["metadata"] = new JsonObject { ["name"] = item.Metadata.Name, ["namespace"] = Testnets.OfSomebody },
                ["status"] = KubernetesJson.ToNode(item)["status"]!.DeepClone(),
            };
            writes.Add(new BareWrite(testnet, $"/apis/{T.Resource.ApiVersion}/namespaces/{Testnets.OfSomebody}/{T.Resource.Plural}/{item.Metadata.Name}/status", Encoding.UTF8.GetBytes(body.ToJsonString()), IsStatus: true));
        }
    }

    /// <summary>Old servers know some kinds by an earlier version only.</summary>
    private static async Task<string> ServedVersionAsync(KubernetesClient user, ResourceType type, CancellationToken cancellationToken)
    {
        foreach (string version in (IEnumerable<string>)[type.Version, .. type.FallbackVersions])
        {
            try
            {
                _ = await user.GetRawAsync(type.Group.Length == 0 ? $"/api/{version}" : $"/apis/{type.Group}/{version}", cancellationToken);
                return version;
            }
            catch (KubernetesException exception) when (exception.IsNotFound)
            {
                // The next one.
            }
        }

        throw new InvalidOperationException($"The server knows no version of {type.Plural}.");
    }
}
