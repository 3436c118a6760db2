using System.Collections.Immutable;

namespace Fleet.Planning.Recovery;

/// <summary>How a history goes on: each line of <see cref="Next"/> is one thing that is remembered.</summary>
internal static class HistoryAdvance
{
    /// <summary>Epochs that may go by beyond what was promised before they are a gap.</summary>
    private const int GapEpochs = 2;

    private const int MaxGaps = 16;
    private const int MaxShares = 64;
    private const int MaxEvidence = 16;

    public static RecoveryHistory Next(RecoveryHistory before, ChainHealth health, RecoveryPolicy policy)
    {
        bool isNew = before.Iteration != health.Input.Iteration || before.FinalizedEpoch is null;
        RecoveryHistory next = isNew ? RecoveryHistory.Empty(health.Input.Iteration, health.At) : before;
        bool isGap = isNew ? health.Lag > ChainHealth.LeakLag + GapEpochs : IsGap(before, health);
        bool isObserved = Evidence.IsObserved(health, next);
        next = Look(next, health, isObserved, joinsLast: isObserved && next.WasObserved && !isGap);
        next = isGap ? WithGap(next, isNew ? (health.FinalizedEpoch ?? 0) + 1 : before.Epoch + 1, policy) : next;
        next = health.Lag is null ? next : WithConflict(next, health);
        next = next.Lag is null ? next : next.Lag > ChainHealth.LeakLag ? Troubled(next, health, policy) : Calm(next, health);
        return WithCriterion(next, policy);
    }

    /// <summary>Later than promised, or earlier than the last time: the operator was away, or the clock was set.</summary>
    private static bool IsGap(RecoveryHistory before, ChainHealth health)
    {
        TimeSpan tolerance = health.Clock.EpochDuration * GapEpochs;
        return health.At > before.LookBy + tolerance || health.At < before.At - tolerance;
    }

    /// <summary>What is observed at two looks in a row was so between them.</summary>
    private static RecoveryHistory Look(RecoveryHistory history, ChainHealth health, bool isObserved, bool joinsLast)
    {
        long? finalized = health.FinalizedEpoch ?? history.FinalizedEpoch;
        long lastWellEpoch = (finalized ?? 0) + ChainHealth.LeakLag;
        return history with
        {
            At = health.At,
            Epoch = health.Epoch,
            FinalizedEpoch = finalized,
            LookBy = health.Epoch <= lastWellEpoch ? health.Input.Genesis + (health.Clock.EpochDuration * (lastWellEpoch + 1)) : health.At + health.Clock.EpochDuration,
            WasObserved = isObserved,
            Observed = (isObserved ? history.Observed.With(joinsLast ? history.Epoch + 1 : health.Epoch, health.Epoch) : history.Observed).After(finalized ?? -1),
            Gaps = history.Gaps.After(finalized ?? -1),
            Health = health,
        };
    }

    private static RecoveryHistory WithGap(RecoveryHistory history, long first, RecoveryPolicy policy) => history with
    {
        Gaps = [.. history.Gaps.With(Math.Min(first, history.Epoch), history.Epoch).TakeLast(MaxGaps)],
        GraceUntil = history.Epoch + policy.FinalityLostEpochs,
        Participation = [],
        RejectedSince = null,
    };

    /// <summary>Both sides go on finalizing, so the blocks change; that there is a conflict does not. One that is not seen any more is forgotten.</summary>
    private static RecoveryHistory WithConflict(RecoveryHistory history, ChainHealth health) =>
        history with
        {
            Conflict = health.Conflicts is [var conflict, ..] ? new ConflictSighting(conflict, history.Conflict?.First ?? health.Epoch, health.Epoch) : null,
        };

    private static RecoveryHistory Calm(RecoveryHistory history, ChainHealth health) => history with
    {
        Since = null,
        GraceUntil = null,
        Gaps = [],
        Participation = [],
        Locked = Later(history.Locked, health.Justified, history.FinalizedEpoch ?? 0),
        RejectedSince = null,
        Steps = [],
    };

    private static RecoveryHistory Troubled(RecoveryHistory history, ChainHealth health, RecoveryPolicy policy)
    {
        JustifiedBlock? locked = Later(history.Locked, health.Justified, history.FinalizedEpoch ?? 0);
        bool isRejected = history.WasObserved && locked is not null && Evidence.IsRejected(health, locked);
        return history with
        {
            Since = history.Since ?? health.At,
            Participation = history.WasObserved ? WithShare(history.Participation, health, policy) : history.Participation,
            Locked = locked,
            RejectedSince = isRejected ? history.RejectedSince ?? health.Epoch : null,
        };
    }

    /// <summary>Whoever voted to justify a block must not vote for a chain that has justified less.</summary>
    private static JustifiedBlock? Later(JustifiedBlock? known, JustifiedBlock? now, long finalized)
    {
        JustifiedBlock? kept = known is { } block && block.Epoch > finalized ? block : null;
        return kept is null || now?.Epoch >= kept.Epoch ? now ?? kept : kept;
    }

    /// <summary>One number per stride, over the last quarter of the limit.</summary>
    private static ImmutableArray<EpochShare> WithShare(ImmutableArray<EpochShare> shares, ChainHealth health, RecoveryPolicy policy)
    {
        long window = Math.Max(8, policy.FinalityLostEpochs / 4);
        long stride = (window + MaxShares - 1) / MaxShares;
        return health.Participation is not { } share || (!shares.IsEmpty && health.Epoch < shares[^1].Epoch + stride)
            ? shares
            : [.. shares.Where(known => known.Epoch > health.Epoch - window).Append(new EpochShare(health.Epoch, share)).TakeLast(MaxShares)];
    }

    /// <summary>A criterion keeps the instant at which it became true for as long as it holds.</summary>
    private static RecoveryHistory WithCriterion(RecoveryHistory history, RecoveryPolicy policy) =>
        Criteria.First(history, policy) is not { } proof ? history with { Criterion = null, CriterionSince = null, Evidence = [] }
        : history with
        {
            Criterion = proof.Criterion,
            CriterionSince = proof.Criterion == history.Criterion ? history.CriterionSince : history.At,
            Evidence = [.. proof.Evidence.Take(MaxEvidence)],
        };
}
