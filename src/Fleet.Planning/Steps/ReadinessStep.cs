using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Steps;

/// <summary>Counts ready pods, and sums everything up in Ready.</summary>
internal static class ReadinessStep
{
    /// <summary>Exit code of a node whose chain database is damaged; docs/contracts.md has them all.</summary>
    private const int ChainDatabaseDamaged = 4;

    /// <summary>What must hold for Ready, in the order in which the first failure is named.</summary>
    private static readonly string[] Needed =
    [
        ConditionTypes.Accepted, ConditionTypes.GenesisReady, ConditionTypes.BootnodesReady, ConditionTypes.NodesReady,
        ConditionTypes.ChainProgressing, ConditionTypes.Finalizing, ConditionTypes.UpToDate,
    ];

    public static NodeCounts Run(PlanContext context)
    {
        bool suspended = context.Testnet.Spec.Suspend;
        Verdict? asleep = suspended ? Verdict.Unknown(Reasons.SuspendRequested, "The testnet is suspended.")
            : context.IsQuiet ? Verdict.Unknown(Reasons.ResetUnderWay, "The nodes are stopped until the next iteration begins.")
            : null;
        IEnumerable<BeaconNode> nodes = context.Desired.Count > 0 ? context.Desired.Values : context.Observation.Nodes.Values;
        BeaconNode[] all = [.. nodes.OrderBy(node => node.Metadata.Name, StringComparer.Ordinal)];
        BeaconNode[] bootnodes = [.. all.Where(node => node.Spec.Role == NodeRoles.Bootnode)];

        // While an image is tried, the pair restarts and may well fail; that is what it is for.
        bool isTried = context.Verdicts.GetValueOrDefault(ConditionTypes.RolloutProgressing) is { IsTrue: true };
        BeaconNode[] others = [.. all.Where(node => node.Spec.Role != NodeRoles.Bootnode && !(isTried && NodeRoles.IsOfPair(node.Spec.Role)))];
        context.Verdicts[ConditionTypes.BootnodesReady] =
            asleep is not null ? asleep
            : bootnodes.Length == 0 && context.Testnet.Spec.Bootnodes.Replicas == 0 ? Verdict.Yes(Reasons.NoBootnodes, "The testnet runs no bootnode.")
            : Pods(context, bootnodes, "bootnode");
        context.Verdicts[ConditionTypes.NodesReady] = asleep
            ?? (LostKeys.Sentence(context) is { } lost ? Verdict.No(Reasons.KeysLost, lost) : Nodes(context, others));
        Fill(context);
        context.Verdicts[ConditionTypes.Ready] = Ready(context, suspended);

        int ready = all.Count(node => PodFacts.IsReady(context.Observation.Pods.GetValueOrDefault(Names.Pod(node.Metadata.Name!))));
        int updated = all.Count(node =>
            context.Observation.Pods.GetValueOrDefault(Names.Pod(node.Metadata.Name!)) is { Metadata.DeletionTimestamp: null } pod
            && context.Observation.StatefulSets.GetValueOrDefault(node.Metadata.Name!) is { } set
            && !ReplaceStep.IsOutdated(set, pod));
        int desired = asleep is not null ? 0 : all.Length;
        return new NodeCounts { Desired = desired, Ready = ready, Updated = updated, Summary = $"{ready}/{desired}" };
    }

    /// <summary>Pods first; what these do not show of nodes comes after.</summary>
    private static Verdict Nodes(PlanContext context, BeaconNode[] nodes)
    {
        Verdict pods = Pods(context, nodes, "node");
        if (context.Health is not { } health)
        {
            return pods;
        }

        return pods.IsTrue ? NodeTroubles.Of(health) ?? pods
            : NodeTroubles.NextOf(health, health.FinalizedEpoch ?? context.History?.FinalizedEpoch, Missing(context, nodes)) is { } next ? pods with { Message = $"{pods.Message} {next}" }
            : pods;
    }

    private static Verdict Pods(PlanContext context, BeaconNode[] nodes, string what)
    {
        if (nodes.Length == 0)
        {
            return Verdict.No(Reasons.PodsNotReady, $"No {what} exists yet.");
        }

        string[] missing = Missing(context, nodes);
        if (missing.Length == 0)
        {
            return Verdict.Yes(Reasons.AllReady, $"Every {what} is ready.");
        }

        Pod? first = context.Observation.Pods.GetValueOrDefault(Names.Pod(missing[0]));
        string problem = PodFacts.Problem(missing[0], first) ?? $"{missing[0]} is not ready{(PodFacts.LastExitCode(first) is { } code ? $" since it ended with exit code {code}" : "")}";
        string remedy = PodFacts.LastExitCode(first) == ChainDatabaseDamaged
            ? $" Its chain database is damaged: delete the pod {Names.Pod(missing[0])} and the claim {Names.DataClaim(missing[0])}, and it syncs anew."
            : "";
        return Verdict.No(Reasons.PodsNotReady, $"{nodes.Length - missing.Length} of {nodes.Length} ready; {problem}.{remedy}");
    }

    private static string[] Missing(PlanContext context, BeaconNode[] nodes) =>
        [.. nodes.Select(node => node.Metadata.Name!).Where(name => !PodFacts.IsReady(context.Observation.Pods.GetValueOrDefault(Names.Pod(name))))];

    /// <summary>Conditions no step came to.</summary>
    private static void Fill(PlanContext context)
    {
        foreach (string type in ConditionTypes.OfTestnet)
        {
            if (type != ConditionTypes.Ready && !context.Verdicts.ContainsKey(type))
            {
                context.Verdicts[type] = context.IsAccepted
                    ? Verdict.Unknown(Reasons.WaitingForPods, "The iteration has not begun.")
                    : Verdict.Unknown(Reasons.NotAccepted, "The spec is not accepted.");
            }
        }
    }

    private static Verdict Ready(PlanContext context, bool suspended)
    {
        foreach (string type in Needed)
        {
            Verdict verdict = context.Verdicts[type];
            bool isExpected = (suspended && verdict.Reason == Reasons.SuspendRequested) || verdict.Reason == Reasons.RolloutUnderWay;
            if (!verdict.IsTrue && !isExpected)
            {
                return Verdict.No(verdict.Reason, verdict.Message);
            }
        }

        return suspended ? Verdict.No(Reasons.SuspendRequested, "The testnet is suspended.") : Verdict.Yes(Reasons.Healthy, "Everything is as it should be.");
    }
}
