using System.Collections.Immutable;

namespace Fleet.Planning.Recovery;

/// <summary>Names of the ladder's steps.</summary>
public static class LadderSteps
{
    /// <summary>The node's pod is made anew.</summary>
    public const string Restart = "Restart";

    /// <summary>The same, so that a node without peers reads the peers file and looks for them.</summary>
    public const string Reconnect = "Reconnect";

    /// <summary>The node begins in a new chain directory, and the old one stays.</summary>
    public const string Resync = "Resync";
}

/// <summary>What is tried before a chain is given up: least harm first, each once in an incident, each with its time.</summary>
/// <remarks>
/// A roll-out is taken back by its own guards (docs/decisions/0131), and volumes that are lost come back with the node. When no node answers at all the
/// operator's own network may be at fault: then only what Kubernetes itself reports to be broken is touched.
/// </remarks>
public static class Ladder
{
    private delegate bool Condition(NodeHealth node, RecoveryHistory history);

    private sealed record Rung(string Kind, Condition Needs, int Epochs, TimeSpan Least, string Why);

    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);

    /// <summary>In this order; a node gets one step at a time.</summary>
    private static readonly Rung[] Rungs =
    [
        new(LadderSteps.Restart, static (node, history) => MayRestart(node, history.Health!), 2, HalfMinute, "it does no work while finality is lost"),
        new(LadderSteps.Reconnect, static (node, _) => node.State == NodeState.Isolated, 2, HalfMinute, "it has no peer while finality is lost"),
        new(LadderSteps.Resync, static (node, history) => MayResync(node, history.Health!), 8, HalfMinute * 4, "it is on another chain than the others"),
    ];

    /// <summary>The steps that are due now.</summary>
    /// <param name="history">The incident so far.</param>
    public static ImmutableArray<LadderStep> Due(RecoveryHistory history)
    {
        if (history.Health is not { } health || history.Lag is not > ChainHealth.LeakLag)
        {
            return [];
        }

        var due = ImmutableArray.CreateBuilder<LadderStep>();
        foreach (NodeHealth node in health.Nodes)
        {
            bool isWaiting = history.Steps.Any(step => step.Node == node.Name && step.Until > history.At);
            if (!isWaiting && Rungs.FirstOrDefault(rung => rung.Needs(node, history) && !IsDone(history, node, rung)) is { } next)
            {
                TimeSpan budget = health.Clock.EpochDuration * next.Epochs;
                due.Add(new LadderStep(next.Kind, node.Name, history.At, history.At + (budget < next.Least ? next.Least : budget)));
            }
        }

        return due.ToImmutable();
    }

    /// <summary>Why a step is taken, for the action and the event.</summary>
    public static string Why(LadderStep step) => Rungs.First(rung => rung.Kind == step.Kind).Why;

    /// <summary>The step that is under way and may still help, the one with most time; null: none.</summary>
    public static LadderStep? UnderWay(RecoveryHistory history) => AllUnderWay(history).MaxBy(step => step.Until);

    /// <summary>The steps that are under way and may still help.</summary>
    public static IEnumerable<LadderStep> AllUnderWay(RecoveryHistory history) =>
        history.Steps.Where(step => step.Until > history.At && history.Health!.Nodes.Any(node => node.Name == step.Node && node.State != NodeState.Up));

    private static bool IsDone(RecoveryHistory history, NodeHealth node, Rung rung) => history.Steps.Any(step => step.Node == node.Name && step.Kind == rung.Kind);

    /// <summary>
    /// Whether a node's pod is made anew when finality is lost: one that has just been made has yet to start, and one that is silent like all others may only be
    /// out of our reach.
    /// </summary>
    /// <param name="node">The node, as it is now.</param>
    /// <param name="health">How the chain does now.</param>
    /// <param name="at">The instant that is asked about; by default now.</param>
    internal static bool MayRestart(NodeHealth node, ChainHealth health, DateTimeOffset? at = null) => node.State switch
    {
        NodeState.Crashing => true,
        NodeState.Starting => (at ?? health.At) - (node.Facts.PodSince ?? health.At) >= HalfMinute,
        NodeState.Down or NodeState.Stalled => health.Nodes.Any(other => other.Answers),
        _ => false,
    };

    /// <summary>
    /// Whether a node begins in a new directory when finality is lost. What is not of this genesis is of no use. What is has to be of the fewer, and not one of the
    /// last two that hold the best justified block: wiping those has cost another network its only anchor.
    /// </summary>
    internal static bool MayResync(NodeHealth node, ChainHealth health)
    {
        if (node.State != NodeState.WrongChain || !node.IsOfGenesis)
        {
            return node.State == NodeState.WrongChain;
        }

        long best = health.Nodes.Max(other => other.IsWitness ? other.Snapshot!.JustifiedEpoch ?? 0 : 0);
        int holders = health.Nodes.Count(other => other.IsWitness && other.Snapshot!.JustifiedEpoch == best);
        bool isHolder = node.Snapshot!.JustifiedEpoch == best;
        return !health.IsThird(health.KeysIn(NodeState.WrongChain)) && !(isHolder && holders <= 2);
    }
}
