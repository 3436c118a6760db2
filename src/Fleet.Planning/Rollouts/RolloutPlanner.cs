using Fleet.Api;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>Decides how a roll-out goes on: a pure function of what was observed and of the time.</summary>
/// <remarks>
/// <code>
///   Pending ─▶ WarmingUp ─▶ Analyzing ─┬─▶ Promoting ─▶ Baking ─▶ Succeeded
///                                      │      ▲  └───────┴─────▶ RolledBack
///                                      ├─▶ AwaitingApproval ─┐
///                                      └─────────────────────┴▶ Stopped        Superseded: before Promoting, when something else is wanted
/// </code>
/// It says only what phase the roll-out is in. Which image each node runs follows from that, in <see cref="TestnetPlanner"/>.
/// </remarks>
public static class RolloutPlanner
{
    private delegate Move? Rule(RolloutContext context);

    /// <summary>In this order; the first that has something to say decides.</summary>
    private static readonly Rule[] Rules =
    [
        Ended,
        IterationIsOver,
        PersonEndsIt,
        SomethingElseIsWanted,
        NotNow,
        Resumes,
        GuardTrips,
        IsHeld,
        RolloutSteps.Next,
    ];

    /// <summary>What to say now.</summary>
    public static RolloutPlan Plan(RolloutObservation observation, DateTimeOffset now)
    {
        var context = new RolloutContext(observation, now);
        foreach (Rule rule in Rules)
        {
            if (rule(context) is { } move)
            {
                context.Become(move);
                break;
            }
        }

        if (!RolloutPhases.IsEnd(context.Status.Phase))
        {
            // Guards look at what changes without anybody telling.
            context.LookAgainIn(context.Timing.Sampling / 2);
        }

        context.Status.Conditions = StatusBuilder.Conditions(
            ConditionTypes.OfCanaryRollout, RolloutConditions.Of(context), observation.Rollout.Status?.Conditions, observation.Rollout.Metadata.Generation, now);
        return new RolloutPlan(context.Status, RolloutEvents.Of(observation.Rollout.Status, context), context.LookAgainAfter, context.Evidence);
    }

    private static Move? Ended(RolloutContext context) => RolloutPhases.IsEnd(context.Phase) ? new Move(context.Phase, context.Status.Reason ?? "", context.Status.Message ?? "") : null;

    private static Move? IterationIsOver(RolloutContext context) =>
        context.Iteration is { } record && record.Iteration != context.Rollout.Spec.Iteration
            ? new Move(RolloutPhases.Superseded, "IterationEnded", $"The chain was begun anew as iteration {record.Iteration}.")
            : context.Testnet.Status?.ActiveReset is { Length: > 0 } reset ? new Move(RolloutPhases.Superseded, "ChainReset", $"{reset} ends the chain.")
            : null;

    private static Move? PersonEndsIt(RolloutContext context) => context.Rollout.Spec.Decision switch
    {
        RolloutDecisions.Abort => End(context, "Aborted", "A person aborted it."),
        RolloutDecisions.Reject => End(context, "Rejected", "A person rejected the image."),
        _ => null,
    };

    /// <summary>What is under way on the nodes is brought to its end first, unless going back is what is wanted.</summary>
    private static Move? SomethingElseIsWanted(RolloutContext context)
    {
        if (context.Spec.Strategy != RolloutStrategies.Canary)
        {
            return new Move(RolloutPhases.Superseded, "StrategyChanged", $"The testnet's strategy is {context.Spec.Strategy} now.");
        }

        if (context.IsEmergency && !RolloutPhases.IsPromoted(context.Phase))
        {
            return new Move(RolloutPhases.Superseded, "Emergency", $"{Annotations.Emergency} is set: the image is rolled out without a canary.");
        }

        bool isReverted = context.Wanted == context.Rollout.Spec.From;
        return context.Wanted == context.Rollout.Spec.To ? null
            : RolloutPhases.IsPromoted(context.Phase) ? (isReverted ? End(context, "Reverted", "spec.image names the image before again.") : null)
            : isReverted ? new Move(RolloutPhases.Superseded, "Reverted", "spec.image names the image before again.")
            : new Move(RolloutPhases.Superseded, "NewerImage", $"{context.Wanted} is wanted now.");
    }

    /// <summary>While nothing runs, nothing can be said; and a spec that is not accepted changes nothing.</summary>
    private static Move? NotNow(RolloutContext context)
    {
        if (context.Testnet.Spec.Suspend)
        {
            return Hold(context, "The testnet is suspended.");
        }

        return context.Testnet.Status?.Conditions?.Find(condition => condition.Type == ConditionTypes.Accepted) is { Status: "False" } refused
            ? Hold(context, $"The testnet's spec is not accepted: {refused.Message}")
            : null;
    }

    private static Move? GuardTrips(RolloutContext context)
    {
        if (RolloutGuards.First(context) is not { } guard)
        {
            return null;
        }

        context.Status.Guards = [guard];
        return End(context, guard.Name, guard.Message!);
    }

    private static Move? IsHeld(RolloutContext context) => context.Spec.Suspend ? Hold(context, "spec.rollout.suspend is set.") : null;

    /// <summary>Time did not count while it was held, and what was compared then has a gap.</summary>
    private static Move? Resumes(RolloutContext context)
    {
        if (context.Status.Reason == RolloutSteps.Held && !context.Spec.Suspend)
        {
            context.Status.PhaseSince = RolloutContext.Seconds(context.Now);
            context.Status.WindowSince = null;
        }

        return null;
    }

    /// <summary>A question stays a question.</summary>
    private static Move Hold(RolloutContext context, string why) =>
        context.Phase == RolloutPhases.AwaitingApproval
            ? new Move(context.Phase, context.Status.Reason ?? "", context.Status.Message ?? "")
            : new Move(context.Phase, RolloutSteps.Held, $"It is held where it is. {why}");

    /// <summary>The way back is as long as the way that was come.</summary>
    internal static Move End(RolloutContext context, string reason, string message) =>
        new(RolloutPhases.IsPromoted(context.Phase) ? RolloutPhases.RolledBack : RolloutPhases.Stopped, reason, message);
}
