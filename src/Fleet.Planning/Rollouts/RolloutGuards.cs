using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>What ends a roll-out at once, whatever the score would be. In this order; the first that trips is told.</summary>
internal static class RolloutGuards
{
    private const int MaxRestarts = 2;
    private const int FewestDuties = 6;
    private const double AllowedParticipationLoss = 10;

    /// <summary>Epochs in a row in which the stake votes for less before it is the image's doing. In one alone it can be chance: whoever attests in the first slot of an epoch
    /// before its block has come votes for another target, and in the minimal preset that is an eighth of the stake.</summary>
    private const int LastingEpochs = 2;

    /// <summary>Epochs until what the bake sees is no more the restart's doing.</summary>
    private const int QuietEpochs = 3;

    /// <summary>What a restarted process takes to vote as it did before, however short the slots are. What is seen then is of the epoch before.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestFork = TimeSpan.FromSeconds(10);

    /// <summary>Where slots are short, the restarts of a wave alone can put finality back by more epochs than a chain may be behind.</summary>
    private static readonly TimeSpan ShortestLag = TimeSpan.FromMinutes(1);

    private delegate string? Guard(RolloutContext context);

    private static readonly (string Name, Guard Check)[] OfPair =
    [
        ("CanaryRestarts", CanaryRestarts),
        ("GenesisMismatch", GenesisMismatch),
        ("ConfigMismatch", ConfigMismatch),
        ("ImageDigestsDiffer", ImageDigestsDiffer),
        ("FinalityLagging", FinalityLagging),
        ("CanaryForked", CanaryForked),
        ("CanarySilent", CanarySilent),
        ("DutiesFailed", DutiesFailed),
    ];

    private static readonly (string Name, Guard Check)[] OfFleet =
    [
        ("NodeRestarts", NodeRestarts),
        ("ParticipationFell", ParticipationFell),
        ("PeersFell", PeersFell),
    ];

    private static readonly (string Name, Guard Check)[] OfTime =
    [
        ("SyncDeadline", SyncDeadline),
        ("WaveDeadline", WaveDeadline),
    ];

    /// <summary>The first guard that trips; null: none. Keeps in the status since when too little of the stake votes.</summary>
    public static GuardStatus? First(RolloutContext context)
    {
        if (!RolloutPhases.HasPair(context.Phase))
        {
            return null;
        }

        context.Status.ParticipationLowSince = LowSince(context);
        IEnumerable<(string Name, Guard Check)> guards = RolloutPhases.IsPromoted(context.Phase) ? OfPair.Concat(OfFleet) : OfPair;
        foreach ((string name, Guard check) in context.Spec.Suspend ? guards : guards.Concat(OfTime))
        {
            if (check(context) is { } message)
            {
                return new GuardStatus { Name = name, Message = message };
            }
        }

        return null;
    }

    /// <summary>A machine that restarts both is not the image's fault.</summary>
    private static string? CanaryRestarts(RolloutContext context)
    {
        Pod? canary = context.PodOf(context.Canary);
        int restarts = RolloutFacts.Restarts(canary);
        return RolloutFacts.IsOf(canary?.Spec, context.Rollout.Spec.To, RolloutFacts.Directory(context.Rollout))
            && restarts - RolloutFacts.Restarts(context.PodOf(context.Baseline)) >= MaxRestarts
                ? $"The canary's containers have restarted {restarts} times since it got the image."
                : null;
    }

    private static string? GenesisMismatch(RolloutContext context) =>
        context.World.Snapshots.GetValueOrDefault(context.Canary)?.GenesisRoot is { } root && context.GenesisRoot is { } expected && root != expected
            ? $"The canary reports the genesis root {root}, not {expected}."
            : null;

    private static string? ConfigMismatch(RolloutContext context) =>
        context.Pair?.ConfigMismatch is { } difference ? $"The canary runs another configuration: {difference}." : null;

    private static string? ImageDigestsDiffer(RolloutContext context)
    {
        string to = context.Rollout.Spec.To;
        (string Pod, string Digest)[] pods =
        [
            .. context.World.Pods.Values
                .Where(pod => pod.Metadata.DeletionTimestamp is null && RolloutFacts.IsOf(pod.Spec, to))
                .Select(pod => (pod.Metadata.Name!, Digest: RolloutFacts.Digest(pod)!))
                .Where(pod => pod.Digest is not null),
        ];
        int other = Array.FindIndex(pods, pod => pod.Digest != pods[0].Digest);
        return other < 0 ? null : $"{to} is not one image: {pods[0].Pod} runs {pods[0].Digest} and {pods[other].Pod} runs {pods[other].Digest}; use a tag that does not move.";
    }

    /// <summary>A roll-out does not begin with a lag like that, so it has risen.</summary>
    private static string? FinalityLagging(RolloutContext context) =>
        context.FinalityLag is { } lag && lag > HealthStep.LeakLag && context.Clock.EpochDuration * lag >= ShortestLag ? $"Finality is {lag} epochs behind the clock." : null;

    private static string? CanaryForked(RolloutContext context)
    {
        TimeSpan limit = context.Clock.EpochDuration < ShortestFork ? ShortestFork : context.Clock.EpochDuration;
        return context.Phase != RolloutPhases.WarmingUp && context.Pair?.ForkedSince is { } since && context.Now - since >= limit
            ? $"For {Duration.From(limit)} the canary has had other blocks than most nodes."
            : null;
    }

    /// <summary>When neither answers, the network is to blame, or the operator's own.</summary>
    private static string? CanarySilent(RolloutContext context) =>
        context.Phase != RolloutPhases.WarmingUp
        && context.Pair is { CanarySilentSince: { } since, BaselineSilentSince: null }
        && context.Now - since >= Silence
            ? $"The canary has not answered for {Duration.From(Silence)}, and the baseline does."
            : null;

    private static string? DutiesFailed(RolloutContext context)
    {
        if (context.Pair?.Duties is not { } duties
            || context.Status.SyncedAt is not { } synced
            || context.Testnet.Status?.GenesisTime is not { } genesis
            || duties.FirstEpoch <= context.Clock.EpochAt(genesis, synced))
        {
            return null;
        }

        DutyCounts canary = duties.Canary;
        DutyCounts baseline = duties.Baseline;
        return canary.Of >= FewestDuties && canary.Hits * 3 >= canary.Of * 2 && baseline.Of > 0 && baseline.Hits * 3 < baseline.Of
            ? $"{canary.Hits} of {canary.Of} attestations of the canary's keys in two epochs were absent or for another target, and {baseline.Hits} of {baseline.Of} of the baseline's."
            : null;
    }

    private static string? NodeRestarts(RolloutContext context)
    {
        foreach (string node in context.Promoted())
        {
            Pod? pod = context.PodOf(node);
            if (RolloutFacts.IsOf(pod?.Spec, context.Rollout.Spec.To) && RolloutFacts.Restarts(pod) >= MaxRestarts)
            {
                return $"Containers of {node} have restarted {RolloutFacts.Restarts(pod)} times since it got the image.";
            }
        }

        return null;
    }

    private static string? ParticipationFell(RolloutContext context) =>
        IsQuiet(context)
        && context.Status.ParticipationLowSince is { } since
        && context.Now - since >= context.Clock.EpochDuration * LastingEpochs
        && context.Facts.Participation * 100 is { } now
            ? $"For {LastingEpochs} epochs more than {AllowedParticipationLoss:F0} points less of the stake have voted for the right target than before the roll-out: {now:F1}% now, {context.Status.Before?.Participation:F1}% then."
            : null;

    /// <summary>Since when every look of the bake has found too little of the stake voting; a look that nobody answers says nothing.</summary>
    private static DateTimeOffset? LowSince(RolloutContext context) =>
        context.Phase != RolloutPhases.Baking || context.Status.Before?.Participation is not { } before ? null
        : context.Facts.Participation * 100 is not { } now ? context.Status.ParticipationLowSince
        : now < before - AllowedParticipationLoss ? context.Status.ParticipationLowSince ?? RolloutContext.Seconds(context.Now)
        : null;

    private static string? PeersFell(RolloutContext context) =>
        IsQuiet(context) && context.Status.Before?.Peers is { } before && context.Facts.MedianPeers is { } now && now * 2 < before
            ? $"The node in the middle has {now} peers; before the roll-out it had {before}."
            : null;

    private static string? SyncDeadline(RolloutContext context)
    {
        Duration limit = context.Spec.SyncDeadline;
        bool isOver = context.Phase == RolloutPhases.WarmingUp && context.Status is { SyncedAt: null, PhaseSince: { } since } && context.Now - since > limit.Value;
        return isOver ? $"The pair is not in sync after syncDeadline ({limit}); 'fleet nodes' and 'fleet logs' of {context.Baseline} and {context.Canary} say more." : null;
    }

    /// <summary>The larger a wave's stake, the more batches it takes.</summary>
    private static string? WaveDeadline(RolloutContext context)
    {
        if (context.Phase != RolloutPhases.Promoting || context.Status.PhaseSince is not { } since || context.Iteration is not { } record)
        {
            return null;
        }

        long total = Math.Max(1, record.Parameters.Validators);
        long stake = context.Promoted().Sum(node => (long)(record.RangeOf(node)?.Count ?? 0));
        TimeSpan limit = context.Spec.SyncDeadline.Value * (1 + ((stake * 3 / total) + 1));
        return context.Now - since > limit
            ? $"Wave {context.Status.Waves?.Current} is not ready, in sync and finalizing after {Duration.From(limit)}."
            : null;
    }

    private static bool IsQuiet(RolloutContext context)
    {
        TimeSpan epoch = context.Clock.EpochDuration;
        TimeSpan restarts = epoch * QuietEpochs;
        TimeSpan settling = Settling + (epoch * LastingEpochs);
        return context.Phase == RolloutPhases.Baking && context.Status.PhaseSince is { } since && context.Now - since >= (restarts > settling ? restarts : settling);
    }
}
