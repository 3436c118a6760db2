using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>When a node may rewrite its database in the newest format of its image, from which there is no way back to the image before.</summary>
/// <remarks>
/// No roll-out is under way, every node outside the pair runs the stable image, the node's own pod has done so for as long as <c>rollout.bake</c>, the chain finalizes, and
/// the node says that its image knows a newer format than it uses. What has been said stays until the image changes: a node that was told to migrate is not restarted to be told
/// that it has. The pair is never told; it begins every roll-out with a new database.
/// </remarks>
internal static class DatabaseMigration
{
    /// <summary>What <c>spec.migrateDatabase</c> of a node outside the pair is.</summary>
    /// <param name="context">What was observed; the roll-outs have been looked at.</param>
    /// <param name="node">The node as it is wanted.</param>
    /// <returns>True or null; null leaves the field out.</returns>
    public static bool? For(PlanContext context, BeaconNode node)
    {
        string name = node.Metadata.Name!;
        if (context.Observation.Nodes.GetValueOrDefault(name) is not { } observed || observed.Spec.Image != node.Spec.Image)
        {
            return null;
        }

        if (observed.Spec.MigrateDatabase == true)
        {
            return true;
        }

        return context.Observation.Pods.GetValueOrDefault(Names.Pod(name)) is { } pod
            && IsBehind(context.Observation.Snapshots.GetValueOrDefault(name), pod)
            && IsSettled(context)
            && IsProven(context, pod)
                ? true
                : null;
    }

    /// <summary>Whether the pod itself says that it knows a newer format than it uses.</summary>
    private static bool IsBehind(NodeSnapshot? snapshot, Pod pod) =>
        snapshot is { IsReachable: true, DatabaseFormat: { } used, NewestDatabaseFormat: { } newest } && newest > used && snapshot.PodUid == pod.Metadata.Uid;

    /// <summary>No roll-out, one image, and a chain that nothing ails to which restarts would be added.</summary>
    private static bool IsSettled(PlanContext context)
    {
        TestnetObservation observation = context.Observation;
        return (context.Rollout is null || RolloutPhases.IsEnd(context.Rollout.Status?.Phase))
            && Waves.Order(context.Testnet).All(name => observation.Pods.GetValueOrDefault(Names.Pod(name)) is not { } pod || RolloutFacts.IsOf(pod.Spec, context.Image))
            && context is { GenesisTime: { } genesis, Clock: { } clock }
            && ChainFacts.Of(context, outsidePair: true).FinalizedEpoch is { } finalized
            && clock.EpochAt(genesis, context.Now) - finalized <= HealthStep.LeakLag;
    }

    /// <summary>An image that went out without a canary has been watched by nothing but time.</summary>
    private static bool IsProven(PlanContext context, Pod pod)
    {
        DateTimeOffset due = (pod.Metadata.CreationTimestamp ?? context.Now) + context.Testnet.Spec.Rollout.Bake.Value;
        if (context.Now >= due)
        {
            return true;
        }

        context.LookAgainAt(due);
        return false;
    }
}
