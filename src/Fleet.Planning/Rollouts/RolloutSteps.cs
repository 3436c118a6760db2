using System.Collections.Immutable;
using System.Globalization;
using Fleet.Api;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>How a roll-out goes on when nothing speaks against it: one method for each phase.</summary>
internal static class RolloutSteps
{
    /// <summary>Reason while a roll-out is held.</summary>
    public const string Held = "Held";

    private const double LeastParticipation = 0.75;

    /// <summary>Epochs that have to become final in a wave: the first may have been voted for before it.</summary>
    private const int EpochsPerWave = 2;

    /// <summary>What follows from the phase.</summary>
    public static Move? Next(RolloutContext context) => context.Phase switch
    {
        RolloutPhases.Pending => Pending(context),
        RolloutPhases.WarmingUp => WarmingUp(context),
        RolloutPhases.Analyzing => Analyzing(context),
        RolloutPhases.AwaitingApproval => AwaitingApproval(context),
        RolloutPhases.Promoting => Promoting(context),
        _ => Baking(context),
    };

    private static Move Pending(RolloutContext context)
    {
        if (WhyNotYet(context) is { } waiting)
        {
            return waiting;
        }

        context.Status.StartedAt = RolloutContext.Seconds(context.Now);
        context.Status.Before = new FleetPast { Participation = context.Facts.Participation * 100, Peers = context.Facts.MedianPeers };
        return new Move(RolloutPhases.WarmingUp, "PairRestarts", "Baseline and canary restart and get in sync.");
    }

    /// <summary>A canary says nothing on a chain that is unwell, and must not be what makes it so.</summary>
    private static Move? WhyNotYet(RolloutContext context)
    {
        double pairShare = context.Iteration is { } record ? record.PairRanges.Sum(range => range.Count) / (double)record.Parameters.Validators : 0;
        double? participation = context.Facts.Participation - pairShare;
        string? stale = Waves.Order(context.Testnet).FirstOrDefault(node => !RolloutFacts.IsOf(context.PodOf(node)?.Spec, context.Rollout.Spec.From));
        return context.FinalityLag is not { } lag ? Wait("NoData", "No node says what is final.")
            : context.Facts.FinalizedEpoch == 0 ? Wait("BeforeFinality", "No epoch is final yet.")
            : lag > HealthStep.LeakLag ? Wait("FinalityLagging", $"Finality is more than {HealthStep.LeakLag} epochs behind the clock; to change the image all the same, annotate the testnet with {Annotations.Emergency} and a reason.")
            : participation is null ? Wait("NoData", "No node says how much of the stake votes.")
            : participation < LeastParticipation ? Wait("ParticipationLow", $"Without the pair less than {LeastParticipation:P0} of the stake would vote.")
            : stale is not null ? Wait("NodesNotReady", $"{stale} does not run {context.Rollout.Spec.From} yet.")
            : !IsInSync(context, context.Baseline) || !IsInSync(context, context.Canary) ? Wait("PairNotReady", "Baseline and canary are not in sync yet.")
            : null;

        static Move Wait(string reason, string message) => new(RolloutPhases.Pending, reason, message);
    }

    private static Move WarmingUp(RolloutContext context)
    {
        string directory = RolloutFacts.Directory(context.Rollout);
        bool isBaselineReady = IsInSync(context, context.Baseline) && RolloutFacts.IsOf(context.PodOf(context.Baseline)?.Spec, context.Rollout.Spec.From, directory);
        bool isCanaryReady = IsInSync(context, context.Canary) && RolloutFacts.IsOf(context.PodOf(context.Canary)?.Spec, context.Rollout.Spec.To, directory);
        if (context.Status.SyncedAt is null && !(isBaselineReady && isCanaryReady))
        {
            string missing = isBaselineReady ? "the canary is" : isCanaryReady ? "the baseline is" : "baseline and canary are";
            return new Move(RolloutPhases.WarmingUp, "Syncing", $"The pair restarts; {missing} not in sync yet.");
        }

        DateTimeOffset synced = context.Status.SyncedAt ??= RolloutContext.Seconds(context.Now);
        DateTimeOffset due = synced + context.Spec.Warmup.Value;
        if (context.Now < due || !isBaselineReady || !isCanaryReady)
        {
            return new Move(RolloutPhases.WarmingUp, "Warming", $"Both are in sync; they are compared from {Clock(due)} on.");
        }

        context.Status.WindowSince = RolloutContext.Seconds(context.Now);
        return new Move(RolloutPhases.Analyzing, "Comparing", Comparing(context, context.Now));
    }

    private static Move Analyzing(RolloutContext context)
    {
        if (WindowOf(context) is not { } since)
        {
            return new Move(RolloutPhases.Analyzing, "Comparing", "The pair begins to be watched.");
        }

        context.Status.WindowSince = since;
        if (Breach(context, since) is { } breach)
        {
            return breach;
        }

        if (context.Now - since < context.Timing.Window)
        {
            return new Move(RolloutPhases.Analyzing, "Comparing", Comparing(context, since));
        }

        JudgeInput input = Input(context, since);
        CanaryVerdict verdict = Judge.Decide(input);
        bool isLastTry = context.Status.PhaseSince is { } begin && context.Now - begin >= context.Timing.Window * 2;
        if (verdict.Outcome == CanaryOutcome.NoVerdict && !isLastTry)
        {
            return new Move(RolloutPhases.Analyzing, "NoVerdictYet", verdict.Why);
        }

        context.Evidence = new VerdictReport(context.Baseline, context.Canary, input, verdict, []);
        RolloutVerdicts.Store(context.Status, verdict);
        context.Status.Evidence = Names.RolloutEvidence(context.Rollout.Metadata.Name!);
        return verdict.Outcome switch
        {
            CanaryOutcome.Approve => Promote(context, "AutoApproved", verdict.Why),
            CanaryOutcome.Stop => new Move(RolloutPhases.Stopped, "ScoreLow", verdict.Why),
            CanaryOutcome.AwaitApproval => new Move(RolloutPhases.AwaitingApproval, "ScoreMarginal", verdict.Why),
            _ => new Move(RolloutPhases.AwaitingApproval, "NoVerdict", verdict.Why),
        };
    }

    private static Move AwaitingApproval(RolloutContext context)
    {
        if (context.Rollout.Spec.Decision == RolloutDecisions.Approve)
        {
            return Promote(context, "Approved", "A person approved.");
        }

        ApprovalSpec approval = context.Spec.Approval;
        DateTimeOffset due = (context.Status.PhaseSince ?? context.Now) + approval.Timeout.Value;
        return context.Now >= due && approval.OnTimeout == "Abort"
            ? new Move(RolloutPhases.Stopped, "ApprovalTimeout", $"Nobody answered within approval.timeout ({approval.Timeout}).")
            : new Move(RolloutPhases.AwaitingApproval, context.Status.Reason ?? "", context.Status.Message ?? "");
    }

    private static Move Promote(RolloutContext context, string reason, string why)
    {
        context.Status.Waves = Wave(context, 1);
        return new Move(RolloutPhases.Promoting, reason, why);
    }

    private static Move Promoting(RolloutContext context)
    {
        WaveStatus wave = context.Status.Waves ??= Wave(context, 1);
        string[] nodes = [.. context.Promoted()];
        string[] waiting = [.. nodes.Where(node => !Runs(context, node))];
        if (waiting.Length > 0)
        {
            return new Move(
                RolloutPhases.Promoting,
                IsConcentrated(context, waiting[0]) ? "StakeConcentrated" : "WaveUnderWay",
                $"Wave {wave.Current} of {wave.Total}: {nodes.Length - waiting.Length} of {nodes.Length} nodes run the image; {waiting.Order(StringComparer.Ordinal).First()} is awaited.");
        }

        if (context.Facts.FinalizedEpoch < wave.FinalizedEpoch + EpochsPerWave || context.FinalityLag is null or > HealthStep.LeakLag)
        {
            return new Move(RolloutPhases.Promoting, "WaveFinalizing", $"Wave {wave.Current} of {wave.Total}: all {nodes.Length} nodes run the image; the chain has to finalize with them.");
        }

        if (wave.Current >= wave.Total)
        {
            return new Move(RolloutPhases.Baking, "Baking", $"Every node runs the image; it is watched until {Clock(context.Now + context.Spec.Bake.Value)}.");
        }

        context.Status.Waves = Wave(context, wave.Current + 1);
        context.Status.PhaseSince = RolloutContext.Seconds(context.Now);
        return new Move(RolloutPhases.Promoting, "WaveUnderWay", $"Wave {wave.Current + 1} of {wave.Total} begins.");
    }

    private static Move Baking(RolloutContext context)
    {
        DateTimeOffset begin = context.Status.PhaseSince ?? context.Now;
        DateTimeOffset? watched = context.Pair is { } pair ? Later(begin, pair.Since) : null;
        if (watched is { } since && Breach(context, since) is { } breach)
        {
            return breach;
        }

        DateTimeOffset due = begin + context.Spec.Bake.Value;
        if (context.Now < due)
        {
            return new Move(RolloutPhases.Baking, "Baking", $"Every node runs the image; it is watched until {Clock(due)}.");
        }

        if (watched is { } from && context.Now - from >= context.Timing.Window && Judge.Decide(Input(context, from)) is var verdict && IsWorse(verdict, context))
        {
            return RolloutPlanner.End(context, "BakeFailed", $"After the last wave the canary's score fell to {verdict.Score!.Value.ToString("0.00", CultureInfo.InvariantCulture)}: {verdict.Why}");
        }

        return new Move(RolloutPhases.Succeeded, "Baked", $"Every node runs {context.Rollout.Spec.To}, and it stays.");
    }

    /// <summary>A person who approved of a score has approved of it after the promotion as well.</summary>
    private static bool IsWorse(CanaryVerdict verdict, RolloutContext context) =>
        verdict.Outcome == CanaryOutcome.Stop || verdict.Score < Math.Min(context.Spec.Thresholds.Pass, context.Status.Score ?? 0);

    /// <summary>Where the window of the comparison begins: never before somebody watched both pods as they are now.</summary>
    private static DateTimeOffset? WindowOf(RolloutContext context) =>
        context.Pair is { } pair ? Later(context.Status.WindowSince ?? RolloutContext.Seconds(context.Now), pair.Since) : null;

    private static DateTimeOffset Later(DateTimeOffset stored, DateTimeOffset watched) => watched <= stored ? stored : RolloutContext.Seconds(watched.AddSeconds(1).AddTicks(-1));

    /// <summary>A critical metric beyond its critical bound in the last two intervals that are complete.</summary>
    private static Move? Breach(RolloutContext context, DateTimeOffset since)
    {
        TimeSpan interval = context.Timing.Interval;
        long complete = (context.Now - since).Ticks / interval.Ticks;
        if (complete < 2)
        {
            return null;
        }

        DateTimeOffset end = since + (interval * complete);
        ImmutableArray<InterimBreach> breaches = InterimLook.Breaches(context.Pair!.Window(end - (interval * 2), end - interval), context.Pair.Window(end - interval, end));
        if (breaches.IsEmpty)
        {
            return null;
        }

        context.Status.Guards = [.. breaches.Select(breach => new GuardStatus { Name = breach.Metric, Message = breach.Why })];
        return RolloutPlanner.End(context, "CriticalMetric", breaches[0].Why);
    }

    private static JudgeInput Input(RolloutContext context, DateTimeOffset since) => context.Pair!.Window(since, context.Now) with
    {
        Pass = context.Spec.Thresholds.Pass,
        Marginal = context.Spec.Thresholds.Marginal,
        GroupWeights = MetricChoice.GroupWeights(context.Spec),
    };

    private static WaveStatus Wave(RolloutContext context, int number)
    {
        int total = context.Spec.Waves.Count;
        return new WaveStatus
        {
            Current = number,
            Total = total,
            FinalizedEpoch = context.Facts.FinalizedEpoch ?? 0,
            Summary = string.Create(CultureInfo.InvariantCulture, $"{number}/{total}"),
        };
    }

    /// <summary>Whether a node has the image and does its work.</summary>
    private static bool Runs(RolloutContext context, string node) =>
        RolloutFacts.IsOf(context.PodOf(node)?.Spec, context.Rollout.Spec.To)
        && (context.World.Nodes.GetValueOrDefault(node)?.Spec.Role == NodeRoles.Bootnode
            ? PodFacts.IsReady(context.PodOf(node))
            : IsInSync(context, node));

    private static bool IsInSync(RolloutContext context, string node) => RolloutFacts.IsSynced(context.World, node, context.Facts.HeadSlot ?? 0);

    private static bool IsConcentrated(RolloutContext context, string node) =>
        context.Iteration is { } record && (record.RangeOf(node)?.Count ?? 0) * 3L >= record.Parameters.Validators;

    private static string Comparing(RolloutContext context, DateTimeOffset since) =>
        $"The pair is compared since {Clock(since)}; the verdict is due at {Clock(since + context.Timing.Window)}.";

    private static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
