using System.Diagnostics;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Pods;

/// <summary>One run of one container: its process, its log, and the file that remembers it for the next start of the fleet.</summary>
internal sealed class ContainerProcess : IDisposable
{
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(2);
    private readonly Process _process;
    private readonly ContainerLog _log;
    private readonly string _record;
    private readonly TimeProvider _time;
    private readonly Task _finished;

    private ContainerProcess(Process process, ContainerLog log, string record, TimeProvider time, Action exited)
    {
        _time = time;
        _process = process;
        _log = log;
        _record = record;
        StartedAt = time.GetUtcNow();
        Pid = process.Id;
        _finished = FinishAsync(exited);
    }

    public int Pid { get; }

    public DateTimeOffset StartedAt { get; }

    public bool HasExited => _finished.IsCompleted;

    /// <summary>Exit code, or 128 + signal; only after the exit.</summary>
    public int ExitCode { get; private set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>Completes when the process has ended and its output is in the log.</summary>
    public Task Finished => _finished;

    /// <summary>Starts the process; <paramref name="record"/> is written before anything else can go wrong.</summary>
    public static async Task<ContainerProcess> StartAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string workingDirectory, string logPath, string record, TimeProvider time, Action exited)
    {
        var log = new ContainerLog(logPath, time);
        try
        {
            Process process = await ProcessLauncher.StartAsync(command, environment, workingDirectory);
            var state = new JsonObject
            {
                ["pid"] = (long)process.Id,
                ["start"] = ProcessTable.StartTime(process.Id) ?? 0,
                ["uid"] = environment.GetValueOrDefault("FLEET_POD_UID"),
            };
            await File.WriteAllBytesAsync(record, JsonText.Bytes(state));
            return new ContainerProcess(process, log, record, time, exited);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>SIGTERM to the container's first process; after the grace period SIGKILL to everything it started.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        if (!HasExited && grace > TimeSpan.Zero)
        {
            ProcessTable.Signal(Pid, ProcessTable.Terminate);
            await Task.WhenAny(_finished, Task.Delay(grace, _time));
        }

        KillSession();
        await _finished;
    }

    /// <summary>Kills what a former fleet process left behind, by the records of its containers.</summary>
    public static void KillLeftover(string record)
    {
        try
        {
            JsonObject state = JsonText.ParseObject(File.ReadAllBytes(record));
            int pid = (int)(state.Int("pid") ?? 0);
            string uid = state.Str("uid") ?? "";
            if (pid > 1)
            {
                // The leader may be gone while what it started lives on in its session: told by the pod's UID in the environment.
                foreach (int member in ProcessTable.Session(pid).Where(m => ProcessTable.HasVariable(m, "FLEET_POD_UID", uid)))
                {
                    ProcessTable.Signal(member, ProcessTable.Kill);
                }
            }
        }
        catch (Exception error) when (error is IOException or System.Text.Json.JsonException)
        {
            // No record, or half of one: the process was not let run yet.
        }

        File.Delete(record);
    }

    public void Dispose()
    {
        _process.Dispose();
        _log.Dispose();
    }

    private async Task FinishAsync(Action exited)
    {
        await Task.Yield();
        Task output = Task.WhenAll(_log.CopyAsync(_process.StandardOutput.BaseStream), _log.CopyAsync(_process.StandardError.BaseStream));
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        KillSession();
        await Task.WhenAny(output, Task.Delay(OutputLimit, _time)); // something it left behind may hold the pipes
        ExitCode = _process.ExitCode;
        FinishedAt = _time.GetUtcNow();
        File.Delete(_record);
        _log.Dispose();
        exited();
    }

    private void KillSession()
    {
        foreach (int member in ProcessTable.Session(Pid))
        {
            ProcessTable.Signal(member, ProcessTable.Kill);
        }
    }
}
