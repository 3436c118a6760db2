using System.Collections.Immutable;
using Fleet.Api;

namespace Fleet.Planning.Rollouts;

/// <summary>Events for what became of a roll-out since its stored status, with the text of the status.</summary>
internal static class RolloutEvents
{
    private const string Normal = "Normal";
    private const string Warning = "Warning";

    public static ImmutableArray<PlannedEvent> Of(CanaryRolloutStatus? before, RolloutContext context)
    {
        CanaryRolloutStatus after = context.Status;
        var events = ImmutableArray.CreateBuilder<PlannedEvent>();
        if (context.Evidence is { } verdict)
        {
            events.Add(new PlannedEvent(Normal, EventReasons.CanaryScored, verdict.Verdict.Why));
        }

        if (after.Phase != context.Phase)
        {
            events.AddRange(Entered(context.Phase, after).Select(entered => new PlannedEvent(entered.Type, entered.Reason, after.Message ?? "")));
        }

        if (before?.Waves is { } wave && (after.Waves?.Current > wave.Current || (context.Phase == RolloutPhases.Promoting && after.Phase == RolloutPhases.Baking)))
        {
            events.Insert(0, new PlannedEvent(Normal, EventReasons.WavePromoted, $"Wave {wave.Current} of {wave.Total} runs {context.Rollout.Spec.To}, and the chain finalizes with it."));
        }

        return events.ToImmutable();
    }

    private static IEnumerable<(string Type, string Reason)> Entered(string from, CanaryRolloutStatus after) => after.Phase switch
    {
        RolloutPhases.WarmingUp => [(Normal, EventReasons.CanaryStarted)],
        RolloutPhases.Analyzing => [(Normal, EventReasons.CanaryWarmedUp)],
        RolloutPhases.AwaitingApproval => [(Warning, EventReasons.CanaryAwaitingApproval)],
        RolloutPhases.Promoting => [(Normal, from == RolloutPhases.AwaitingApproval ? EventReasons.CanaryApproved : EventReasons.CanaryAutoApproved)],
        RolloutPhases.Stopped => [(Warning, after.Reason == "Rejected" ? EventReasons.CanaryRejected : EventReasons.CanaryStopped)],
        RolloutPhases.RolledBack when from == RolloutPhases.Baking => [(Warning, EventReasons.BakeFailed), (Warning, EventReasons.RolledBack)],
        RolloutPhases.RolledBack => [(Warning, EventReasons.RolledBack)],
        RolloutPhases.Superseded => [(Normal, EventReasons.CanarySuperseded)],
        RolloutPhases.Succeeded => [(Normal, EventReasons.RolloutSucceeded)],
        _ => [],
    };
}
