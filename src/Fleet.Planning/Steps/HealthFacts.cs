using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;
using Fleet.Planning.Rollouts;

namespace Fleet.Planning.Steps;

/// <summary>What the health of a chain is told from, out of what was observed.</summary>
internal static class HealthFacts
{
    /// <summary>Since when a container that ended by itself must run to count as running.</summary>
    private static readonly TimeSpan StaysUp = TimeSpan.FromSeconds(15);

    /// <summary>Null before the genesis.</summary>
    public static HealthInput? Of(PlanContext context)
    {
        if (context is not { Iteration: { } record, Manifest: { } manifest, GenesisTime: { } genesis, Clock: { } clock } || context.Now < genesis)
        {
            return null;
        }

        // What the spec wants, and what has not gone yet: a scale-down may be refused, or wait. A spec that is not accepted wants nothing.
        IEnumerable<string> wanted = context.IsAccepted ? Waves.Order(context.Testnet).Where(name => !name.StartsWith($"{context.Observation.Name}-{Names.BootnodePool}-", StringComparison.Ordinal)) : [];
        IEnumerable<string> present = context.Observation.Nodes.Values.Where(node => node.Metadata.DeletionTimestamp is null && record.RangeOf(node.Metadata.Name!) is not null).Select(node => node.Metadata.Name!);
        ImmutableArray<string> lost = LostKeys.Of(context);
        return new HealthInput
        {
            Iteration = record.Iteration,
            Genesis = genesis,
            GenesisRoot = manifest.GenesisRoot,
            Clock = clock,
            Keys = record.Parameters.Validators,
            Nodes = [.. wanted.Concat(present).Concat(record.PairRanges.Select(range => range.Node)).Distinct(StringComparer.Ordinal).Select(name => Node(context, record, lost, name))],
        };
    }

    private static NodeFacts Node(PlanContext context, IterationRecord record, ImmutableArray<string> lost, string name)
    {
        Pod? pod = context.Observation.Pods.GetValueOrDefault(Names.Pod(name));
        ProcessState process = ProcessOf(pod, context.Now);
        return new NodeFacts(name, record.RangeOf(name)?.Count ?? 0)
        {
            Process = process,
            PodSince = pod?.Metadata.CreationTimestamp,
            Problem = PodFacts.Problem(name, pod),
            Snapshot = context.Observation.Snapshots.GetValueOrDefault(name),

            // A pod that runs goes on signing with what it read at its start.
            HasLostKeys = process != ProcessState.Running && lost.Contains(name),
        };
    }

    private static ProcessState ProcessOf(Pod? pod, DateTimeOffset now) =>
        pod?.Status?.ContainerStatuses?.Exists(status => DoesNotStayUp(status, now)) == true ? ProcessState.Crashing
        : pod is not null && PodFacts.IsRunning(pod) ? ProcessState.Running
        : ProcessState.Waiting;

    /// <summary>Between two crashes a container runs for a moment.</summary>
    private static bool DoesNotStayUp(ContainerStatus status, DateTimeOffset now) =>
        status.State switch
        {
            { Terminated.ExitCode: not 0 } => true,
            { Waiting: not null } => status.LastState?.Terminated is { ExitCode: not 0 },
            { Running.StartedAt: { } since } => status.RestartCount > 1 && status.LastState?.Terminated is { ExitCode: not 0 } && now - since < StaysUp,
            _ => false,
        };
}
