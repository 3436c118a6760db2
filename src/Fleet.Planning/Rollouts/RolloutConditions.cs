using Fleet.Api;

namespace Fleet.Planning.Rollouts;

/// <summary>Conditions of a roll-out, from its phase.</summary>
internal static class RolloutConditions
{
    public static Dictionary<string, Verdict> Of(RolloutContext context)
    {
        CanaryRolloutStatus status = context.Status;
        string reason = status.Reason is { Length: > 0 } given ? given : status.Phase!;
        string message = status.Message ?? "";
        bool isEnd = RolloutPhases.IsEnd(status.Phase);
        bool asks = status.Phase == RolloutPhases.AwaitingApproval;
        return new Dictionary<string, Verdict>(StringComparer.Ordinal)
        {
            [ConditionTypes.Progressing] = isEnd || asks || reason == RolloutSteps.Held ? Verdict.No(reason, message) : Verdict.Yes(reason, message),
            [ConditionTypes.ApprovalRequired] = asks ? Verdict.Yes(reason, message) : Verdict.No(Reasons.NothingToDecide, "No answer is waited for."),
            [ConditionTypes.Succeeded] = !isEnd ? Verdict.Unknown(status.Phase!, "It has not ended yet.")
                : status.Phase == RolloutPhases.Succeeded ? Verdict.Yes(reason, message)
                : Verdict.No(reason, message),
        };
    }
}
