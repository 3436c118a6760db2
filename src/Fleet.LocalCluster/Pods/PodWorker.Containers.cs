using System.ComponentModel;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Pods;

internal sealed partial class PodWorker
{
    private string RestartPolicy => _pod.Str("spec", "restartPolicy") ?? "Always";

    private async Task<TimeSpan> StartContainersAsync(CancellationToken cancellationToken)
    {
        foreach (ContainerState ended in _containers.Values.Where(c => c.Process is { HasExited: true }))
        {
            ended.NoteExit(runner.Time, IsInit(ended) && ended.Process!.ExitCode == 0 ? "Never" : IsInit(ended) ? "Always" : RestartPolicy);
            if (!ended.Done && ended.RestartCount > 0)
            {
                Note(Warning, "BackOff", $"Back-off restarting failed container {ended.Name} in pod {name}_{ns}({Uid})", ended);
            }
        }

        string directory = PodDirectory;
        Directory.CreateDirectory(Path.Combine(directory, "volumes"));
        var volumes = new Volumes(runner.Objects.Store, _pod!, Path.Combine(directory, "volumes"), runner.ClaimsDirectory);
        try
        {
            volumes.Prepare();
        }
        catch (ContainerWaitException wait)
        {
            foreach (ContainerState container in _containers.Values.Where(c => !c.IsRunning && !c.Done && c.Run < 0))
            {
                if (container.WaitMessage != wait.Message && container == _containers.Values.First())
                {
                    Note(Warning, "FailedMount", $"MountVolume.SetUp failed for volume \"{wait.Volume}\" : {wait.Message}");
                }

                (container.WaitReason, container.WaitMessage) = (wait.Reason, wait.Message);
            }

            return Recheck;
        }

        TimeSpan next = Idle;
        var spec = new ContainerSpec(runner.Objects.Store, _pod!, _address.ToString(), volumes.Directories);
        foreach (ContainerState container in Startable())
        {
            if (container.IsRunning || container.Done)
            {
                continue;
            }

            TimeSpan wait = runner.Time.GetElapsedTime(runner.Time.GetTimestamp(), container.NotBefore);
            if (container.NotBefore == 0 || wait <= TimeSpan.Zero)
            {
                cancellationToken.ThrowIfCancellationRequested();
                wait = await StartAsync(container, spec, directory) ? Idle : Recheck;
            }

            next = wait < next ? wait : next;
        }

        return next;
    }

    /// <summary>The init container whose turn it is; after the last of them all others.</summary>
    private IEnumerable<ContainerState> Startable()
    {
        ContainerState? init = _pod.Items("spec", "initContainers").Select(i => _containers[i.Str("name") ?? ""]).FirstOrDefault(c => !c.Done);
        return init is not null ? [init] : _pod.Items("spec", "containers").Select(c => _containers[c.Str("name") ?? ""]);
    }

    private bool IsInit(ContainerState container) => _pod.Items("spec", "initContainers").Any(i => i.Str("name") == container.Name);

    private async Task<bool> StartAsync(ContainerState container, ContainerSpec spec, string directory)
    {
        try
        {
            IReadOnlyDictionary<string, string> environment = spec.Environment(container.Spec, runner.HostsFile, directory);
            IReadOnlyList<string> command = spec.Command(container.Spec, environment, runner.Images);
            container.ImageId = runner.ImageIdOf(container.Spec.Str("image") ?? "");
            if (container.Run >= 0)
            {
                container.RestartCount++;
            }

            container.Run = container.RestartCount;
            string workingDirectory = container.Spec.Str("workingDir") is string wanted && Directory.Exists(wanted) ? wanted : directory;
            container.Process = await ContainerProcess.StartAsync(
                command, environment, workingDirectory, runner.LogPath(ns, name, container.Name, container.Run),
                Path.Combine(directory, $"{container.Name}.process"), runner.Time, Wake);
            var exec = new ExecProbe(environment, workingDirectory, runner.Time);
            Probe? Make(string kind, bool initially) => container.Spec.Obj(kind) is JsonObject settings
                ? new Probe(settings, container.Spec, _address.ToString(), initially, exec, spec.ProbeCommand(container.Spec, settings), runner.Time) : null;
            container.Startup = Make("startupProbe", false);
            container.Readiness = Make("readinessProbe", false);
            container.Liveness = Make("livenessProbe", true);
            Note(Normal, "Pulled", $"Container image \"{container.Spec.Str("image")}\" already present on machine", container);
            Note(Normal, "Created", $"Created container: {container.Name}", container);
            Note(Normal, "Started", $"Started container {container.Name}", container);
            return true;
        }
        catch (ContainerWaitException wait)
        {
            NoteWait(container, wait.Reason, wait.Message);
            return false;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            NoteWait(container, "RunContainerError", error.Message);
            return false;
        }
    }

    private TimeSpan RunProbes(CancellationToken cancellationToken)
    {
        TimeSpan next = Idle;
        foreach (ContainerState container in _containers.Values.Where(c => c.IsRunning))
        {
            IEnumerable<(string Kind, Probe? Probe)> active = container.Startup is { Passing: false } startup
                ? [("Startup", startup)] : [("Readiness", container.Readiness), ("Liveness", container.Liveness)];
            foreach ((string kind, Probe? probe) in active)
            {
                if (probe is null)
                {
                    continue;
                }

                if (probe.TakeFailure() is string failure)
                {
                    Note(Warning, "Unhealthy", $"{kind} probe failed: {failure}", container);
                }

                if (probe.Failed && probe != container.Readiness)
                {
                    // Stopped beside the worker: it goes on to serve the other containers and sees the exit like any other.
                    runner.LogProbe(ns, name, container.Name, probe.LastFailure);
                    long grace = _pod.Int("spec", "terminationGracePeriodSeconds") ?? 30;
                    if (container.Process is { HasExited: false } process && container.NotBefore != long.MaxValue)
                    {
                        container.NotBefore = long.MaxValue;
                        Note(Normal, "Killing", $"Container {container.Name} failed {kind.ToLowerInvariant()} probe, will be restarted", container);
                        _ = process.StopAsync(TimeSpan.FromSeconds(grace));
                    }

                    continue;
                }

                probe.RunIfDue(Wake, cancellationToken);
                next = probe.Wait < next ? probe.Wait : next;
            }
        }

        return next;
    }

    private void WriteStatus()
    {
        string uid = Uid;
        ResourceScope scope = runner.Objects.Scope("", "pods", ns);
        try
        {
            _ = runner.Objects.Edit(scope, name, PodRunner.Kubelet, pod =>
            {
                if (pod.Str("metadata", "uid") != uid)
                {
                    return null;
                }

                pod["status"] = StatusOf(pod);
                return pod;
            });
        }
        catch (Api.ApiException error) when (error.Code == 404)
        {
            // Deleted by force: seen at the next look.
        }
    }

    private JsonObject StatusOf(JsonObject pod)
    {
        List<ContainerState> main = [.. pod.Items("spec", "containers").Select(c => _containers[c.Str("name") ?? ""])];
        List<ContainerState> init = [.. pod.Items("spec", "initContainers").Select(c => _containers[c.Str("name") ?? ""])];
        bool initialized = init.All(c => c.Done);
        bool ready = main.All(c => c.IsReady);
        string phase = main.All(c => c.Done)
            ? main.All(c => c.ExitCode == 0) ? "Succeeded" : "Failed"
            : main.All(c => c.Run < 0 && !c.IsRunning) && (pod.Str("status", "phase") ?? "Pending") == "Pending" ? "Pending" : "Running";
        string now = ContainerState.Stamp(runner.Time.GetUtcNow());
        string waiting = string.Join(' ', main.Where(c => !c.IsReady).Select(c => c.Name));
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["conditions"] = new JsonArray(
                Condition(pod, "Initialized", initialized, initialized ? "" : "ContainersNotInitialized", "", now),
                Condition(pod, "Ready", ready, ready ? "" : "ContainersNotReady", ready ? "" : $"containers with unready status: [{waiting}]", now),
                Condition(pod, "ContainersReady", ready, ready ? "" : "ContainersNotReady", ready ? "" : $"containers with unready status: [{waiting}]", now),
                Condition(pod, "PodScheduled", true, "", "", now)),
            ["hostIP"] = "127.0.0.1",
            ["podIP"] = _address.ToString(),
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = _address.ToString() }),
            ["startTime"] = pod.Str("status", "startTime") ?? now,
            ["containerStatuses"] = new JsonArray([.. main.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => (JsonNode)c.ToStatus())]),
            ["qosClass"] = pod.Str("status", "qosClass") ?? "BestEffort",
        };
        if (init.Count > 0)
        {
            status["initContainerStatuses"] = new JsonArray([.. init.Select(c => (JsonNode)c.ToStatus())]);
        }

        return status;
    }

    private static JsonObject Condition(JsonObject pod, string type, bool holds, string reason, string message, string now)
    {
        string value = holds ? "True" : "False";
        JsonObject? before = pod.Items("status", "conditions").FirstOrDefault(c => c.Str("type") == type);
        var condition = new JsonObject
        {
            ["type"] = type,
            ["status"] = value,
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = before.Str("status") == value ? before.Str("lastTransitionTime") ?? now : now,
        };
        if (reason.Length > 0)
        {
            condition["reason"] = reason;
        }

        if (message.Length > 0)
        {
            condition["message"] = message;
        }

        return condition;
    }
}
