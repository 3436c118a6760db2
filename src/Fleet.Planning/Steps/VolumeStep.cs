using Fleet.Api;

namespace Fleet.Planning.Steps;

/// <summary>A node's volume that is gone, and the one that takes its place while the chain runs. Pure.</summary>
/// <remarks>
/// With the volume the record of what the node's keys signed is lost. The node is held without a pod until nothing can write to the old volume and the new one is
/// there; a pod made then signs nothing of the epochs up to that of the new volume. All of it follows from when the claim was made and when the
/// chain began, so nothing has to be remembered; docs/decisions/0150 says why that is enough.
/// </remarks>
internal static class VolumeStep
{
    /// <summary>First epoch whose duties the node may do; null: all.</summary>
    public static long? SignFromEpoch(NodeObservation observation)
    {
        long? asked = observation.Node.Spec.SignFromEpoch;
        if (observation.Claim?.Metadata.CreationTimestamp is not { } made || observation.GenesisTime is not { } genesis || made < genesis || observation.Clock is not { } clock)
        {
            return asked;
        }

        // API servers cut the time of creation to whole seconds.
        long first = clock.EpochAt(genesis, made + TimeSpan.FromSeconds(1)) + 1;
        return asked > first ? asked : first;
    }

    /// <summary>Whether the node must have no pod: its volume is gone, or is not known yet although the chain runs, or is going and no longer used.</summary>
    public static bool IsHeld(NodeObservation observation, DateTimeOffset now) =>
        observation.Node.Spec.Role != NodeRoles.Bootnode
        && (observation.Claim is { } claim
            ? claim.Metadata.DeletionTimestamp is not null && (observation.Pod is null || !PodFacts.IsRunning(observation.Pod))
            : observation.StatefulSet is not null || HasChainBegun(observation, now));

    /// <summary>Whether a missing volume may be made: no pod is left, and none can come of a template that knows nothing of it.</summary>
    public static bool MayBeMade(NodeObservation observation) =>
        observation.StatefulSet is null
        || (observation.Pod is null
            && observation.StatefulSet is { Spec.Replicas: 0, Status: { Replicas: 0 } status } set
            && status.ObservedGeneration >= set.Metadata.Generation);

    /// <summary>Before the chain began nobody signed anything.</summary>
    private static bool HasChainBegun(NodeObservation observation, DateTimeOffset now) => observation.GenesisTime is { } genesis && now >= genesis;
}
