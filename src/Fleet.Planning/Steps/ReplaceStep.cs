using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Steps;

/// <summary>Replaces pods made from an older template, a few at a time.</summary>
/// <remarks>
/// StatefulSets are OnDelete, so nothing else does. Stake that is being replaced plus stake that is not ready stays under a third; a node that
/// alone holds a third goes alone, when all others are ready. Pods that do not run anyway go at once, and so does everything before genesis.
/// </remarks>
internal static class ReplaceStep
{
    public static StepOutcome Run(PlanContext context)
    {
        TestnetObservation observation = context.Observation;
        IterationRecord record = context.Iteration!;
        var outdated = new List<(Pod Pod, int Stake)>();
        long total = record.Assignment.Ranges.Sum(range => (long)range.Count);
        long offline = 0;
        int unready = 0;
        foreach (string name in context.Desired.Keys)
        {
            Pod? pod = observation.Pods.GetValueOrDefault(Names.Pod(name));
            int stake = record.RangeOf(name)?.Count ?? 0;
            bool ready = PodFacts.IsReady(pod);
            if (!ready)
            {
                offline += stake;
                unready++;
            }

            if (pod is { Metadata.DeletionTimestamp: null } && IsOutdated(observation.StatefulSets.GetValueOrDefault(name), pod))
            {
                if (!ready || context.GenesisTime is null)
                {
                    context.Do(new PlanAction.ReplacePod(pod, "its template is outdated and it does no work yet"));
                }
                else
                {
                    outdated.Add((pod, stake));
                }
            }
        }

        foreach ((Pod pod, int stake) in outdated)
        {
            bool alone = unready == 0 && offline == 0;
            if ((offline + stake) * 3 < total || (stake == 0 && unready == 0) || alone)
            {
                context.Do(new PlanAction.ReplacePod(pod, "its template is outdated"));
                offline += stake;
                unready++;
            }
        }

        context.Verdicts[ConditionTypes.UpToDate] = UpToDate(context, outdated.Count);
        return StepOutcome.Continue;
    }

    /// <summary>Whether a pod was made from another template than its StatefulSet now has.</summary>
    public static bool IsOutdated(StatefulSet? set, Pod pod) =>
        set?.Spec?.Template?.Metadata?.Annotations?.GetValueOrDefault(Annotations.TemplateHash) is { } wanted
        && pod.Metadata.Annotations?.GetValueOrDefault(Annotations.TemplateHash) != wanted;

    private static Verdict UpToDate(PlanContext context, int outdated)
    {
        System.Collections.Immutable.ImmutableArray<string> pending = context.Iteration!.PendingFields(context.Testnet);
        return pending.Length > 0
            ? Verdict.No(Reasons.PendingReset, $"{string.Join(", ", pending)} differ from the running iteration and apply from the next one.")
            : outdated > 0
                ? Verdict.No(Reasons.RollingOut, "Pods are being replaced by such with the current template, while less than a third of the stake is away.")
                : Verdict.Yes(Reasons.Current, "Every pod is made from the current spec.");
    }
}
