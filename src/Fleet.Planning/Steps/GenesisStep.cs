using System.Globalization;
using Beacon.Genesis;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;

namespace Fleet.Planning.Steps;

/// <summary>The genesis of an iteration: clock, time record, files, and the gate on what the nodes report.</summary>
/// <remarks>
/// The clock starts when pods with three quarters of the stake run. The time is recorded first, the files follow, the manifest last; from the
/// records the same files can be made again. A time that passed before anyone could read it is chosen anew.
/// </remarks>
internal static class GenesisStep
{
    public static StepOutcome Run(PlanContext context)
    {
        context.Verdicts[ConditionTypes.GenesisReady] =
            context.Manifest is { } manifest ? Gate(context, manifest)
            : context.GenesisTime is { } time ? Write(context, time)
            : Clock(context);
        return StepOutcome.Continue;
    }

    private static Verdict Clock(PlanContext context)
    {
        IterationRecord record = context.Iteration!;
        TestnetObservation observation = context.Observation;
        long total = record.Parameters.Validators;
        long running = 0;
        int nodes = 0;
        foreach (KeyRange range in record.Assignment.Ranges)
        {
            if (observation.Pods.GetValueOrDefault(Names.Pod(range.Node)) is { } pod && PodFacts.IsRunning(pod))
            {
                running += range.Count;
                nodes++;
            }
        }

        if (running * 4 >= total * 3 && !context.Testnet.Spec.Suspend)
        {
            DateTimeOffset time = Time(context);
            context.Do(new PlanAction.Create(IterationMaps.GenesisTime(context.Testnet, record, time), "pods with three quarters of the stake run"));
            return Verdict.No(Reasons.GenesisScheduled, Scheduled(time));
        }

        DateTimeOffset? begun = record.Iteration == 1
            ? context.Testnet.Metadata.CreationTimestamp
            : observation.ConfigMaps.GetValueOrDefault(Names.Assignment(observation.Name, record.Iteration))?.Metadata.CreationTimestamp;
        TimeSpan waited = context.Now - (begun ?? context.Now);
        TimeSpan patience = context.Testnet.Spec.Genesis.StartTimeout.Value;
        string missing = $"Pods with {running} of {total} keys run on {nodes} of {record.Assignment.Ranges.Length} nodes; the genesis clock starts at three quarters.";
        if (waited >= patience && !context.Testnet.Spec.Suspend)
        {
            string first = record.Assignment.Ranges.Select(range => PodFacts.Problem(range.Node, observation.Pods.GetValueOrDefault(Names.Pod(range.Node)))).FirstOrDefault(problem => problem is not null) ?? "";
            return Verdict.No(Reasons.StartTimeout, $"{missing} Waiting for longer than genesis.startTimeout ({context.Testnet.Spec.Genesis.StartTimeout}): {first}.");
        }

        if (!context.Testnet.Spec.Suspend)
        {
            context.LookAgainIn(patience - waited);
        }

        return Verdict.No(Reasons.WaitingForPods, missing);
    }

    private static DateTimeOffset Time(PlanContext context)
    {
        GenesisSpec genesis = context.Testnet.Spec.Genesis;
        if (context.Iteration!.Iteration == 1
            && genesis.Time is { } text
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset wanted)
            && wanted > context.Now)
        {
            return DateTimeOffset.FromUnixTimeSeconds(wanted.ToUnixTimeSeconds());
        }

        // Whole seconds, rounded up: genesis times have no fraction, and the delay is a promise.
        Duration delay = context.Iteration.Iteration == 1 ? genesis.Delay : context.Testnet.Spec.Recovery.GenesisDelay;
        DateTimeOffset earliest = context.Now + delay.Value;
        long seconds = earliest.ToUnixTimeSeconds();
        return DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.FromUnixTimeSeconds(seconds) < earliest ? seconds + 1 : seconds);
    }

    private static Verdict Write(PlanContext context, DateTimeOffset time)
    {
        IterationRecord record = context.Iteration!;
        string? expected = context.Testnet.Status?.Iteration == record.Iteration ? context.Testnet.Status.GenesisRoot : null;
        bool isNew = string.IsNullOrEmpty(expected);
        if (isNew && context.Now > time + context.Clock!.EpochDuration && context.Observation.ConfigMaps.GetValueOrDefault(Names.GenesisTime(context.Observation.Name, record.Iteration)) is { } stale)
        {
            context.Do(new PlanAction.Delete(stale, "the genesis time passed before its files were written; nobody has seen it"));
            return Verdict.No(Reasons.WaitingForPods, "The genesis time passed before its files were written; another is chosen.");
        }

        context.Do(new PlanAction.WriteGenesis(record, time, isNew ? null : expected, isNew ? "the genesis time is recorded" : "the network files were deleted"));
        return Verdict.No(Reasons.GenesisScheduled, Scheduled(time));
    }

    /// <summary>Every node must report the genesis that was written.</summary>
    private static Verdict Gate(PlanContext context, NetworkManifest manifest)
    {
        TestnetObservation observation = context.Observation;
        if (observation.ConfigMaps.GetValueOrDefault(Names.GenesisTime(observation.Name, manifest.Iteration)) is null)
        {
            context.Do(new PlanAction.Create(
                IterationMaps.GenesisTime(context.Testnet, context.Iteration!, DateTimeOffset.FromUnixTimeSeconds((long)manifest.GenesisTime)), "the record of the genesis time was deleted"));
        }

        for (int shard = 1; shard < manifest.GenesisShards; shard++)
        {
            if (!observation.ConfigMaps.ContainsKey(Names.GenesisShard(observation.Name, manifest.Iteration, shard)))
            {
                context.Do(new PlanAction.WriteGenesis(
                    context.Iteration!, DateTimeOffset.FromUnixTimeSeconds((long)manifest.GenesisTime), manifest.GenesisRoot, "a shard of the genesis state was deleted"));
                break;
            }
        }

        Refresh(context, manifest);
        List<string> silent = [];
        foreach ((string name, BeaconNode node) in context.Desired)
        {
            if (node.Spec.Role == NodeRoles.Bootnode)
            {
                continue;
            }

            string? root = observation.Snapshots.GetValueOrDefault(name)?.GenesisRoot;
            if (root is null)
            {
                silent.Add(name);
            }
            else if (root != manifest.GenesisRoot)
            {
                return Verdict.No(Reasons.GenesisMismatch, $"{name} reports the genesis root {root}, not {manifest.GenesisRoot}; its volume holds another chain.");
            }
        }

        // Once verified it stays so: a node that is down later says nothing about the genesis.
        bool verified = context.Stored(ConditionTypes.GenesisReady) is { IsTrue: true } && context.Testnet.Status?.GenesisRoot == manifest.GenesisRoot;
        return silent.Count == 0 || verified
            ? Verdict.Yes(Reasons.GenesisVerified, $"Every node reports the genesis root {manifest.GenesisRoot}.")
            : Verdict.No(Reasons.WaitingForNodes, $"The genesis {manifest.GenesisRoot} is written; {silent.Count} of {context.Desired.Values.Count(node => node.Spec.Role != NodeRoles.Bootnode)} nodes have not reported it yet, the first is {silent[0]}.");
    }

    /// <summary>Pods that were made before the files, and wait for them, get them now and not when their kubelet next looks.</summary>
    private static void Refresh(PlanContext context, NetworkManifest manifest)
    {
        DateTimeOffset? written = context.Observation.ConfigMaps.GetValueOrDefault(Names.Network(context.Observation.Name, manifest.Iteration))?.Metadata.CreationTimestamp;
        foreach (string name in context.Desired.Keys)
        {
            if (context.Observation.Pods.GetValueOrDefault(Names.Pod(name)) is { Metadata.DeletionTimestamp: null } pod
                && pod.Metadata.CreationTimestamp <= written
                && !PodFacts.IsReady(pod)
                && pod.Metadata.Annotations?.GetValueOrDefault(Annotations.Network) != manifest.GenesisRoot)
            {
                context.Do(new PlanAction.RefreshPod(pod, manifest.GenesisRoot, "it was made before the network files and waits for them"));
            }
        }
    }

    private static string Scheduled(DateTimeOffset time) => $"Genesis is at {time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}.";
}

/// <summary>What a pod's status says.</summary>
public static class PodFacts
{
    /// <summary>Whether every container runs and the pod is not going away.</summary>
    public static bool IsRunning(Pod pod) =>
        pod.Metadata.DeletionTimestamp is null
        && pod.Status?.ContainerStatuses is { Count: > 0 } statuses
        && statuses.Count == (pod.Spec?.Containers.Count ?? statuses.Count)
        && statuses.TrueForAll(status => status.State?.Running is not null);

    /// <summary>Whether the pod is ready and not going away.</summary>
    public static bool IsReady(Pod? pod) =>
        pod is { Metadata.DeletionTimestamp: null, Status.Conditions: { } conditions } && conditions.Exists(condition => condition is { Type: "Ready", Status: "True" });

    /// <summary>Why a node's pod does not run, in a few words; null when it does.</summary>
    public static string? Problem(string node, Pod? pod)
    {
        if (pod is null)
        {
            return $"{node} has no pod";
        }

        if (IsRunning(pod))
        {
            return null;
        }

        foreach (ContainerStatus status in pod.Status?.ContainerStatuses ?? [])
        {
            if (status.State?.Waiting is { Reason: { Length: > 0 } reason } waiting)
            {
                string detail = waiting.Message is { Length: > 0 } message ? $" ({message})" : "";
                string after = status.LastState?.Terminated is { ExitCode: not 0 } ended ? string.Create(CultureInfo.InvariantCulture, $" after exit code {ended.ExitCode}") : "";
                return $"{node}: container {status.Name} waits, {reason}{after}{detail}";
            }

            if (status.State?.Terminated is { } terminated)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{node}: container {status.Name} ended with exit code {terminated.ExitCode}");
            }
        }

        PodCondition? scheduled = pod.Status?.Conditions?.Find(condition => condition is { Type: "PodScheduled", Status: "False" });
        return scheduled is null ? $"{node}: pod is {pod.Status?.Phase ?? "Pending"}" : $"{node}: not scheduled, {scheduled.Message}";
    }

    /// <summary>Exit code with which a container of a pod last failed; null: none has.</summary>
    public static int? LastExitCode(Pod? pod) =>
        pod?.Status?.ContainerStatuses?.Select(status => (status.State?.Terminated ?? status.LastState?.Terminated)?.ExitCode).FirstOrDefault(code => code is not (null or 0));
}
