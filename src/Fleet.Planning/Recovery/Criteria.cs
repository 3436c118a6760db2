using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Planning.Recovery;

/// <summary>That a criterion holds, and why.</summary>
/// <param name="Criterion">U1 to U6.</param>
/// <param name="Sentence">Why, for people, one sentence.</param>
/// <param name="Evidence">What it was told from, a line each.</param>
public sealed record Proof(string Criterion, string Sentence, ImmutableArray<string> Evidence);

/// <summary>When finality is beyond repair. In this order; the first that holds is told. docs/recovery.md says them for users.</summary>
internal static class Criteria
{
    /// <summary>Epochs in a row after which it is no matter of a moment.</summary>
    private const int LastingEpochs = 4;

    private const double TwoThirds = 2.0 / 3;

    private delegate Proof? Criterion(RecoveryHistory history, RecoveryPolicy policy);

    /// <summary>Those that a gap does not put off: headers and arithmetic show them, not time.</summary>
    private static readonly Criterion[] OfFacts = [FinalityConflicts, NobodyIsLeft, GenesisDiffers, StakeIsLocked];

    private static readonly Criterion[] OfTime = [StakeIsGone, FinalityIsLost];

    /// <summary>When what holds but for spec.recovery.minObserved will hold; null: nothing would.</summary>
    public static DateTimeOffset? DueAt(RecoveryHistory history, RecoveryPolicy policy) =>
        history.Health is { } health && First(history, policy with { MinObserved = TimeSpan.Zero }) is not null
            ? history.At + policy.MinObserved - (health.Clock.EpochDuration * history.ObservedLag)
            : null;

    /// <summary>The first criterion that holds; null: none.</summary>
    public static Proof? First(RecoveryHistory history, RecoveryPolicy policy)
    {
        if (history is not { Health: { } health, WasObserved: true } || policy.IsResetting || health.IsThird(health.KeysIn(NodeState.Skewed)) || history.At < policy.RollbackUntil)
        {
            return null;
        }

        IEnumerable<Criterion> applicable = history.IsInGrace ? OfFacts : OfFacts.Concat(OfTime);
        return applicable.Select(criterion => criterion(history, policy)).FirstOrDefault(proof => proof is not null);
    }

    /// <summary>U1: even if everybody came back who can, two thirds would not vote in time.</summary>
    private static Proof? StakeIsGone(RecoveryHistory history, RecoveryPolicy policy)
    {
        ChainHealth health = history.Health!;
        int slashed = health.SlashedKeys;
        int silent = health.SilentKeys ?? health.ActiveKeys;
        int ours = Math.Min(Evidence.LostKeys(history), silent);
        int others = Math.Min(LastingAbsence(history), silent - ours);
        int lost = ours + others;
        if (history.Lag is not > ChainHealth.LeakLag || !IsLongEnough(history, policy) || !IsTooFew(health, slashed + lost) || Evidence.IsUsersChoice(health))
        {
            return null;
        }

        int? epochs = policy.Forecast.EpochsToTwoThirds(StakeOutlook.Of(history, lost));
        if (epochs <= policy.FinalityLostEpochs)
        {
            return null;
        }

        string[] who =
        [
            .. slashed == 0 ? (string[])[] : [$"{Share(slashed, health)} of the stake was slashed"],
            .. ours == 0 ? (string[])[] : [$"nodes with {Share(ours, health)} of the stake do not come back"],
            .. others == 0 ? (string[])[] : [$"{Share(others, health)}{(slashed + ours == 0 ? " of the stake" : "")} is not of this testnet and does not vote"],
        ];
        return new Proof(
            "U1",
            $"Two thirds of the stake will not vote again {Within(epochs, policy)}: {string.Join(", and ", who)}.",
            [
                .. health.Nodes.Where(node => Evidence.IsLost(node, history, history.At)).Select(node => $"{node.Name} ({node.Keys} keys): {(node.Facts.HasLostKeys ? "its keys are lost" : node.Facts.Problem ?? "it does not answer")}"),
                .. lost == 0 ? (string[])[] : [$"{lost} of {health.ActiveKeys} active validators are gone"],
                .. Exits(health),
                $"epochs until two thirds: {(epochs is { } number ? number.ToString(CultureInfo.InvariantCulture) : "never")}, limit {policy.FinalityLostEpochs}",
            ]);
    }

    /// <summary>U2: finality has been lost for long, and nothing brings it back.</summary>
    private static Proof? FinalityIsLost(RecoveryHistory history, RecoveryPolicy policy)
    {
        ChainHealth health = history.Health!;
        long observed = history.ObservedLag;
        if (observed <= policy.FinalityLostEpochs || !IsLongEnough(history, policy) || Evidence.IsUsersChoice(health) || health is not { Participation: { } share, SilentKeys: { } silent })
        {
            return null;
        }

        double? slope = Trend.PerEpoch(history.Participation);
        int? epochs = share >= TwoThirds ? 0 : policy.Forecast.EpochsToTwoThirds(StakeOutlook.Of(history, silent));
        (string told, string exits) = health.SlashedKeys == 0 ? ("", "") : ($" and {Share(health.SlashedKeys, health)} was slashed", "the exits of the slashed, ");
        bool rises = slope is { } perEpoch && share + (perEpoch * policy.FinalityLostEpochs) >= TwoThirds;
        return epochs <= policy.FinalityLostEpochs || rises
            ? null
            : new Proof(
                "U2",
                $"Finality was lost {observed} observed epochs ago, and {Percent(share)} of the stake votes for one chain{told}; neither {exits}the inactivity leak nor the trend brings two thirds {Within(epochs, policy)}.",
                [
                    .. health.Camps.Select(camp => $"{camp.Nodes.Length} nodes with {camp.Keys} keys: finalized epoch {camp.FinalizedEpoch}, {camp.Heads.Length} heads"),
                    $"{observed} epochs without finality observed, {history.Gaps.Sum(gap => gap.Last - gap.First + 1)} not counted, limit {policy.FinalityLostEpochs}",
                    .. Exits(health),
                    $"trend of the votes: {(slope is { } trend ? Percent(trend) : "unknown")} per epoch",
                ]);
    }

    /// <summary>U3: two camps hold contradicting blocks to be final.</summary>
    private static Proof? FinalityConflicts(RecoveryHistory history, RecoveryPolicy policy)
    {
        return history.Conflict is not { } lasting || lasting.Last == lasting.First
            ? null
            : new Proof(
                "U3",
                $"Nodes with a third of the stake or more each hold contradicting blocks to be final: {Short(lasting.Conflict.Left)} of epoch {lasting.Conflict.LeftEpoch} and {Short(lasting.Conflict.Right)} of epoch {lasting.Conflict.RightEpoch}.",
                [.. history.Health!.Camps.Select(camp => $"{string.Join(", ", camp.Nodes)} ({camp.Keys} keys): finalized {Short(camp.FinalizedRoot)} of epoch {camp.FinalizedEpoch}")]);
    }

    /// <summary>U4: those who voted to justify a block may not vote for the chain that most follow.</summary>
    private static Proof? StakeIsLocked(RecoveryHistory history, RecoveryPolicy policy) =>
        history is { Locked: { } locked, RejectedSince: { } since } && history.Epoch - since >= LastingEpochs && history.Health!.IsThird(locked.Keys)
            ? new Proof(
                "U4",
                $"Nodes with {Share(locked.Keys, history.Health)} of the stake are bound to the block {Short(locked.Root)} that was justified in epoch {locked.Epoch}, and the chain that most nodes follow is without it.",
                [$"justified: {Short(locked.Root)} of epoch {locked.Epoch}, {locked.Keys} keys", $"rejected by most nodes since epoch {since}"])
            : null;

    /// <summary>U5: the chain has two beginnings, also after the nodes were provisioned anew.</summary>
    private static Proof? GenesisDiffers(RecoveryHistory history, RecoveryPolicy policy)
    {
        ChainHealth health = history.Health!;
        NodeHealth[] others = [.. health.Nodes.Where(node => node is { Answers: true, IsOfGenesis: false, Snapshot.GenesisRoot: not null } && Evidence.HasFailed(node, history, LadderSteps.Resync, history.At))];
        int keys = others.Sum(node => node.Keys);
        return keys * 3L <= health.ActiveKeys
            ? null
            : new Proof(
                "U5",
                $"Nodes with {Share(keys, health)} of the stake are on another genesis than {Short(health.Input.GenesisRoot)}, also after they began anew.",
                [.. others.Select(node => $"{node.Name} ({node.Keys} keys): genesis {Short(node.Snapshot!.GenesisRoot!)}")]);
    }

    /// <summary>U6: the chain stood for so long that nobody is left who could propose a block, or everybody is on his way out.</summary>
    private static Proof? NobodyIsLeft(RecoveryHistory history, RecoveryPolicy policy)
    {
        ChainHealth health = history.Health!;
        if (health.Camps.IsEmpty)
        {
            return null;
        }

        if (health is { NobodyStays: true, Exits: { } exits } && history.Lag is > ChainHealth.LeakLag)
        {
            return new Proof(
                "U6",
                $"Every active validator is exiting; from epoch {Math.Max(exits.Slashed.LastExit, exits.Unslashed.LastExit)} on nobody is left to propose a block.",
                Exits(health));
        }

        if (!health.IsStandingStill)
        {
            return null;
        }

        long head = health.HeadSlot!.Value / health.Clock.SlotsPerEpoch;
        int limit = policy.Forecast.SleepLimit(StakeOutlook.AtHead(history, head));
        long slept = health.Epoch - head;
        return slept <= limit
            ? null
            : new Proof(
                "U6",
                $"The chain has had no block for {slept} epochs; after {limit} every validator is exiting or ejected, and nobody is left to propose one.",
                [$"last block in epoch {head}, now epoch {health.Epoch}", $"{health.ActiveKeys} validators were active", .. Exits(health)]);
    }

    /// <summary>Absent validators of others that have been so for some epochs.</summary>
    private static int LastingAbsence(RecoveryHistory history) =>
        history.Participation.Length >= LastingEpochs && history.Participation.TakeLast(LastingEpochs).All(share => share.Share < TwoThirds)
            ? Evidence.AbsentOutside(history.Health!)
            : 0;

    /// <summary>Who is on his way out, a line for each kind.</summary>
    private static ImmutableArray<string> Exits(ChainHealth health) =>
    [
        .. health.Exits?.Slashed is { Validators: > 0 } slashed ? (string[])[$"{slashed.Validators} of {health.ActiveKeys} active validators were slashed and leave in epochs {slashed.FirstExit} to {slashed.LastExit}"] : [],
        .. health.Exits?.Unslashed is { Validators: > 0 } others ? (string[])[$"{others.Validators} of {health.ActiveKeys} active validators exit in epochs {others.FirstExit} to {others.LastExit}"] : [],
    ];

    private static bool IsLongEnough(RecoveryHistory history, RecoveryPolicy policy) => history.Health!.Clock.EpochDuration * history.ObservedLag >= policy.MinObserved;

    private static bool IsTooFew(ChainHealth health, int lost) => lost > 0 && (health.ActiveKeys - lost) * 3L < health.ActiveKeys * 2L;

    private static string Within(int? epochs, RecoveryPolicy policy) => epochs is null ? "at all" : $"within {policy.FinalityLostEpochs} epochs (it would take {epochs})";

    private static string Share(int keys, ChainHealth health) => NodeGroup.ShareOf(keys, health);

    private static string Percent(double share) => NodeGroup.Percent(share);

    /// <summary>As much of a root as people compare.</summary>
    internal static string Short(string root) => root.Length > 10 ? root[..10] : root;
}
