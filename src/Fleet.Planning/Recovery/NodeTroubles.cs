using System.Globalization;
using Fleet.Api;

namespace Fleet.Planning.Recovery;

/// <summary>What is the matter with nodes whether or not the chain finalizes, what is done about it, and when.</summary>
internal static class NodeTroubles
{
    /// <summary>What the pods' readiness does not show; null: nothing.</summary>
    /// <param name="health">How the chain does.</param>
    public static Verdict? Of(ChainHealth health) => Claims(health) ?? Clocks(health);

    /// <summary>What follows from nodes that are not ready; null: nothing, or the chain has lost finality, of which <see cref="Outlooks"/> tells.</summary>
    /// <param name="health">How the chain does.</param>
    /// <param name="finalized">Finalized epoch that was last known.</param>
    /// <param name="names">Names of the nodes.</param>
    public static string? NextOf(ChainHealth health, long? finalized, IReadOnlyCollection<string> names)
    {
        NodeGroup group = NodeGroup.Of(health, node => names.Contains(node.Name) && node.Keys > 0);
        return group.Keys == 0 || RepairsAt(health, finalized) is not { } at
            ? null
            : $"{group.Share} of the stake is missing; {(group.Keys * 3L > health.ActiveKeys ? "no epoch becomes final" : "epochs become final")} without it. Kubernetes starts pods and containers again by itself"
                + Repairs(health, NodeGroup.Of(health, node => group.Nodes.Contains(node.Name) && Ladder.MayRestart(node, health, at)), at);
    }

    private static string Repairs(ChainHealth health, NodeGroup restarted, DateTimeOffset at) =>
        !restarted.Nodes.IsEmpty ? $"; {IfLost(at)}, the operator makes the {restarted.Word("pod", "pods")} of {restarted.Names} anew."
        : health.Nodes.Any(node => node.Answers) ? "."
        : $"; {IfLost(at)}, the operator makes the pods anew that crash or do not start, and none that runs while no node answers.";

    /// <summary>One node's word decides nothing, and yet somebody has to know.</summary>
    private static Verdict? Claims(ChainHealth health)
    {
        NodeGroup group = NodeGroup.Of(health, node => IsAlone(health, node));
        if (group.Nodes.IsEmpty || health.Camps.IsEmpty)
        {
            return null;
        }

        NodeHealth first = health.Nodes.First(node => node.Name == group.Nodes[0]);
        Camp others = health.Camps[0];
        NodeGroup resynced = NodeGroup.Of(health, node => group.Nodes.Contains(node.Name) && Ladder.MayResync(node, health));
        string next = RepairsAt(health, health.FinalizedEpoch) is not { } at ? ""
            : resynced.Nodes.IsEmpty ? $" The operator leaves {group.Word("it", "them")} alone."
            : $" The operator has {resynced.Names} begin in {resynced.Word("a new chain directory", "new chain directories")} {IfLost(at)}.";
        return Verdict.No(
            Reasons.FinalityDisputed,
            $"{group} {group.Word("names", "name")} another finality than the other nodes: {first.Name} block {Criteria.Short(first.Snapshot!.FinalizedRoot!)} of epoch {first.Snapshot.FinalizedEpoch}, "
            + $"{others.Nodes.Length} others block {Criteria.Short(others.FinalizedRoot)} of epoch {others.FinalizedEpoch}. Nothing is decided by it; look who answers at {group.Word("that node's address", "the addresses of those nodes")}.{next}");
    }

    /// <summary>Whether a node of our genesis holds to be final what most others have not in their chains, or what is yet to come.</summary>
    private static bool IsAlone(ChainHealth health, NodeHealth node) =>
        node is { Answers: true, IsOfGenesis: true, Snapshot: { FinalizedRoot: not null, FinalizedEpoch: { } epoch } } && (node.State == NodeState.WrongChain || epoch > health.Epoch);

    private static Verdict? Clocks(ChainHealth health)
    {
        NodeGroup group = NodeGroup.Of(health, node => node.State == NodeState.Skewed);
        if (group.Nodes.IsEmpty)
        {
            return null;
        }

        TimeSpan skew = health.Nodes.First(node => node.Name == group.Nodes[0]).Snapshot!.ClockSkew!.Value;
        Duration off = Duration.From(TimeSpan.FromSeconds(Math.Round(skew.Duration().TotalSeconds)));
        return Verdict.No(
            Reasons.ClockWrong,
            string.Create(CultureInfo.InvariantCulture, $"The {group.Word("clock", "clocks")} of {group} {group.Word("is", "are")} wrong ({group.Nodes[0]}: {off} {(skew > TimeSpan.Zero ? "ahead" : "behind")}). ")
            + $"Set {group.Word("it", "them")} right; the operator cannot. Until then it leaves out what {group.Word("that node says", "those nodes say")}, and decides on no reset while that is a third of the stake or more.");
    }

    private static string IfLost(DateTimeOffset at) => $"if finality is more than {ChainHealth.LeakLag} epochs behind the clock, at {RecoveryDecision.Clock(at)} at the earliest";

    /// <summary>When nodes can be repaired at the earliest; null: they can be now, or nobody knows.</summary>
    private static DateTimeOffset? RepairsAt(ChainHealth health, long? finalized) =>
        finalized is { } epoch && health.Input.Genesis + (health.Clock.EpochDuration * (epoch + ChainHealth.LeakLag + 1)) is var at && at > health.At ? at : null;
}
