using System.Globalization;
using Fleet.Api;

namespace Fleet.Planning.Recovery;

/// <summary>What is the matter with a chain that does not finalize, and what the operator does next: the first lines that apply.</summary>
internal static class Outlooks
{
    private delegate string? Cause(RecoveryHistory history, ChainHealth health);

    private static readonly Cause[] Causes =
    [
        static (_, health) => health.Nodes.Any(node => node.Answers) ? null
            : Of(health, NodeState.Crashing) is { Keys: > 0 } some ? $"No node answers: {some} {some.Word("does", "do")} not stay up."
            : "No node answers; nothing is known of the chain, and nothing is held against it.",
        static (history, health) => history.WasObserved ? null
            : Of(health, node => !node.Answers) is { Keys: > 0 } some ? $"{some} {some.Word("does", "do")} not answer: too few do to judge the chain, and these epochs do not count."
            : "Too few nodes answer to judge the chain; these epochs do not count.",
        static (_, health) => Of(health, NodeState.Skewed) is { Keys: > 0 } some && health.IsThird(some.Keys) ? $"The clocks of {some} are wrong; set them right before anything else." : null,
        static (_, health) => Evidence.IsUsersChoice(health) ? $"{NodeGroup.ShareOf(health.UnwantedKeys, health)} of the stake has no nodes, because the spec has fewer than when the chain began." : null,
        static (_, health) => health.IsMainlySlashed ? $"{NodeGroup.ShareOf(health.SlashedKeys, health)} of the stake was slashed, and does not vote until it leaves." : null,
        static (_, health) => Of(health, node => node.Facts.HasLostKeys) is { Keys: > 0 } some ? $"The keys of {some} are gone for good." : null,
        static (_, health) => Of(health, NodeState.WrongChain) is { Keys: > 0 } some ? $"{some} {some.Word("is", "are")} on another chain." : null,
        static (_, health) => Of(health, NodeState.Crashing) is { Keys: > 0 } some ? $"{some} {some.Word("does", "do")} not stay up." : null,
        static (_, health) => Of(health, NodeState.Down, NodeState.Starting) is { Keys: > 0 } some ? $"{some} {some.Word("does", "do")} not answer." : null,
        static (_, health) => Of(health, NodeState.Isolated) is { Keys: > 0 } some ? $"{some} {some.Word("has", "have")} no peer." : null,
        static (_, health) => Split(health),
        static (_, health) => health.IsStandingStill ? "No node has a new block, although the nodes answer." : null,
        static (_, health) => Evidence.AbsentOutside(health) is > 0 and var absent ? $"{NodeGroup.ShareOf(absent, health)} of the stake is not of this testnet and does not vote." : null,
        static (_, health) => health.Participation >= 2.0 / 3 ? $"{NodeGroup.Percent(health.Participation.Value)} of the stake votes for the right target again." : null,
        static (_, health) => health.Participation is { } share ? $"{NodeGroup.Percent(share)} of the stake votes for the right target; two thirds are needed." : null,
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
            HashSet<string> treated = [.. Ladder.AllUnderWay(history).Where(other => other.Kind == step.Kind).Select(other => other.Node)];
            return ($"{Done(step.Kind, NodeGroup.Of(health, node => treated.Contains(node.Name)))}; that is given time until {RecoveryDecision.Clock(step.Until)}.", step.Until);
        }

        if (history.IsInGrace)
        {
            DateTimeOffset end = health.Input.Genesis + (health.Clock.EpochDuration * history.GraceUntil!.Value);
            return ($"The chain was not watched for a while, and is given time until {RecoveryDecision.Clock(end)}.", end);
        }

        if (!history.WasObserved)
        {
            return ("The operator waits until nodes with two thirds of the stake answer.", null);
        }

        if (health.IsThird(health.KeysIn(NodeState.Skewed)))
        {
            return ("The operator waits for that, and decides on no reset before.", null);
        }

        if (Evidence.IsUsersChoice(health))
        {
            return ("Scale the pools up again; the chain is not begun anew for it.", null);
        }

        int absent = health.SilentKeys ?? health.ActiveKeys;
        string how = health.IsMainlySlashed ? "as the slashed leave" : "by the inactivity leak";
        return health.Participation >= 2.0 / 3 ? ("Finality is expected within a few epochs.", null)
            : policy.Forecast.EpochsToTwoThirds(StakeOutlook.Of(history, absent)) is { } epochs && epochs <= policy.FinalityLostEpochs ? (string.Create(CultureInfo.InvariantCulture, $"As things are, two thirds vote again in about {epochs} epochs {how}; the operator waits for that."), null)
            : Deadline(history, health, policy);
    }

    private static (string Next, DateTimeOffset? At) Deadline(RecoveryHistory history, ChainHealth health, RecoveryPolicy policy)
    {
        string then = policy.Mode switch
        {
            RecoveryModes.Never => "and is left as it is, because spec.recovery.mode is Never",
            RecoveryModes.Manual => "and 'fleet reset' is to begin it anew, because spec.recovery.mode is Manual",
            _ => "and is begun anew",
        };
        if (Criteria.DueAt(history, policy) is { } due)
        {
            return ($"The operator waits until {RecoveryDecision.Clock(due)}, as spec.recovery.minObserved says; if nothing is better then, the chain counts as beyond repair {then}.", due);
        }

        long left = Math.Max(0, policy.FinalityLostEpochs + 1 - history.ObservedLag);
        DateTimeOffset end = health.Input.Genesis + (health.Clock.EpochDuration * (health.Epoch + left));
        return left == 0
            ? ("The operator watches whether the votes rise.", null)
            : ($"The operator waits; if finality is not back at {RecoveryDecision.Clock(end)}, the chain counts as beyond repair {then}.", end);
    }

    private static string Done(string kind, NodeGroup nodes) => kind switch
    {
        LadderSteps.Resync => $"{nodes.Names} {nodes.Word("begins in a new chain directory", "begin in new chain directories")}",
        LadderSteps.Reconnect => $"The {nodes.Word("pod", "pods")} of {nodes.Names} {nodes.Word("was", "were")} made anew to find peers",
        _ => $"The {nodes.Word("pod", "pods")} of {nodes.Names} {nodes.Word("was", "were")} made anew",
    };

    /// <summary>Who follows which chain; null: all follow one.</summary>
    private static string? Split(ChainHealth health)
    {
        if (health.Camps.Length <= 1 && health.Camps.All(camp => camp.Heads.Length <= 1))
        {
            return null;
        }

        NodeGroup[] sides =
        [
            .. health.Camps.SelectMany(camp => camp.Heads).Distinct(StringComparer.Ordinal)
                .Select(head => NodeGroup.Of(health, node => node.IsWitness && node.Snapshot!.HeadRoot == head))
                .OrderByDescending(side => side.Keys).ThenBy(side => side.Nodes[0], StringComparer.Ordinal),
        ];
        return sides.Length < 2
            ? "The nodes do not agree on what is final."
            : $"The nodes follow {sides.Length} chains: {string.Join("; ", sides.Take(2).Select(side => side.ToString()))}; two thirds are needed on one.";
    }

    private static NodeGroup Of(ChainHealth health, params NodeState[] states) => Of(health, node => states.Contains(node.State));

    private static NodeGroup Of(ChainHealth health, Func<NodeHealth, bool> holds) => NodeGroup.Of(health, node => node.Keys > 0 && holds(node));
}
