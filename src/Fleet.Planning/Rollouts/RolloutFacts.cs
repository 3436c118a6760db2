using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>What pods and nodes show of a roll-out.</summary>
internal static class RolloutFacts
{
    private const string BeaconContainer = "beacon";

    /// <summary>Suffix of the chain directories that a roll-out's pair begins in.</summary>
    public static string Directory(CanaryRollout rollout) => string.Create(CultureInfo.InvariantCulture, $"r{rollout.Spec.Number}");

    /// <summary>Whether a pod is made from an image and, where one is given, for a chain directory.</summary>
    public static bool IsOf(PodSpec? spec, string image, string? directory = null) =>
        spec?.Containers.Find(container => container.Name == BeaconContainer) is { } beacon
        && beacon.Image == image
        && (directory is null || beacon.Args?.Contains("--chain-directory-suffix=" + directory) == true);

    /// <summary>Whether a StatefulSet already has what its node wants.</summary>
    public static bool IsMadeFor(StatefulSet? set, BeaconNode node) => IsOf(set?.Spec?.Template?.Spec, node.Spec.Image ?? "", node.Spec.ChainDirectory);

    /// <summary>Containers' restarts of a pod.</summary>
    public static int Restarts(Pod? pod) => pod?.Status?.ContainerStatuses?.Sum(status => status.RestartCount) ?? 0;

    /// <summary>Status of the node's own container; null while there is none.</summary>
    public static ContainerStatus? Beacon(Pod pod) => pod.Status?.ContainerStatuses?.Find(status => status.Name == BeaconContainer);

    /// <summary>Digest of the image that a pod runs; null while it does not say.</summary>
    public static string? Digest(Pod pod) => Beacon(pod)?.ImageID is { Length: > 0 } digest ? digest : null;

    /// <summary>Whether a node has a ready pod, peers, and what the others have, up to two slots.</summary>
    public static bool IsSynced(TestnetObservation world, string node, long majorityHead) =>
        PodFacts.IsReady(world.Pods.GetValueOrDefault(Names.Pod(node)))
        && world.Snapshots.GetValueOrDefault(node) is { IsReachable: true, IsSyncing: false, Peers: > 0, HeadSlot: { } head }
        && head + 2 >= majorityHead;
}
