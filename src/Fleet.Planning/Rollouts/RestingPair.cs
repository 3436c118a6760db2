using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>Baseline and canary while both run one image and follow the chain: what they differ by is noise.</summary>
/// <param name="Processes">Tells these two processes from those before and after a restart of either.</param>
/// <param name="Since">When the younger of the two was started.</param>
public sealed record RestingPair(string Processes, DateTimeOffset Since)
{
    /// <summary>The pair of a testnet; null: there is none, a roll-out needs it, or one of the two does not run, or not as it should.</summary>
    public static RestingPair? Of(TestnetObservation world)
    {
        Pod? baseline = Running(world, NodeRoles.Baseline);
        Pod? canary = Running(world, NodeRoles.Canary);
        if (baseline is null
            || canary is null
            || world.Rollouts.Any(rollout => RolloutPhases.HasPair(rollout.Status?.Phase))
            || !RolloutFacts.IsOf(baseline.Spec, world.Nodes[Names.PairNode(world.Name, NodeRoles.Canary)].Spec.Image ?? "")
            || !RolloutFacts.IsOf(canary.Spec, world.Nodes[Names.PairNode(world.Name, NodeRoles.Baseline)].Spec.Image ?? ""))
        {
            return null;
        }

        return new RestingPair($"{Process(baseline)} {Process(canary)}", Started(baseline) is var first && Started(canary) is var second && first > second ? first : second);
    }

    private static Pod? Running(TestnetObservation world, string role)
    {
        string node = Names.PairNode(world.Name, role);
        return world.Nodes.ContainsKey(node)
            && world.Pods.GetValueOrDefault(Names.Pod(node)) is { Metadata.DeletionTimestamp: null } pod
            && PodFacts.IsReady(pod)
            && world.Snapshots.GetValueOrDefault(node) is { IsReachable: true, IsSyncing: false }
                ? pod
                : null;
    }

    private static string Process(Pod pod) => $"{pod.Metadata.Uid}/{RolloutFacts.Restarts(pod)}";

    private static DateTimeOffset Started(Pod pod)
    {
        DateTimeOffset made = pod.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;
        return RolloutFacts.Beacon(pod)?.State?.Running?.StartedAt is { } started && started > made ? started : made;
    }
}
