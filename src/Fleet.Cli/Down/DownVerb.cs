using System.Diagnostics;
using Fleet.Cli.Common;
using Fleet.Cli.Drill;
using Fleet.Kubernetes;

namespace Fleet.Cli.Down;

/// <summary>Stops the process of a local fleet and waits until it is gone.</summary>
internal static class DownVerb
{
    /// <summary>Longest wait for pods to end (10 s each, side by side) and state to be written.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(DataDirectory directory, bool wipe, TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        using Process? process = directory.RunningProcess();
        if (process is null && !Directory.Exists(directory.Path))
        {
            throw new CliException($"There is no fleet in {directory.Path}; name another with --data-dir.");
        }

        IReadOnlyList<string> times = [];
        if (process is not null)
        {
            if (!wipe && File.Exists(directory.Kubeconfig))
            {
                using KubernetesClient client = Connection.Open(directory.Kubeconfig, context: null);
                times = await SleepTimes.ReadAsync(client, time, cancellationToken);
            }

            await StopAsync(process, time, cancellationToken);
            await output.WriteLineAsync($"Stopped the fleet in {directory.Path}.");
        }
        else
        {
            await output.WriteLineAsync($"No fleet runs in {directory.Path}.");
        }

        await DrillLeftovers.RemoveAsync(directory.Path, new Machine(), time, output, cancellationToken);
        if (wipe)
        {
            using (directory.Lock())
            {
                Directory.Delete(directory.Path, recursive: true);
            }

            await output.WriteLineAsync($"Removed {directory.Path}.");
        }
        else
        {
            await output.WriteLineAsync(
                "'fleet up' with the same data directory continues the chain. "
                + (times.Count == 0
                    ? "Validators lose stake while it is down, in the end so much that none is left."
                    : $"It can be left so: {string.Join(", ", times)}; after that its validators have leaked too much stake."));
        }

        return ExitCodes.Ok;
    }

    private static async Task StopAsync(Process process, TimeProvider time, CancellationToken cancellationToken)
    {
        Signals.Terminate(process.Id);
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(linked.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new CliException($"The fleet (process {process.Id}) did not stop within {Patience.TotalSeconds:F0} s; end it with 'kill -9 {process.Id}': its state survives that.");
        }
    }
}
