using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;
using Fleet.Planning.Rollouts;

namespace Fleet.Planning.Steps;

/// <summary>Replaces pods made from an older template, a few at a time.</summary>
/// <remarks>
/// StatefulSets are OnDelete, so nothing else does. Stake that is being replaced plus stake that is not ready stays under a third; a node that
/// alone holds a third goes alone, when all others are ready. Pods that do not run anyway go at once, and so does everything before genesis. Baseline and
/// canary go together. With the strategy OnDelete none goes.
/// </remarks>
internal static class ReplaceStep
{
    public static StepOutcome Run(PlanContext context)
    {
        if (context.IsQuiet)
        {
            context.Verdicts[ConditionTypes.UpToDate] = Verdict.No(Reasons.ResetUnderWay, "The chain is being ended; the nodes start with the current spec when the next one begins.");
            return StepOutcome.Continue;
        }

        TestnetObservation observation = context.Observation;
        IterationRecord record = context.Iteration!;
        bool byHand = context.Testnet.Spec.Rollout.Strategy == RolloutStrategies.OnDelete;
        bool waits = context.DoesNoHarm;
        var outdated = new List<(List<Pod> Pods, int Stake)>();
        var pair = new List<Pod>();
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

            StatefulSet? set = observation.StatefulSets.GetValueOrDefault(name);
            if (byHand || pod is not { Metadata.DeletionTimestamp: null } || !IsOutdated(set, pod))
            {
                continue;
            }

            if (NodeRoles.IsOfPair(context.Desired[name].Spec.Role))
            {
                pair.Add(pod);
            }
            else if (!ready || context.GenesisTime is null)
            {
                context.Do(new PlanAction.ReplacePod(pod, "its template is outdated and it does no work yet", set));
            }
            else
            {
                outdated.Add(([pod], stake));
            }
        }

        // What is compared has to be of the same age. So the two go at the same moment, whichever of them is ready.
        bool isPairSettled = record.PairRanges.All(range => RolloutFacts.IsMadeFor(observation.StatefulSets.GetValueOrDefault(range.Node), context.Desired[range.Node]));
        if (pair.Count > 0 && isPairSettled)
        {
            outdated.Insert(0, (pair, pair.Where(PodFacts.IsReady).Sum(pod => record.RangeOf(NodeOf(pod))?.Count ?? 0)));
        }

        foreach ((List<Pod> pods, int stake) in outdated)
        {
            if (waits && pods.Exists(PodFacts.IsReady) && !pods.Exists(pod => BeginsAnew(context, pod) || HasRefusedImage(context, pod)))
            {
                continue;
            }

            bool alone = unready == 0 && offline == 0;
            bool isIdle = !pods.Exists(PodFacts.IsReady);
            if ((offline + stake) * 3 < total || (stake == 0 && unready == 0) || alone || isIdle)
            {
                pods.ForEach(pod => context.Do(new PlanAction.ReplacePod(pod, "its template is outdated", observation.StatefulSets[NodeOf(pod)])));
                offline += stake;
                unready += isIdle ? 0 : pods.Count;
            }
        }

        context.Verdicts[ConditionTypes.UpToDate] = waits && outdated.Count > 0
            ? Verdict.No(Reasons.DoNoHarm, $"Finality is lost, and pods that work are left alone until it is back; to replace them all the same, annotate the testnet with {Annotations.Emergency} and a reason.")
            : UpToDate(context, outdated.Count);
        return StepOutcome.Continue;
    }

    /// <summary>Going back to the image before is what helps.</summary>
    private static bool HasRefusedImage(PlanContext context, Pod pod) =>
        context.Rollout is { Status.Phase: RolloutPhases.RolledBack or RolloutPhases.Stopped } rollout && RolloutFacts.IsOf(pod.Spec, rollout.Spec.To);

    private static bool BeginsAnew(PlanContext context, Pod pod) =>
        context.History?.Steps.Any(step => step.Node == NodeOf(pod) && step.Kind == LadderSteps.Resync) == true;

    private static string NodeOf(Pod pod) => pod.Metadata.Labels?.GetValueOrDefault(Labels.Node) ?? "";

    /// <summary>Whether a pod was made from another template than its StatefulSet now has.</summary>
    public static bool IsOutdated(StatefulSet? set, Pod pod) =>
        set?.Spec?.Template?.Metadata?.Annotations?.GetValueOrDefault(Annotations.TemplateHash) is { } wanted
        && pod.Metadata.Annotations?.GetValueOrDefault(Annotations.TemplateHash) != wanted;

    private static Verdict UpToDate(PlanContext context, int outdated)
    {
        System.Collections.Immutable.ImmutableArray<string> pending = context.Iteration!.PendingFields(context.Testnet);
        return pending.Length > 0
            ? Verdict.No(Reasons.PendingReset, $"{string.Join(", ", pending)} differ from the running iteration and apply from the next one.")
            : context.Verdicts[ConditionTypes.RolloutProgressing] is { Reason: Reasons.ImageRejected } refused ? refused
            : context.Verdicts[ConditionTypes.RolloutProgressing] is { IsTrue: true } progress ? Verdict.No(Reasons.RolloutUnderWay, progress.Message)
            : outdated > 0
                ? Verdict.No(Reasons.RollingOut, "Pods are being replaced by such with the current template, while less than a third of the stake is away.")
                : Verdict.Yes(Reasons.Current, "Every pod is made from the current spec.");
    }
}
