using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Pods;

/// <summary>What the runner knows about one container of a pod, and how the pod's status shows it.</summary>
internal sealed class ContainerState(JsonObject spec) : IDisposable
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Forgiven = TimeSpan.FromMinutes(1);
    private TimeSpan _backOff = FirstBackOff;

    public JsonObject Spec { get; } = spec;

    public string Name { get; } = spec.Str("name") ?? "";

    public ContainerProcess? Process { get; set; }

    public Probe? Readiness { get; set; }

    public Probe? Liveness { get; set; }

    public Probe? Startup { get; set; }

    public int RestartCount { get; set; }

    /// <summary>Index of the log file of the run that is or was last.</summary>
    public int Run { get; set; } = -1;

    /// <summary>When it may be started again, as a timestamp.</summary>
    public long NotBefore { get; set; }

    public string ImageId { get; set; } = "";

    public JsonObject? LastState { get; set; }

    public string WaitReason { get; set; } = "ContainerCreating";

    public string WaitMessage { get; set; } = "";

    /// <summary>Ended for good: not to be started again under the pod's restart policy.</summary>
    public bool Done { get; set; }

    public int ExitCode { get; set; }

    public bool IsRunning => Process is { HasExited: false };

    public bool IsStarted => IsRunning && (Startup is null || Startup.Passing);

    public bool IsReady => IsStarted && (Readiness is null || Readiness.Passing);

    /// <summary>Notes the end of the process and computes when it may be started again.</summary>
    public void NoteExit(TimeProvider time, string restartPolicy)
    {
        ContainerProcess ended = Process!;
        ExitCode = ended.ExitCode;
        LastState = new JsonObject
        {
            ["terminated"] = new JsonObject
            {
                ["exitCode"] = ExitCode,
                ["reason"] = ExitCode == 0 ? "Completed" : "Error",
                ["startedAt"] = Stamp(ended.StartedAt),
                ["finishedAt"] = Stamp(ended.FinishedAt ?? time.GetUtcNow()),
                ["containerID"] = $"process://{ended.Pid}",
            },
        };
        Done = restartPolicy == "Never" || (restartPolicy == "OnFailure" && ExitCode == 0);
        if ((ended.FinishedAt ?? time.GetUtcNow()) - ended.StartedAt > Forgiven)
        {
            _backOff = FirstBackOff;
        }

        NotBefore = time.GetTimestamp() + (long)(_backOff.TotalSeconds * time.TimestampFrequency);
        WaitReason = "CrashLoopBackOff";
        WaitMessage = string.Create(CultureInfo.InvariantCulture, $"back-off {_backOff.TotalSeconds:0.#}s restarting failed container={Name}");
        _backOff = _backOff * 2 < LastBackOff ? _backOff * 2 : LastBackOff;
        DropProcess();
    }

    /// <summary>The container's entry in the pod's status.</summary>
    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["name"] = Name,
            ["image"] = Spec.Str("image"),
            ["imageID"] = ImageId,
            ["ready"] = IsReady,
            ["started"] = IsStarted,
            ["restartCount"] = RestartCount,
            ["lastState"] = Done ? new JsonObject() : LastState?.DeepClone() ?? new JsonObject(),
        };
        if (IsRunning)
        {
            status["containerID"] = $"process://{Process!.Pid}";
            status["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Stamp(Process.StartedAt) } };
        }
        else if (Done)
        {
            status["state"] = LastState?.DeepClone();
        }
        else
        {
            var waiting = new JsonObject { ["reason"] = WaitReason };
            if (WaitMessage.Length > 0)
            {
                waiting["message"] = WaitMessage;
            }

            status["state"] = new JsonObject { ["waiting"] = waiting };
        }

        return status;
    }

    /// <summary>Forgets process and probes.</summary>
    public void DropProcess()
    {
        Process?.Dispose();
        Process = null;
        foreach (Probe? probe in (Probe?[])[Readiness, Liveness, Startup])
        {
            probe?.Dispose();
        }

        Readiness = Liveness = Startup = null;
    }

    public void Dispose() => DropProcess();

    internal static string Stamp(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
