using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Resets;

/// <summary>Decides how a reset goes on: a pure function of what was observed and of the time.</summary>
/// <remarks>
/// <code>
///   (asked for) ─▶ Claimed ─▶ CollectingEvidence ─▶ Quiescing ─▶ Archiving ─▶ NewGenesis ─▶ Starting ─▶ Verifying ─▶ Completed
///        └─▶ Suppressed                                                                        └──────────┴──▶ Failed
/// </code>
/// It says only what phase the reset is in. What becomes of the nodes follows from that, in <see cref="TestnetPlanner"/>.
/// </remarks>
public static class ResetPlanner
{
    private delegate Move? Rule(ResetContext context);

    /// <summary>In this order; the first that has something to say decides.</summary>
    private static readonly Rule[] Rules =
    [
        Ended,
        NeverBegins,
        Waits,
        Overtaken,
        ResetSteps.Next,
    ];

    /// <summary>What to say now.</summary>
    public static ResetPlan Plan(ResetObservation observation, DateTimeOffset now)
    {
        var context = new ResetContext(observation, now);
        foreach (Rule rule in Rules)
        {
            if (rule(context) is { } move)
            {
                context.Become(move);
                break;
            }
        }

        ChainResetStatus status = context.Status;
        status.Conditions = StatusBuilder.Conditions(ConditionTypes.OfChainReset, Conditions(status), observation.Reset.Status?.Conditions, observation.Reset.Metadata.Generation, now);
        return new ResetPlan(status, Events(context), context.LookAgainAfter, context.Evidence);
    }

    /// <summary>Whether a reset, made by a person for the testnet that there is now, belongs to nobody yet.</summary>
    public static bool IsOrphan(ResetObservation observation) =>
        observation.Reset.Metadata.OwnerReferences?.Exists(owner => owner.Controller == true) != true
        && observation.Reset.Metadata.CreationTimestamp >= observation.World.Testnet.Metadata.CreationTimestamp;

    /// <summary>Pods of the chain that a reset ends.</summary>
    public static ImmutableArray<string> OldPods(TestnetObservation world, ChainReset reset) => ResetSteps.OldPods(world, reset.Spec.FromIteration);

    private static Move? Ended(ResetContext context) => ResetPhases.IsEnd(context.Phase) ? new Move(context.Phase!, context.Status.Reason ?? "", context.Status.Message ?? "") : null;

    private static Move? NeverBegins(ResetContext context) =>
        context.Phase is null && !context.IsTaken && context.Iteration is { } running && ResetClaims.Refuse(context.Reset, context.Testnet, running.Iteration) is { } refusal
            ? new Move(ResetPhases.Suppressed, refusal.Reason, refusal.Message)
            : null;

    /// <summary>The testnet takes one reset at a time, by a write of its status that no other can have come before.</summary>
    private static Move? Waits(ResetContext context)
    {
        if (context.IsTaken)
        {
            return null;
        }

        if (context.Phase is not null)
        {
            // Taken once, and the testnet's status is older than that or was set back: it takes it again.
            return new Move(context.Phase, context.Status.Reason ?? "", context.Status.Message ?? "");
        }

        return context.Testnet.Status?.ActiveReset is { Length: > 0 } other
            ? new Move("", "Waiting", $"{other} is carried out; this one is looked at when it has ended.")
            : new Move("", "Waiting", ResetStep.WhyNotNow(context.Chain) ?? "The testnet has not taken it yet.");
    }

    private static Move? Overtaken(ResetContext context) =>
        context.Iteration is { } running && ResetClaims.Successor(context.World, context.Reset, running.Iteration) is { } next
            ? new Move(ResetPhases.Failed, "Overtaken", $"{next.Metadata.Name} ends the chain that this one has begun.")
            : null;

    private static Dictionary<string, Verdict> Conditions(ChainResetStatus status)
    {
        string reason = status.Reason is { Length: > 0 } given ? given : status.Phase ?? "Waiting";
        string message = status.Message ?? "";
        return new Dictionary<string, Verdict>(StringComparer.Ordinal)
        {
            [ConditionTypes.Progressing] = status.Phase is null || ResetPhases.IsEnd(status.Phase) ? Verdict.No(reason, message) : Verdict.Yes(reason, message),
            [ConditionTypes.Succeeded] = status.Phase == ResetPhases.Completed ? Verdict.Yes(reason, message)
                : ResetPhases.IsEnd(status.Phase) ? Verdict.No(reason, message)
                : Verdict.Unknown(status.Phase ?? "Waiting", "It has not ended yet."),
        };
    }

    private static ImmutableArray<PlannedEvent> Events(ResetContext context)
    {
        string message = context.Status.Message ?? "";
        return context.Status.Phase == context.Phase ? [] : context.Status.Phase switch
        {
            ResetPhases.Quiescing => [new PlannedEvent("Warning", EventReasons.ResetStarted, $"Iteration {context.Reset.Spec.FromIteration} is ended: {context.Reset.Spec.Reason}")],
            ResetPhases.Completed => [new PlannedEvent("Normal", EventReasons.ResetCompleted, message)],
            ResetPhases.Suppressed => [new PlannedEvent("Warning", EventReasons.ResetSuppressed, message)],
            ResetPhases.Failed => [new PlannedEvent("Warning", EventReasons.ResetFailed, message)],
            _ => [],
        };
    }
}
