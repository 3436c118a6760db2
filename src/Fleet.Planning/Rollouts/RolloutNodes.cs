using Fleet.Api;
using Fleet.Planning.Children;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>What follows for the nodes from how far a roll-out has come: the image of each, and the standing pair.</summary>
internal static class RolloutNodes
{
    /// <summary>Image of a node outside the pair.</summary>
    public static Func<string, string> ImageOutsidePair(PlanContext context)
    {
        if (context.Rollout is not { Status: { Phase: RolloutPhases.Promoting } status } rollout)
        {
            return _ => context.Image;
        }

        IReadOnlySet<string> promoted = Waves.Nodes(context.Testnet, status.Waves?.Current ?? 1);
        return node => promoted.Contains(node) ? rollout.Spec.To : rollout.Spec.From;
    }

    /// <summary>Baseline and canary; none when the iteration reserved no keys for them.</summary>
    public static IEnumerable<BeaconNode> Pair(PlanContext context)
    {
        IterationRecord record = context.Iteration!;
        foreach (KeyRange range in record.PairRanges)
        {
            BeaconNode? observed = context.Observation.Nodes.GetValueOrDefault(range.Node);
            yield return BeaconNodeBuilder.OfPair(context.Testnet, record, range.Pool, ImageOf(context, range.Pool), ChainOf(context, range.Pool, observed));
        }
    }

    private static string ImageOf(PlanContext context, string role) =>
        context.Rollout is { Status.Phase: { } phase } rollout && RolloutPhases.HasPair(phase)
            ? (role == NodeRoles.Canary ? rollout.Spec.To : rollout.Spec.From)
            : context.Image;

    /// <summary>
    /// Both begin a roll-out in a new directory, from the same state. What the refused image wrote is of no more use: the canary begins anew once more. The
    /// rest of the time they keep what they have.
    /// </summary>
    private static PairChain ChainOf(PlanContext context, string role, BeaconNode? observed)
    {
        PairChain present = observed?.Spec.Iteration == context.Iteration!.Iteration
            ? new PairChain(observed.Spec.ChainDirectory, observed.Spec.CheckpointSyncURL)
            : new PairChain(null, null);
        if (context.Rollout is not { Status: { StartedAt: not null, Phase: { } phase } } rollout || rollout.Spec.Iteration != context.Iteration.Iteration)
        {
            return present;
        }

        bool isRefused = RolloutPhases.IsEnd(phase) && phase != RolloutPhases.Succeeded;
        string directory = RolloutFacts.Directory(rollout) + (isRefused && role == NodeRoles.Canary ? "-end" : "");
        return directory == present.Directory ? present : new PairChain(directory, TrustedNode(context));
    }

    /// <summary>A node outside the pair that has what the others have; null when none is known.</summary>
    private static string? TrustedNode(PlanContext context)
    {
        TestnetObservation observation = context.Observation;
        foreach (string name in Waves.Order(context.Testnet))
        {
            if (observation.Nodes.GetValueOrDefault(name) is { Spec.Role: not NodeRoles.Bootnode }
                && observation.Snapshots.GetValueOrDefault(name) is { IsReachable: true, IsSyncing: false } snapshot
                && snapshot.GenesisRoot == context.Manifest?.GenesisRoot
                && PodFacts.IsReady(observation.Pods.GetValueOrDefault(Names.Pod(name))))
            {
                return $"http://{Names.PodHost(name, observation.Name, observation.Namespace)}:{Ports.Http}";
            }
        }

        return null;
    }
}
