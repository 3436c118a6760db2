using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Cli.Common;

/// <summary>The directory that is one local fleet: its objects, certificates, claims, logs, and the record of the process that runs it.</summary>
internal sealed class DataDirectory(string path)
{
    /// <summary>Absolute path of the directory.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Credentials of the fleet's API server; never merged into the user's own kubeconfig.</summary>
    public string Kubeconfig => System.IO.Path.Combine(Path, "kubeconfig");

    /// <summary>Output of a detached fleet.</summary>
    public string Log => System.IO.Path.Combine(Path, "fleet.log");

    /// <summary>What the cluster and the operator have to say.</summary>
    public string OperatorLog => System.IO.Path.Combine(Path, "operator.log");

    private string RecordFile => System.IO.Path.Combine(Path, "fleet.json");

    private string LockFile => System.IO.Path.Combine(Path, "fleet.lock");

    /// <summary><c>$XDG_STATE_HOME/fleet</c>, by default <c>~/.local/state/fleet</c>.</summary>
    public static string DefaultPath
    {
        get
        {
            string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            string root = string.IsNullOrEmpty(state)
                ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state")
                : state;
            return System.IO.Path.Combine(root, "fleet");
        }
    }

    /// <summary>Takes the directory for this process.</summary>
    /// <exception cref="CliException">Another process runs a fleet here, or the directory cannot be written.</exception>
    public FileStream Lock()
    {
        Make();
        try
        {
            return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !File.Exists(LockFile)))
        {
            throw Unusable(e);
        }
        catch (IOException e)
        {
            string who = RunningProcess() is { } process ? $"process {process.Id}" : "another process";
            throw new CliException(
                $"A fleet already runs in {Path} ({who}): use 'kubectl --kubeconfig {Kubeconfig} apply -f …' to change it, 'fleet down' to stop it, or --data-dir for another.",
                ExitCodes.Failed,
                e);
        }
    }

    private void Make()
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    private CliException Unusable(Exception reason) =>
        new($"The data directory {Path} cannot be written ({reason.Message.TrimEnd('.')}); choose another with --data-dir.", ExitCodes.Failed, reason);

    /// <summary>Records that this process runs the fleet and serves at <paramref name="apiServer"/>.</summary>
    public void WriteRecord(string apiServer)
    {
        using var self = Process.GetCurrentProcess();
        var record = new FleetRecord(self.Id, self.StartTime.ToUniversalTime().Ticks, apiServer);
        string temporary = RecordFile + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(record, DataDirectoryJson.Default.FleetRecord));
        File.Move(temporary, RecordFile, overwrite: true);
    }

    public void RemoveRecord() => File.Delete(RecordFile);

    /// <summary>The recorded process, when it still runs; a process that merely got the same id does not count.</summary>
    public Process? RunningProcess()
    {
        if (ReadRecord() is not { } record)
        {
            return null;
        }

        try
        {
            var process = Process.GetProcessById(record.Pid);
            if (Math.Abs(process.StartTime.ToUniversalTime().Ticks - record.StartTicks) < TimeSpan.TicksPerSecond && !IsZombie(record.Pid))
            {
                return process;
            }

            process.Dispose();
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A killed process whose parent has not asked for its exit code is still listed, but runs no more.</summary>
    private static bool IsZombie(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 2).StartsWith("Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private FleetRecord? ReadRecord()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(RecordFile), DataDirectoryJson.Default.FleetRecord);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Which process runs a fleet.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">When the process started, in ticks of UTC; tells it from a later process with the same id.</param>
/// <param name="ApiServer">URL of the fleet's API server.</param>
internal sealed record FleetRecord(int Pid, long StartTicks, string ApiServer);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FleetRecord))]
internal sealed partial class DataDirectoryJson : JsonSerializerContext;
