using Fleet.Api;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Steps;

/// <summary>Judges the chain by what the nodes report. No data is bad news and never healthy.</summary>
internal static class HealthStep
{
    /// <summary>Epochs behind the clock beyond which the inactivity leak runs.</summary>
    internal const int LeakLag = ChainHealth.LeakLag;

    public static void Run(PlanContext context)
    {
        if (context.Testnet.Spec.Suspend)
        {
            Verdict asleep = Verdict.Unknown(Reasons.SuspendRequested, "The testnet is suspended.");
            context.Verdicts[ConditionTypes.ChainProgressing] = asleep;
            context.Verdicts[ConditionTypes.Finalizing] = asleep;
            context.Verdicts[ConditionTypes.Suspended] = Verdict.Yes(Reasons.SuspendRequested, SafeFor(context));
            return;
        }

        context.Verdicts[ConditionTypes.Suspended] = Verdict.No(Reasons.NotSuspended, "The testnet is not suspended.");
        if (context.Manifest is null || context.GenesisTime is not { } genesis || context.Now < genesis)
        {
            if (context.GenesisTime is { } future && context.Manifest is not null)
            {
                context.LookAgainAt(future);
            }

            Verdict before = Verdict.No(Reasons.BeforeGenesis, "The chain has not begun.");
            context.Verdicts[ConditionTypes.ChainProgressing] = before;
            context.Verdicts[ConditionTypes.Finalizing] = before;
            return;
        }

        var facts = ChainFacts.Of(context);
        context.Verdicts[ConditionTypes.ChainProgressing] = Progress(context, facts, genesis);
        context.Verdicts[ConditionTypes.Finalizing] = Finality(context, facts, genesis);
    }

    private static Verdict Progress(PlanContext context, ChainFacts facts, DateTimeOffset genesis)
    {
        if (facts.Reachable == 0)
        {
            return Verdict.Unknown(Reasons.NoData, "No node answers; nothing is known of the chain.");
        }

        TimeSpan limit = context.Testnet.Spec.Health.NoBlockAfter.Value;
        TimeSpan slots = context.Clock!.SlotDuration * 2.5;
        limit = limit < slots ? slots : limit;
        DateTimeOffset since = new[] { genesis, AwakeSince(context), facts.HeadTime ?? genesis }.Max();
        if (context.Now - since >= limit)
        {
            return Verdict.No(Reasons.ChainStalled, $"No new head for more than {Duration.From(limit)}.");
        }

        context.LookAgainAt(since + limit);
        return facts.HeadSlot is > 0
            ? Verdict.Yes(Reasons.HeadAdvances, "The head of the chain moves.")
            : Verdict.No(Reasons.BeforeGenesis, "The chain has begun; the first block is awaited.");
    }

    /// <summary>Nodes that have just been let run again have yet to start.</summary>
    private static DateTimeOffset AwakeSince(PlanContext context) =>
        context.Testnet.Status?.Conditions?.Find(condition => condition.Type == ConditionTypes.Suspended) is not { } suspended ? DateTimeOffset.MinValue
        : suspended.IsTrue ? context.Now
        : suspended.LastTransitionTime ?? DateTimeOffset.MinValue;

    private static Verdict Finality(PlanContext context, ChainFacts facts, DateTimeOffset genesis)
    {
        if ((context.Health?.FinalizedEpoch ?? facts.FinalizedEpoch) is not { } finalized)
        {
            return Verdict.Unknown(Reasons.NoData, "No node says what is final.");
        }

        HealthSpec health = context.Testnet.Spec.Health;
        long epoch = context.Clock!.EpochAt(genesis, context.Now);
        long lag = epoch - finalized;

        // The verdict changes with the clock alone when the next limit is crossed.
        long next = lag <= LeakLag ? LeakLag + 1 : lag < health.FinalityWarnEpochs ? health.FinalityWarnEpochs : lag <= health.FinalityLostEpochs ? health.FinalityLostEpochs + 1 : 0;
        if (next > 0)
        {
            context.LookAgainAt(genesis + (context.Clock.EpochDuration * (finalized + next)));
        }

        return lag > health.FinalityLostEpochs ? Verdict.No(Reasons.FinalityLost, $"Finality is more than {health.FinalityLostEpochs} epochs behind the clock.")
            : lag >= health.FinalityWarnEpochs ? Verdict.No(Reasons.FinalityWarning, $"Finality is at least {health.FinalityWarnEpochs} epochs behind the clock.")
            : lag > LeakLag ? Verdict.No(Reasons.FinalityLagging, $"Finality is more than {LeakLag} epochs behind the clock; validators that do not vote lose stake.")
            : finalized == 0 ? Verdict.No(Reasons.BeforeFinality, "No epoch is final yet; the first can be four epochs after genesis.")
            : Verdict.Yes(Reasons.EpochsFinalize, "Epochs become final in time.");
    }

    /// <summary>How long a chain can sleep before its validators have leaked so much that all are ejected.</summary>
    private static string SafeFor(PlanContext context) => context.Iteration is { } iteration
        ? $"Scaled to zero; the data is kept. The chain can be resumed for about {SleepTime.Of(iteration)}; after that its validators have leaked too much stake."
        : "Scaled to zero; no chain has begun.";
}

/// <summary>What the nodes together say of the chain.</summary>
/// <param name="Reachable">Nodes that answer.</param>
/// <param name="HeadSlot">Highest head slot.</param>
/// <param name="HeadTime">When any head last changed.</param>
/// <param name="JustifiedEpoch">Justified epoch of the node in the middle.</param>
/// <param name="FinalizedEpoch">Finalized epoch of the node in the middle.</param>
/// <param name="MinPeers">Fewest peers.</param>
/// <param name="MedianPeers">Peers of the node in the middle.</param>
/// <param name="Participation">Participation of the node in the middle, 0 to 1.</param>
internal sealed record ChainFacts(
    int Reachable, long? HeadSlot, DateTimeOffset? HeadTime, long? JustifiedEpoch, long? FinalizedEpoch, int? MinPeers, int? MedianPeers, double? Participation)
{
    /// <param name="context">What was observed.</param>
    /// <param name="outsidePair">Whether baseline and canary are left out: they are what is in question.</param>
    public static ChainFacts Of(PlanContext context, bool outsidePair = false)
    {
        NodeSnapshot[] nodes =
        [
            .. context.Observation.Snapshots.Values.Where(snapshot =>
                snapshot.IsReachable
                && context.Observation.Nodes.TryGetValue(snapshot.Node, out BeaconNode? node)
                && node.Spec.Role != NodeRoles.Bootnode
                && !(outsidePair && NodeRoles.IsOfPair(node.Spec.Role))
                && (context.Manifest is null || snapshot.GenesisRoot is null || snapshot.GenesisRoot == context.Manifest.GenesisRoot)),
        ];
        return new ChainFacts(
            nodes.Length,
            nodes.Max(node => node.HeadSlot),
            nodes.Max(node => node.HeadChangedAt),
            Middle(nodes.Select(node => node.JustifiedEpoch)),
            Middle(nodes.Select(node => node.FinalizedEpoch)),
            nodes.Min(node => node.Peers),
            (int?)Middle(nodes.Select(node => (long?)node.Peers)),
            nodes.Where(node => node.Participation is not null).Select(node => node.Participation).Order().Skip(nodes.Count(node => node.Participation is not null) / 2).FirstOrDefault());
    }

    /// <summary>The value that at least half of those who say one have reached.</summary>
    private static long? Middle(IEnumerable<long?> values)
    {
        long[] known = [.. values.Where(value => value is not null).Select(value => value!.Value).OrderDescending()];
        return known.Length == 0 ? null : known[known.Length / 2];
    }
}
