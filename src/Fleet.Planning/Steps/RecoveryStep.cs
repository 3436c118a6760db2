using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Steps;

/// <summary>Repairs a chain without finality step by step, and has it begun anew when it is beyond repair.</summary>
/// <remarks>
/// Everything that decides is in <see cref="Recovery"/>; here it meets the objects. What is remembered is written before a step is taken, so that none
/// is taken twice. A reset is asked for by a ChainReset whose name the iteration gives: there can be one.
/// </remarks>
internal static class RecoveryStep
{
    /// <summary>Data key of what is remembered.</summary>
    internal const string HistoryKey = "history.json";

    private const int MaxReason = 512;

    /// <summary>Epochs in which a roll-out that is taken back can show that this helps.</summary>
    private const int RollbackEpochs = 4;

    /// <summary>Epochs before the loss of finality in which a roll-out can be its cause.</summary>
    private const int SuspectEpochs = 2;

    /// <summary>Looks at the chain; nothing is decided yet, but what the nodes are may depend on it.</summary>
    public static void Look(PlanContext context)
    {
        context.History = context.Observation.History ?? Stored(context);
        context.Health = HealthFacts.Of(context) is { } input ? ChainHealth.Of(input, context.Now) : null;
    }

    /// <summary>Decides.</summary>
    public static void Run(PlanContext context)
    {
        RecoveryVerdict? verdict = context.Health is { } health && !context.Testnet.Spec.Suspend && !context.IsQuiet ? Decide(context, health) : null;
        context.Verdicts[ConditionTypes.ResetRequired] =
            verdict?.Criterion is { } criterion ? Verdict.Yes(criterion, verdict.Sentence)
            : context.Reset is { Spec: { Criterion: { } found } spec } reset && spec.FromIteration == context.Iteration?.Iteration ? Verdict.Yes(found, $"{spec.Reason} {reset.Metadata.Name} begins it anew.")
            : Verdict.No(Reasons.ResetNotRequired, verdict?.Outlook is null ? "The chain is not beyond repair." : verdict.Sentence);
        if (verdict?.Outlook is { } outlook && context.Verdicts[ConditionTypes.Finalizing] is { IsTrue: false } finality)
        {
            context.Verdicts[ConditionTypes.Finalizing] = finality with { Message = $"{finality.Message} {outlook}" };
        }
    }

    private static RecoveryVerdict Decide(PlanContext context, ChainHealth health)
    {
        RecoveryPolicy policy = PolicyOf(context, health);
        RecoveryHistory next = (context.History ?? RecoveryHistory.Empty(health.Input.Iteration, context.Now)).Advance(health, policy);
        ImmutableArray<LadderStep> due = context.IsAccepted && context.Reset is null ? [.. Ladder.Due(next).Select(step => WithDirectory(context, step))] : [];
        next = next with { Steps = next.Steps.AddRange(due) };
        context.History = next;
        RecoveryVerdict verdict = RecoveryDecision.Decide(next, policy, context.Now);
        Remember(context, next);
        foreach (LadderStep step in due)
        {
            Take(context, step);
        }

        if (verdict is { Outcome: RecoveryOutcome.ResetRequired, ResetReason: { } reason })
        {
            context.Do(new PlanAction.Create(ResetOf(context, verdict, reason), $"criterion {verdict.Criterion} holds"));
        }

        LookAgain(context, next, policy, verdict);
        return verdict;
    }

    private static void Take(PlanContext context, LadderStep step)
    {
        string why = Ladder.Why(step);
        context.Tell("Warning", EventReasons.RepairAttempted, $"{step.Kind} of {step.Node}: {why}.");
        if (step.Kind != LadderSteps.Resync && context.Observation.Pods.GetValueOrDefault(Names.Pod(step.Node)) is { Metadata.DeletionTimestamp: null } pod)
        {
            context.Do(new PlanAction.ReplacePod(pod, why));
        }
    }

    private static LadderStep WithDirectory(PlanContext context, LadderStep step) =>
        step.Kind == LadderSteps.Resync ? step with { Directory = ResyncDirectories.Next(context.Observation.Nodes.GetValueOrDefault(step.Node)?.Spec.ChainDirectory) } : step;

    private static void LookAgain(PlanContext context, RecoveryHistory history, RecoveryPolicy policy, RecoveryVerdict verdict)
    {
        if (history.FinalizedEpoch is not null)
        {
            context.LookAgainAt(history.LookBy);
        }

        IEnumerable<DateTimeOffset?> instants = history.Steps.Select(step => (DateTimeOffset?)step.Until).Append(policy.RollbackUntil).Append(verdict.LookAgainAt);
        foreach (DateTimeOffset? instant in instants.Where(instant => instant > context.Now))
        {
            context.LookAgainAt(instant!.Value);
        }
    }

    /// <summary>Written once per epoch, and whenever a step or a criterion is new; gone when there is nothing to remember.</summary>
    private static void Remember(PlanContext context, RecoveryHistory next)
    {
        ConfigMap? map = context.Observation.ConfigMaps.GetValueOrDefault(Names.Health(context.Observation.Name));
        if (!next.IsWorthKeeping)
        {
            if (map is not null)
            {
                context.Do(new PlanAction.Delete(map, "the incident is over"));
            }

            return;
        }

        RecoveryHistory? stored = Stored(context);
        if (stored is null || stored.Iteration != next.Iteration || stored.Epoch != next.Epoch || stored.Steps.Length != next.Steps.Length || stored.Criterion != next.Criterion)
        {
            context.Apply(
                new ConfigMap
                {
                    Metadata = ChildMetadata.Of(context.Testnet, Names.Health(context.Observation.Name), "health"),
                    Data = new Dictionary<string, string> { [HistoryKey] = next.ToJson() },
                },
                map);
        }
    }

    private static RecoveryHistory? Stored(PlanContext context) =>
        RecoveryHistory.FromJson(context.Observation.ConfigMaps.GetValueOrDefault(Names.Health(context.Observation.Name))?.Data?.GetValueOrDefault(HistoryKey));

    private static RecoveryPolicy PolicyOf(PlanContext context, ChainHealth health)
    {
        RecoverySpec spec = context.Testnet.Spec.Recovery;
        string asked = Names.Reset(context.Observation.Name, health.Input.Iteration);
        return new RecoveryPolicy
        {
            Mode = spec.Mode,
            FinalityLostEpochs = context.Testnet.Spec.Health.FinalityLostEpochs,
            MinObserved = spec.MinObserved.Value,
            Cooldown = spec.Cooldown.Value,
            MaxResetsPerDay = spec.MaxResetsPerDay,
            Forecast = Forecasts.Of(context.Iteration!),
            Resets =
            [
                .. context.Observation.Resets
                    .Where(reset => reset.Status?.ToIteration is not null && reset.Status.Phase != ResetPhases.Suppressed)
                    .Select(reset => reset.Status!.Timings?.LastOrDefault()?.At ?? reset.Metadata.CreationTimestamp)
                    .OfType<DateTimeOffset>()
                    .Order(),
            ],
            IsResetting = context.Reset is not null,
            Asked = context.Observation.Resets.FirstOrDefault(reset => reset.Metadata.Name == asked),
            RollbackUntil = RollbackUntil(context, health),
        };
    }

    /// <summary>A roll-out that began shortly before finality was lost is the first suspect. Its own guards take it back.</summary>
    private static DateTimeOffset? RollbackUntil(PlanContext context, ChainHealth health)
    {
        if (context.Rollout is not { Status: { StartedAt: { } started } status } || health.Lag is not { } lag || lag <= ChainHealth.LeakLag)
        {
            return null;
        }

        TimeSpan budget = health.Clock.EpochDuration * RollbackEpochs;
        DateTimeOffset begin = context.Now - (health.Clock.EpochDuration * (lag + SuspectEpochs));
        DateTimeOffset lost = health.Input.Genesis + (health.Clock.EpochDuration * (health.Epoch - lag + ChainHealth.LeakLag + 1));
        return RolloutPhases.HasPair(status.Phase) && started >= begin ? lost + budget
            : status.Phase is RolloutPhases.RolledBack or RolloutPhases.Stopped && status.EndedAt >= begin ? status.EndedAt + budget
            : null;
    }

    private static ChainReset ResetOf(PlanContext context, RecoveryVerdict verdict, string reason)
    {
        int iteration = context.Iteration!.Iteration;
        return new ChainReset
        {
            Metadata = ChildMetadata.Of(context.Testnet, Names.Reset(context.Observation.Name, iteration), "reset", iteration),
            Spec = new ChainResetSpec
            {
                Testnet = context.Observation.Name,
                FromIteration = iteration,
                Reason = reason.Length > MaxReason ? reason[..(MaxReason - 1)] + "…" : reason,
                RequestedBy = Labels.ManagedByValue,
                Criterion = verdict.Criterion,
                CriterionSince = verdict.Since is { } since ? MicroTimeConverter.Format(since) : null,
            },
        };
    }
}
