using System.Globalization;

namespace Fleet.Planning.Recovery;

/// <summary>What is the matter with a chain that does not finalize, and what the operator does next: the first lines that apply.</summary>
internal static class Outlooks
{
    private delegate string? Cause(RecoveryHistory history, ChainHealth health);

    private static readonly Cause[] Causes =
    [
        static (_, health) => health.Nodes.Any(node => node.Answers) ? null : "No node answers; nothing is known of the chain, and nothing is held against it.",
        static (history, _) => history.WasObserved ? null : "Too few nodes answer to judge the chain; these epochs do not count.",
        static (_, health) => Of(health, NodeState.Skewed) is { Keys: > 0 } some && health.IsThird(some.Keys) ? $"The clocks of {some.Names} are wrong, {some.Share} of the stake; set them right before anything else." : null,
        static (_, health) => Evidence.IsUsersChoice(health) ? $"{Share(health.UnwantedKeys, health)} of the stake has no nodes, because the spec has fewer than when the chain began." : null,
        static (_, health) => Of(health, NodeState.WrongChain) is { Keys: > 0 } some ? $"{some.Names} with {some.Share} of the stake are on another chain." : null,
        static (_, health) => Of(health, NodeState.Crashing) is { Keys: > 0 } some ? $"{some.Names} with {some.Share} of the stake do not stay up." : null,
        static (_, health) => Of(health, NodeState.Down, NodeState.Starting) is { Keys: > 0 } some ? $"{some.Names} with {some.Share} of the stake do not answer." : null,
        static (_, health) => Of(health, NodeState.Isolated) is { Keys: > 0 } some ? $"{some.Names} with {some.Share} of the stake have no peer." : null,
        static (_, health) => health.Camps.Length > 1 || health.Camps.Any(camp => camp.Heads.Length > 1) ? "The nodes follow more than one chain." : null,
        static (_, health) => health.IsStandingStill ? "No node has a new block, although the nodes answer." : null,
        static (_, health) => Evidence.AbsentOutside(health) is > 0 and var absent ? $"{Share(absent, health)} of the stake is not of this testnet and does not vote." : null,
        static (_, health) => health.Participation >= 2.0 / 3 ? $"{Percent(health.Participation.Value)} of the stake votes for the right target again." : null,
        static (_, health) => health.Participation is { } share ? $"{Percent(share)} of the stake votes for the right target; two thirds are needed." : null,
    ];

    /// <summary>Null while the chain finalizes.</summary>
    public static RecoveryOutlook? Of(RecoveryHistory history, RecoveryPolicy policy)
    {
        if (history.Health is not { } health || history.Lag is not > ChainHealth.LeakLag)
        {
            return null;
        }

        string cause = Causes.Select(find => find(history, health)).FirstOrDefault(text => text is not null) ?? "Nothing is known to be wrong with the nodes.";
        (string next, DateTimeOffset? at) = Next(history, health, policy);
        return new RecoveryOutlook(cause, next, at);
    }

    private static (string Next, DateTimeOffset? At) Next(RecoveryHistory history, ChainHealth health, RecoveryPolicy policy)
    {
        if (policy.RollbackUntil is { } rollback && history.At < rollback)
        {
            return ($"The roll-out is taken back first; that is given time until {RecoveryDecision.Clock(rollback)}.", rollback);
        }

        if (Ladder.UnderWay(history) is { } step)
        {
            return ($"{step.Node}: {Done(step.Kind)}; that is given time until {RecoveryDecision.Clock(step.Until)}.", step.Until);
        }

        if (history.IsInGrace)
        {
            DateTimeOffset end = health.Input.Genesis + (health.Clock.EpochDuration * history.GraceUntil!.Value);
            return ($"The chain was not watched for a while, and is given time until {RecoveryDecision.Clock(end)}.", end);
        }

        if (!history.WasObserved || health.IsThird(health.KeysIn(NodeState.Skewed)))
        {
            return ("The operator waits.", null);
        }

        if (Evidence.IsUsersChoice(health))
        {
            return ("Scale the pools up again; the chain is not begun anew for it.", null);
        }

        int absent = health.ActiveKeys - (int)Math.Round((health.Participation ?? 0) * health.ActiveKeys);
        return health.Participation >= 2.0 / 3 ? ("Finality is expected within a few epochs.", null)
            : policy.Forecast.EpochsToTwoThirds(StakeOutlook.Of(history, absent)) is { } epochs && epochs <= policy.FinalityLostEpochs ? (string.Create(CultureInfo.InvariantCulture, $"As things are, two thirds vote again in about {epochs} epochs by the inactivity leak; the operator waits for that."), null)
            : Deadline(history, health, policy);
    }

    private static (string Next, DateTimeOffset? At) Deadline(RecoveryHistory history, ChainHealth health, RecoveryPolicy policy)
    {
        if (Criteria.DueAt(history, policy) is { } due)
        {
            return ($"The chain counts as beyond repair at {RecoveryDecision.Clock(due)}, when that has been so for spec.recovery.minObserved.", due);
        }

        long left = Math.Max(0, policy.FinalityLostEpochs + 1 - history.ObservedLag);
        DateTimeOffset end = health.Input.Genesis + (health.Clock.EpochDuration * (health.Epoch + left));
        return left == 0
            ? ("The operator watches whether the votes rise.", null)
            : ($"If finality is not back, the chain counts as beyond repair at {RecoveryDecision.Clock(end)}.", end);
    }

    private static string Done(string kind) => kind switch
    {
        LadderSteps.Resync => "it begins in a new chain directory",
        LadderSteps.Reconnect => "its pod was made anew to find peers",
        _ => "its pod was made anew",
    };

    private static (string Names, int Keys, string Share) Of(ChainHealth health, params ReadOnlySpan<NodeState> states)
    {
        List<string> names = [];
        int keys = 0;
        foreach (NodeHealth node in health.Nodes)
        {
            if (states.Contains(node.State) && node.Keys > 0)
            {
                names.Add(node.Name);
                keys += node.Keys;
            }
        }

        string shown = names.Count <= 3 ? string.Join(", ", names) : string.Create(CultureInfo.InvariantCulture, $"{names[0]} and {names.Count - 1} others");
        return (shown, keys, Share(keys, health));
    }

    private static string Share(int keys, ChainHealth health) => Percent((double)keys / health.ActiveKeys);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#}%");
}
