using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Fleet.LocalCluster.Pods;

/// <summary>Runs the command of an <c>exec</c> probe beside its container: the same environment and working directory, a session of its own.</summary>
/// <param name="environment">Environment of the container.</param>
/// <param name="workingDirectory">Its working directory.</param>
/// <param name="time">The clock.</param>
internal sealed class ExecProbe(IReadOnlyDictionary<string, string> environment, string workingDirectory, TimeProvider time)
{
    /// <summary>Bytes of output that are kept, as the kubelet keeps them.</summary>
    private const int MaxOutput = 10 << 10;

    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(1);

    /// <summary>Runs a command to its end, or kills it when its time is over.</summary>
    /// <returns>Null when it exited with 0, else why not: what it said, or that it took too long.</returns>
    public async Task<string?> RunAsync(IReadOnlyList<string> command, TimeSpan limit, CancellationToken cancellationToken)
    {
        Process process;
        try
        {
            process = await ProcessLauncher.StartAsync(command, environment, workingDirectory);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return error.Message;
        }

        using (process)
        {
            int session = process.Id;
            using var timeout = new CancellationTokenSource(limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            Task<string[]> output = Task.WhenAll(ReadAsync(process.StandardOutput.BaseStream), ReadAsync(process.StandardError.BaseStream));
            try
            {
                await process.WaitForExitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return string.Create(CultureInfo.InvariantCulture, $"command \"{string.Join(' ', command)}\" timed out after {limit.TotalSeconds:0}s");
            }
            finally
            {
                foreach (int member in ProcessTable.Session(session))
                {
                    ProcessTable.Signal(member, ProcessTable.Kill);
                }
            }

            await Task.WhenAny(output, Task.Delay(OutputLimit, time, cancellationToken)); // what it left behind may hold the pipes
            string said = output.IsCompletedSuccessfully ? string.Concat(await output).Trim() : "";
            return process.ExitCode == 0 ? null
                : said.Length > 0 ? said : string.Create(CultureInfo.InvariantCulture, $"command \"{string.Join(' ', command)}\" exited with {process.ExitCode}");
        }
    }

    /// <summary>Reads a stream to its end and keeps its beginning.</summary>
    private static async Task<string> ReadAsync(Stream source)
    {
        using var kept = new MemoryStream();
        byte[] buffer = new byte[4096];
        int read;
        while ((read = await source.ReadAsync(buffer)) > 0)
        {
            kept.Write(buffer, 0, (int)Math.Min(read, MaxOutput - kept.Length));
        }

        return Encoding.UTF8.GetString(kept.ToArray());
    }
}
