using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Pods;

/// <summary>
/// Everything that happens to the pods of one name, one after the other: a pod's processes are gone before its object is, and before the
/// next pod of that name starts. So there is one process per container, ever.
/// </summary>
internal sealed partial class PodWorker(PodRunner runner, string ns, string name)
{
    private static readonly TimeSpan Recheck = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, ContainerState> _containers = new(StringComparer.Ordinal);
    private readonly IPAddress _address = runner.Addresses.For(ns, name);
    private JsonObject? _pod;

    private string Uid => _pod.Str("metadata", "uid") ?? "";

    private string PodDirectory => Path.Combine(runner.PodsDirectory, ns, name, Uid);

    /// <summary>Lets the worker look again.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Whether a container of the current pod has a running process.</summary>
    public bool IsRunning(string uid, string container) => Uid == uid && _containers.GetValueOrDefault(container)?.IsRunning == true;

    /// <summary>The index of a container's last run, or null.</summary>
    public int? RunOf(string uid, string container) => Uid == uid && _containers.GetValueOrDefault(container) is { Run: >= 0 } state ? state.Run : null;

    /// <summary>Works until the pod is gone (true) or the runner stops (false).</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                if (await StepAsync(cancellationToken) is not TimeSpan next)
                {
                    return true;
                }

                wait = next;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception error)
            {
                runner.LogTrouble(error, ns, name);
                wait = Recheck;
            }

            await PauseAsync(wait < TimeSpan.FromMilliseconds(10) ? TimeSpan.FromMilliseconds(10) : wait, cancellationToken);
        }

        return false;
    }

    /// <summary>Terminates all containers and says so in the pod's status; the object stays, for the next start.</summary>
    public async Task ShutDownAsync()
    {
        if (_pod is null)
        {
            return;
        }

        await StopContainersAsync(TimeSpan.FromSeconds(Math.Min(10, _pod.Int("spec", "terminationGracePeriodSeconds") ?? 10)));
        foreach (ContainerState container in _containers.Values)
        {
            container.WaitReason = "ContainerCreating";
            container.WaitMessage = "the fleet is stopped";
        }

        try
        {
            WriteStatus();
        }
        catch (Exception error) when (error is ApiException or IOException)
        {
            runner.LogTrouble(error, ns, name);
        }
    }

    private async Task PauseAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(wait, runner.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            _ = await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is over, or the runner stops.
        }
    }

    /// <summary>One look at the world; returns when to look again, or null when the pod is gone.</summary>
    private async Task<TimeSpan?> StepAsync(CancellationToken cancellationToken)
    {
        StoredObject? stored = runner.Objects.Store.Get(new ObjectKey(Kinds.Pods, ns, name));
        if (_pod is not null && stored?.Uid != Uid)
        {
            await StopContainersAsync(TimeSpan.Zero); // deleted by force: nothing is left to wait for
            CleanUp();
        }

        if (stored is null)
        {
            return null;
        }

        if (_pod is null)
        {
            _pod = stored.ToNode();
            Adopt();
        }

        _pod = stored.ToNode();
        if (stored.IsDeleting)
        {
            await TerminateAsync(stored);
            return Recheck;
        }

        if (stored.Root.Str("status", "phase") is "Succeeded" or "Failed")
        {
            return Idle;
        }

        if (!Schedule())
        {
            return Idle; // a change of the node wakes the worker
        }

        TimeSpan wait = await StartContainersAsync(cancellationToken);
        TimeSpan probes = RunProbes(cancellationToken);
        WriteStatus();
        return probes < wait ? probes : wait;
    }

    /// <summary>Takes over what a former run of the fleet wrote down about the pod.</summary>
    private void Adopt()
    {
        if (_pod.Arr("status", "containerStatuses") is not { Count: > 0 })
        {
            runner.RemoveLogs(ns, name);
        }

        foreach (JsonObject spec in _pod.Items("spec", "initContainers").Concat(_pod.Items("spec", "containers")))
        {
            var state = new ContainerState(spec);
            _containers[state.Name] = state;
            JsonObject? before = _pod.Items("status", "containerStatuses").Concat(_pod.Items("status", "initContainerStatuses")).FirstOrDefault(s => s.Str("name") == state.Name);
            bool ranBefore = before is not null && (before["containerID"] is not null || before.At("state", "running") is not null || before.At("lastState", "terminated") is not null);
            state.RestartCount = (int)(before.Int("restartCount") ?? 0) + (ranBefore ? 1 : 0);
            state.LastState = (JsonObject?)before.Obj("lastState")?.DeepClone();
            if (before.Obj("state", "terminated") is JsonObject ended)
            {
                state.Done = ended.Int("exitCode") == 0 && _pod.Items("spec", "initContainers").Any(i => i.Str("name") == state.Name);
                state.LastState = new JsonObject { ["terminated"] = ended.DeepClone() };
            }
        }
    }

    /// <summary>Gives the pod the one node there is; false when that doesn't take it.</summary>
    private bool Schedule()
    {
        if (_pod.Str("spec", "nodeName") is not null)
        {
            return true;
        }

        if (Scheduling.Obstacle(runner.Objects.Store.Get(new ObjectKey(Kinds.Nodes, "", "local")), _pod!) is string obstacle)
        {
            NoteUnschedulable(obstacle);
            return false;
        }

        ResourceScope scope = runner.Objects.Scope("", "pods", ns);
        string uid = Uid;
        _pod = runner.Objects.Edit(scope, name, PodRunner.Scheduler, pod =>
        {
            if (pod.Str("metadata", "uid") != uid)
            {
                return null;
            }

            pod.Need("spec")["nodeName"] = "local";
            return pod;
        });
        Note(new Occurrence("default-scheduler", Normal, "Scheduled", $"Successfully assigned {ns}/{name} to local"));
        return true;
    }

    private async Task TerminateAsync(StoredObject stored)
    {
        long grace = stored.Root.At("metadata", "deletionGracePeriodSeconds") is { } g && g.TryGetInt64(out long seconds) ? seconds : 0;
        foreach (ContainerState container in _containers.Values.Where(c => c.IsRunning))
        {
            Note(Normal, "Killing", $"Stopping container {container.Name}", container);
        }

        await StopContainersAsync(TimeSpan.FromSeconds(grace));
        string uid = Uid;
        CleanUp();
        try
        {
            ResourceScope scope = runner.Objects.Scope("", "pods", ns);
            _ = runner.Objects.Delete(scope, name, new DeleteContext { GracePeriodSeconds = 0, Uid = uid });
        }
        catch (ApiException error) when (error.Code is 404 or 409)
        {
            // Gone already.
        }
    }

    private async Task StopContainersAsync(TimeSpan grace)
    {
        await Task.WhenAll(_containers.Values.Where(c => c.Process is not null).Select(c => c.Process!.StopAsync(grace)));
        foreach (ContainerState container in _containers.Values.Where(c => c.Process is not null))
        {
            container.NoteExit(runner.Time, _pod.Str("spec", "restartPolicy") ?? "Always");
        }
    }

    private void CleanUp()
    {
        foreach (ContainerState container in _containers.Values)
        {
            container.Dispose();
        }

        _containers.Clear();
        _events = new EventBudget(runner.Time);
        if (Uid.Length > 0 && Directory.Exists(PodDirectory))
        {
            Directory.Delete(PodDirectory, true);
        }

        _pod = null;
    }
}
