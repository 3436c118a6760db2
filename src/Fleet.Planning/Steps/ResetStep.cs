using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Resets;

namespace Fleet.Planning.Steps;

/// <summary>Which reset the testnet carries out, and what follows from how far it has come.</summary>
/// <remarks>
/// <code>
///   phase of the reset      nodes                                   peers file       iteration
///   up to Evidence          run                                     -                n
///   Quiescing, Archiving    scaled to zero, keep the archive        n is fenced      n
///   NewGenesis              the record of n + 1 is written, and with it they start as nodes of n + 1
/// </code>
/// </remarks>
internal static class ResetStep
{
    /// <summary>Resets that are kept after their end.</summary>
    private const int KeptResets = 10;

    /// <summary>Takes a reset, before anything else is decided: the iteration that runs depends on it.</summary>
    public static void Choose(PlanContext context)
    {
        int running = IterationStep.Number(context.Observation);
        ChainReset? chosen = ResetClaims.Choose(context.Observation, running);
        bool isTaken = chosen is not null && context.Testnet.Status?.ActiveReset == chosen.Metadata.Name;
        context.Reset = chosen is not null && (isTaken || chosen.Status?.Phase is not null || WhyNotNow(context) is null) ? chosen : null;
    }

    /// <summary>Why a reset has to wait; null: it need not. A reset that has begun is carried out all the same.</summary>
    public static string? WhyNotNow(PlanContext context) =>
        context.Testnet.Spec.Suspend ? "The testnet is suspended; it is taken when it runs again."
        : string.IsNullOrEmpty(context.Testnet.Status?.GenesisRoot) ? "The iteration has no genesis yet, and nothing that could be ended."
        : Objection(context.Testnet);

    /// <summary>What a spec that is not accepted holds up; null: it is accepted.</summary>
    public static string? Objection(Testnet testnet) =>
        testnet.Status?.Conditions?.Find(condition => condition.Type == ConditionTypes.Accepted) is { Status: ConditionStatuses.False } refused
            ? $"The testnet's spec is not accepted: {refused.Message}"
            : null;

    /// <summary>Whether the next iteration is to be recorded.</summary>
    public static bool WantsNext(PlanContext context, int running) =>
        context.Reset is { Status.Phase: ResetPhases.NewGenesis } reset && reset.Spec.FromIteration == running;

    /// <summary>Whether the chain that runs is being ended: nothing of it may sign, and nothing of it runs.</summary>
    public static bool IsQuiet(PlanContext context) =>
        context.Reset is { } reset
        && reset.Spec.FromIteration == context.Iteration?.Iteration
        && ResetPhases.HasReached(reset.Status?.Phase, ResetPhases.Quiescing);

    /// <summary>Iterations that must not sign any more, the latest ones: the others' keys are of no chain that anybody could know.</summary>
    public static IReadOnlyList<int> Fenced(PlanContext context)
    {
        const int Most = 8;
        int last = context.Iteration!.Iteration - (IsQuiet(context) ? 0 : 1);
        int first = Math.Max(1, last - Most + 1);
        return last < first ? [] : [.. Enumerable.Range(first, last - first + 1)];
    }

    /// <summary>Chain directories that a node keeps: of the latest chains that were ended.</summary>
    public static List<string>? Kept(PlanContext context, string node)
    {
        List<string> kept =
        [
            .. context.Observation.Resets
                .Where(reset => reset.Status is { Archives: not null, Phase: not (ResetPhases.CollectingEvidence or ResetPhases.Suppressed) })
                .OrderByDescending(reset => reset.Spec.FromIteration)
                .Take(context.Testnet.Spec.Recovery.Archive.Keep)
                .SelectMany(reset => reset.Status!.Archives!)
                .Where(archive => archive.Node == node)
                .Select(archive => archive.Directory)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        return kept.Count > 0 ? kept : null;
    }

    /// <summary>What is told of it, and the records that are no longer kept.</summary>
    public static void Tell(PlanContext context)
    {
        context.Verdicts[ConditionTypes.Resetting] = context.Reset is { } reset
            ? Verdict.Yes(Reasons.ResetUnderWay, $"{reset.Metadata.Name}: {reset.Status?.Message ?? "it has been taken."}")
            : Ended(context);
        context.Verdicts.TryAdd(ConditionTypes.ResetRequired, Verdict.No(Reasons.ResetNotRequired, "The chain is not beyond repair."));
        if (IsQuiet(context))
        {
            Verdict away = Verdict.Unknown(Reasons.ResetUnderWay, string.Create(CultureInfo.InvariantCulture, $"Iteration {context.Iteration!.Iteration} is being ended."));
            context.Verdicts[ConditionTypes.ChainProgressing] = away;
            context.Verdicts[ConditionTypes.Finalizing] = away;
        }

        foreach (ChainReset old in context.Observation.Resets.Where(reset => ResetPhases.IsEnd(reset.Status?.Phase)).Reverse().Skip(KeptResets))
        {
            context.Do(new PlanAction.Delete(old, $"the last {KeptResets} are kept"));
        }
    }

    private static Verdict Ended(PlanContext context) =>
        context.Observation.Resets.LastOrDefault(reset => reset.Status?.ToIteration is { } to && to == context.Iteration?.Iteration) is { Status: { } status } latest
            ? Verdict.No(status.Phase == ResetPhases.Failed ? Reasons.ResetFailed : Reasons.NoReset, $"{latest.Metadata.Name}: {status.Message}")
            : Verdict.No(Reasons.NoReset, "No reset is carried out.");

    /// <summary>The latest reset that began the running iteration, with the time at which that was first said.</summary>
    public static ResetSummary? Last(PlanContext context)
    {
        ResetSummary? stored = context.Testnet.Status?.LastReset;
        ChainReset? latest = context.Observation.Resets.LastOrDefault(reset => reset.Status?.ToIteration is { } to && to == context.Iteration?.Iteration);
        return latest is null || latest.Metadata.Name == stored?.Name ? stored : new ResetSummary
        {
            Name = latest.Metadata.Name,
            Time = DateTimeOffset.FromUnixTimeSeconds(context.Now.ToUnixTimeSeconds()),
            Reason = latest.Spec.Reason,
        };
    }
}
