using Fleet.Api;
using Fleet.Cli.Observation;

namespace Fleet.Cli.Up;

/// <summary>When a testnet reached what on its way up: a fold over what was observed, without I/O or clock.</summary>
internal sealed class Milestones(DateTimeOffset appliedAt)
{
    /// <summary>Epoch whose finalization proves the chain: the earliest that phase0 finalizes.</summary>
    private const long FirstFinalizableEpoch = 2;

    public DateTimeOffset AppliedAt { get; } = appliedAt;

    public DateTimeOffset? PodsCreatedAt { get; private set; }

    public DateTimeOffset? PeeredAt { get; private set; }

    public DateTimeOffset? FirstBlockAt { get; private set; }

    public DateTimeOffset? FinalizedAt { get; private set; }

    public ChainTiming? Timing { get; set; }

    /// <summary>The newest view.</summary>
    public TestnetView? View { get; private set; }

    /// <summary>Takes in what was seen at <paramref name="now"/>.</summary>
    public void Observe(TestnetView view, DateTimeOffset now)
    {
        View = view;
        int pods = view.Nodes.Count(node => node.Pod is not null);
        if (pods > 0 && pods >= view.DesiredPods)
        {
            PodsCreatedAt ??= now;
        }

        List<NodeView> chain = [.. view.ChainNodes];
        if (chain.Count == 0)
        {
            return;
        }

        if (chain.TrueForAll(node => node.Live is { } live && live.Peers >= chain.Count - 1))
        {
            PeeredAt ??= now;
        }

        if (chain.Exists(node => node.Live is { HeadSlot: > 0 }))
        {
            FirstBlockAt ??= now;
        }

        if (chain.TrueForAll(node => node.Live is { } live && live.Finalized >= FirstFinalizableEpoch))
        {
            FinalizedAt ??= now;
        }
    }

    /// <summary>Whether it is as far as a fleet goes that nobody waits for.</summary>
    public bool IsThere => PodsCreatedAt is not null || IsSuspended;

    /// <summary>A testnet that is to have no nodes has come as far as it will.</summary>
    public bool Reached(UpGoal goal) => IsSuspended || (goal == UpGoal.Finalized
        ? FinalizedAt is not null
        : FirstBlockAt is not null && View is { } view && view.Nodes.All(node => node.Ready));

    private bool IsSuspended => View?.Condition(ConditionTypes.Suspended) is { Status: "True" };

    /// <summary>Why the goal is not reached, as the end of a sentence.</summary>
    public string Missing(UpGoal goal)
    {
        if (View is not { } view)
        {
            return "the testnet was not found on the API server";
        }

        if (view.Condition(ConditionTypes.Accepted) is { Status: "False" } refused)
        {
            return $"the operator does not accept it: {refused.Message}";
        }

        int pods = view.Nodes.Count(node => node.Pod is not null);
        if (pods < view.DesiredPods)
        {
            return $"{pods} of {view.DesiredPods} pods exist";
        }

        if (view.Nodes.FirstOrDefault(node => !node.Ready) is { } unready)
        {
            return $"node {unready.Name} is not ready; see 'fleet logs {view.Testnet.Metadata.Name}'";
        }

        List<NodeView> chain = [.. view.ChainNodes];
        if (chain.Find(node => node.Live is null) is { } silent)
        {
            return $"node {silent.Name} does not answer";
        }

        return FirstBlockAt is null
            ? "there is no block yet"
            : $"the finalized epoch is {chain.Min(node => node.Live!.Finalized)}, head slot {chain.Max(node => node.Live!.HeadSlot)}"
                + (goal == UpGoal.Finalized ? $"; epoch {FirstFinalizableEpoch} is waited for" : "");
    }
}
