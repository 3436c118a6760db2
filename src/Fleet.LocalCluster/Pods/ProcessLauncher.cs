using System.Collections.Concurrent;
using System.Diagnostics;

namespace Fleet.LocalCluster.Pods;

/// <summary>
/// Starts processes that die with this one. <c>setpriv --pdeathsig</c> asks the kernel to kill the child when the <em>thread</em> that
/// started it ends, so all are started by one thread that lives as long as the process. <c>setsid</c> gives each a session of its own:
/// Ctrl-C reaches only the fleet, and whatever a container starts can be found by its session.
/// </summary>
internal static class ProcessLauncher
{
    private const int MaxWaiting = 1024;
    private static readonly Lazy<BlockingCollection<Action>> Queue = new(StartThread);

    /// <summary>Starts a process; its output is redirected, its input is empty.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The tools are missing.</exception>
    public static Task<Process> StartAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var info = new ProcessStartInfo("/usr/bin/setsid")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
        };
        foreach (string argument in (string[])["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", .. command])
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Clear();
        foreach ((string name, string value) in environment)
        {
            info.Environment[name] = value;
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Value.Add(() =>
        {
            try
            {
                var process = new Process { StartInfo = info };
                _ = process.Start();
                process.StandardInput.Close();
                started.SetResult(process);
            }
            catch (Exception error)
            {
                started.SetException(error);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var queue = new BlockingCollection<Action>(MaxWaiting);
        var thread = new Thread(() =>
        {
            foreach (Action action in queue.GetConsumingEnumerable())
            {
                action();
            }
        })
        {
            IsBackground = true,
            Name = "process-launcher",
        };
        thread.Start();
        return queue;
    }
}
