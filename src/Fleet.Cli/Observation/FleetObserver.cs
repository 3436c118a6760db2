using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Observation;

/// <summary>Reads testnets with their nodes; everything the verbs show comes from here.</summary>
internal sealed class FleetObserver(IKubernetesClient client)
{
    public BeaconApiReader Nodes { get; } = new(client);

    /// <summary>Testnets of a namespace, or the one named.</summary>
    public async Task<IReadOnlyList<Testnet>> ListAsync(string @namespace, string? name, CancellationToken cancellationToken)
    {
        if (name is null)
        {
            return (await client.ListAllAsync<Testnet>(@namespace, options: null, cancellationToken)).Items;
        }

        return await client.FindAsync<Testnet>(new ObjectKey(@namespace, name), cancellationToken) is { } testnet ? [testnet] : [];
    }

    /// <summary>The testnet and its nodes now; null when it does not exist.</summary>
    /// <param name="live">Whether the nodes are asked too.</param>
    public async Task<TestnetView?> ObserveAsync(ObjectKey key, bool live, CancellationToken cancellationToken)
    {
        if (await client.FindAsync<Testnet>(key, cancellationToken) is not { } testnet)
        {
            return null;
        }

        var ofTestnet = new ListOptions { LabelSelector = $"{Labels.Testnet}={key.Name}" };

        // Nodes made by hand carry no label of ours; what they say of their testnet counts.
        KubernetesList<BeaconNode> nodes = await client.ListAllAsync<BeaconNode>(key.Namespace, options: null, cancellationToken);
        KubernetesList<Pod> pods = await client.ListAllAsync<Pod>(key.Namespace, ofTestnet, cancellationToken);
        var podOf = pods.Items
            .Where(pod => pod.Metadata.Labels?.ContainsKey(Labels.Node) ?? false)
            .ToLookup(pod => pod.Metadata.Labels![Labels.Node], StringComparer.Ordinal);
        NodeView[] views = await Task.WhenAll(nodes.Items
            .Where(node => node.Spec.Testnet == key.Name)
            .OrderBy(node => node.Metadata.Name, NaturalOrder.Instance)
            .Select(node => ViewAsync(node, podOf[node.Metadata.Name!].FirstOrDefault(), live, cancellationToken)));
        return new TestnetView(testnet, [.. views]) { At = TimeProvider.System.GetUtcNow() };
    }

    private async Task<NodeView> ViewAsync(BeaconNode node, Pod? pod, bool live, CancellationToken cancellationToken)
    {
        string role = node.Spec.Role;
        LiveNode? answers = live && pod?.Status?.PodIP is { Length: > 0 }
            ? await Nodes.ReadLiveAsync(pod, role == NodeRoles.Bootnode, cancellationToken)
            : null;
        return new NodeView(node.Metadata.Name!, role, pod, answers);
    }
}
