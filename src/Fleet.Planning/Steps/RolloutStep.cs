using Fleet.Api;
using Fleet.Planning.Children;

namespace Fleet.Planning.Steps;

/// <summary>Which image the nodes run, and whether another one is to be tried.</summary>
/// <remarks>
/// What a roll-out has come to is in its own status, which is folded into the testnet's once it has ended. The images of all nodes follow from the
/// two, so that any instance of the operator goes on where another one stopped.
/// </remarks>
internal static class RolloutStep
{
    /// <summary>Roll-outs that are kept after their end.</summary>
    private const int KeptRollouts = 10;

    public static StepOutcome Run(PlanContext context)
    {
        string wanted = context.Image;
        CanaryRollout? latest = context.Observation.Rollouts is [.., { } last] ? last : null;
        bool isActive = latest is not null && !RolloutPhases.IsEnd(latest.Status?.Phase);
        context.Rollout = latest;
        context.Images = Images(context, latest, isActive, wanted);
        context.Image = context.Images.Stable!;
        if (!isActive && context.Reset is null && TriesCanary(context) && context.Image != wanted && !IsRejected(context.Images, wanted))
        {
            CanaryRollout next = RolloutBuilder.Build(context.Testnet, context.Iteration!.Iteration, (latest?.Spec.Number ?? 0) + 1, context.Image, wanted);
            context.Do(new PlanAction.Create(next, "spec.image is not the image that the nodes run"));
        }

        foreach (CanaryRollout old in context.Observation.Rollouts.Where(rollout => RolloutPhases.IsEnd(rollout.Status?.Phase)).Reverse().Skip(KeptRollouts))
        {
            context.Do(new PlanAction.Delete(old, $"the last {KeptRollouts} are kept"));
        }

        context.Verdicts[ConditionTypes.RolloutProgressing] = Progress(context, latest, isActive, wanted);
        context.Verdicts[ConditionTypes.ApprovalRequired] = latest?.Status?.Phase == RolloutPhases.AwaitingApproval
            ? Verdict.Yes(Reasons.AwaitingApproval, $"{latest.Metadata.Name} waits for an answer: {latest.Status.Message} 'fleet rollout approve {latest.Metadata.Name}', or reject.")
            : Verdict.No(Reasons.NothingToDecide, "No roll-out waits for a person.");
        return StepOutcome.Continue;
    }

    /// <summary>Whether new images are tried on the pair first: there is one, and a chain that it can follow.</summary>
    public static bool TriesCanary(PlanContext context) =>
        context.Testnet.Spec.Rollout.Strategy == RolloutStrategies.Canary
        && context.Iteration!.PairRanges.Any()
        && context.Manifest is not null
        && context.GenesisTime <= context.Now;

    private static ImageStatus Images(PlanContext context, CanaryRollout? latest, bool isActive, string wanted)
    {
        TestnetStatus? stored = context.Testnet.Status;
        bool isNews = latest is not null && !(stored?.Rollout?.Name == latest.Metadata.Name && RolloutPhases.IsEnd(stored?.Rollout?.Phase));
        string stable = isNews
            ? (latest!.Status?.Phase is RolloutPhases.Baking or RolloutPhases.Succeeded ? latest.Spec.To : latest.Spec.From)
            : stored?.Images?.Stable ?? wanted;
        string lastGood = isNews && latest!.Status?.Phase == RolloutPhases.Succeeded ? latest.Spec.To : stored?.Images?.LastGood ?? stable;
        // A chain that a reset begins has no past that an image could be tried against: it begins with what was good.
        bool keepsImage = context.Reset is not null && stored?.Images is not null && context.Testnet.Spec.Rollout.Strategy == RolloutStrategies.Canary && context.Iteration!.PairRanges.Any();
        if (!isActive && !TriesCanary(context) && !keepsImage)
        {
            return new ImageStatus { Stable = wanted, LastGood = wanted };
        }

        List<RejectedImage> rejected = [.. (stored?.Images?.Rejected ?? []).Where(image => image.Image == wanted && image.Retry == Retry(context))];
        if (isNews
            && latest is { Status.Phase: RolloutPhases.Stopped or RolloutPhases.RolledBack }
            && latest.Spec.To == wanted
            && latest.Spec.Retry == Retry(context))
        {
            rejected.Add(new RejectedImage { Image = wanted, Rollout = latest.Metadata.Name, Retry = latest.Spec.Retry });
        }

        if (!isActive && context.IsEmergency && rejected.Count == 0)
        {
            return new ImageStatus { Stable = wanted, LastGood = lastGood };
        }

        return new ImageStatus
        {
            Stable = stable,
            LastGood = lastGood,
            Canary = isActive ? latest!.Spec.To : null,
            Rejected = rejected.Count > 0 ? rejected : null,
        };
    }

    private static string? Retry(PlanContext context) => context.Testnet.Metadata.Annotations?.GetValueOrDefault(Annotations.Retry);

    private static bool IsRejected(ImageStatus images, string wanted) => images.Rejected?.Exists(image => image.Image == wanted) == true;

    private static Verdict Progress(PlanContext context, CanaryRollout? latest, bool isActive, string wanted)
    {
        if (isActive)
        {
            return Verdict.Yes(latest!.Status?.Phase ?? RolloutPhases.Pending, $"{latest.Metadata.Name} to {latest.Spec.To}: {latest.Status?.Message ?? "it has not begun yet."}");
        }

        return context.Images!.Rejected?.Find(image => image.Image == wanted) is { } rejected
            ? Verdict.No(
                Reasons.ImageRejected,
                $"{wanted} was refused by {rejected.Rollout}; the nodes stay with {context.Image}. Set another spec.image, or have it tried again with 'fleet rollout retry {context.Observation.Name}'.")
            : Verdict.No(Reasons.NoRollout, "No roll-out is under way.");
    }
}
