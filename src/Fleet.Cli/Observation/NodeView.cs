using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Observation;

/// <summary>A testnet as the API server and its nodes tell it at one moment.</summary>
/// <param name="Testnet">The object.</param>
/// <param name="Nodes">Its nodes in the order of their names.</param>
internal sealed record TestnetView(Testnet Testnet, ImmutableArray<NodeView> Nodes)
{
    /// <summary>When; null: it does not matter.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Nodes that follow the chain; a bootnode only introduces peers to each other.</summary>
    public IEnumerable<NodeView> ChainNodes => Nodes.Where(node => !node.IsBootnode);

    /// <summary>The condition of a type, or null while the operator has not said anything about it.</summary>
    public Condition? Condition(string type) => Testnet.Status?.Conditions?.Find(condition => condition.Type == type);

    /// <summary>Pods the spec asks for, and those of the pair that new images are tried on when the running iteration has keys for it.</summary>
    public int DesiredPods => Testnet.Spec.Suspend ? 0
        : Testnet.Spec.Bootnodes.Replicas + Testnet.Spec.Pools.Sum(pool => pool.Replicas) + (Testnet.Status?.Validators?.Pair > 0 ? 2 : 0);
}

/// <summary>One node: its object, its pod, and what it answered.</summary>
/// <param name="Name">Name of the BeaconNode.</param>
/// <param name="Role">Role of the BeaconNode.</param>
/// <param name="Pod">Its pod, when there is one.</param>
/// <param name="Live">Its own answers; null when it did not answer.</param>
internal sealed record NodeView(string Name, string Role, Pod? Pod, LiveNode? Live)
{
    public bool IsBootnode => Role == NodeRoles.Bootnode;

    /// <summary>Address of the Beacon API, as the node's neighbours reach it.</summary>
    public string? ApiUrl => Pod?.Status?.PodIP is { Length: > 0 } address ? $"http://{address}:5052" : null;

    /// <summary>Image of the beacon container.</summary>
    public string? Image => Pod?.Spec?.Containers?.Find(container => container.Name == "beacon")?.Image;

    /// <summary>Process of the beacon container on a local fleet.</summary>
    public int? ProcessId => ContainerProcess.Of(Pod, "beacon");

    /// <summary>Whether the pod passes its readiness probes.</summary>
    public bool Ready => Pod?.Status?.Conditions?.Exists(condition => condition.Type == "Ready" && condition.Status == "True") ?? false;

    /// <summary>Restarts of all containers of the pod.</summary>
    public int Restarts => Pod?.Status?.ContainerStatuses?.Sum(container => container.RestartCount) ?? 0;
}

/// <summary>What a node says of itself by the Beacon API.</summary>
/// <param name="HeadSlot">Slot of its head.</param>
/// <param name="SyncDistance">Slots it believes it is behind.</param>
/// <param name="Justified">Justified epoch of the head state.</param>
/// <param name="Finalized">Finalized epoch of the head state.</param>
/// <param name="Peers">Connected peers.</param>
internal sealed record LiveNode(long HeadSlot, long SyncDistance, long Justified, long Finalized, int Peers);

/// <summary>Identity of a node on the p2p network.</summary>
/// <param name="PeerId">libp2p peer ID.</param>
/// <param name="Address">First multiaddress it announces.</param>
internal sealed record NodeIdentity(string PeerId, string? Address);

/// <summary>Finds the process behind a container.</summary>
internal static class ContainerProcess
{
    private const string Scheme = "process://";

    /// <summary>Process id from a container id of the form <c>process://1234</c>, which only local fleets use.</summary>
    public static int? Of(Pod? pod, string container)
    {
        string? id = pod?.Status?.ContainerStatuses?.Find(status => status.Name == container)?.ContainerID;
        return id is not null && id.StartsWith(Scheme, StringComparison.Ordinal) && int.TryParse(id.AsSpan(Scheme.Length), out int processId) ? processId : null;
    }
}
