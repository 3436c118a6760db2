using System.Diagnostics;
using System.Text;
using TestKit;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>One instance of the operator as a process, started anew whenever it ends, as a Deployment does with a pod.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    /// <summary>
    /// Runs a program under a shell that sends it the signals it is told on its standard input, and kills it at the end of that: so it never
    /// outlives the tests.
    /// </summary>
    private const string Script = "exec 3<&0; \"$@\" </dev/null 3<&- & child=$!; (while read -r signal; do kill -$signal $child; done; kill -KILL $child 2>/dev/null) <&3 & wait $child; code=$?; kill $! 2>/dev/null; exit $code";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string[] _arguments;
    private readonly Lock _lock = new();
    private readonly StringBuilder _said = new();
    private readonly Task _supervisor;
    private Process _process;
    private bool _stopping;

    private OperatorProcess(string[] arguments)
    {
        _arguments = arguments;
        _process = Launch();
        _supervisor = SuperviseAsync();
    }

    /// <summary>The manager of this build.</summary>
    private static string Executable { get; } = Path.Combine(Repository.Root, "artifacts", "bin", "Fleet.Manager", "release", "Fleet.Manager");

    /// <summary>Process id of what runs now; another one after a restart.</summary>
    public int ProcessId
    {
        get
        {
            lock (_lock)
            {
                return _process.Id;
            }
        }
    }

    /// <summary>The last of what it wrote since its start.</summary>
    public string LastWords => Said is { Length: > 4000 } said ? said[^4000..] : Said;

    private string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public static OperatorProcess Start(params string[] arguments) => new(arguments);

    /// <summary>Whether what runs now took the Lease under an identity.</summary>
    public bool IsKnownAs(string identity) => Said.Contains($"{identity} leads ", StringComparison.Ordinal);

    /// <summary>Whether what runs now takes part in the election.</summary>
    public bool HasStarted => Said.Contains("leads ", StringComparison.Ordinal) || Said.Contains(" is held by ", StringComparison.Ordinal);

    /// <summary>SIGKILL; it is started again.</summary>
    public void Kill() => Signal("KILL");

    /// <summary>SIGTERM, and waits until it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _stopping = true;
        }

        Signal("TERM");
        await _supervisor.WaitAsync(Patience);
    }

    private void Signal(string name)
    {
        lock (_lock)
        {
            _process.StandardInput.WriteLine(name);
            _process.StandardInput.Flush();
        }
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", Executable, .. _arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        lock (_said)
        {
            _said.Clear();
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            Process process = _process;
            await process.WaitForExitAsync();
            lock (_lock)
            {
                process.Dispose();
                if (_stopping)
                {
                    return;
                }

                _process = Launch();
            }
        }
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            lock (_said)
            {
                _said.AppendLine(line);
            }
        }
    }
}
