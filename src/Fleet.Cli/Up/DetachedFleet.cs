using System.Diagnostics;
using Fleet.Cli.Common;

namespace Fleet.Cli.Up;

/// <summary>Starts a fleet that outlives this command, in a session of its own, with its output in the data directory.</summary>
internal static class DetachedFleet
{
    /// <summary>Hidden verb that the background process runs.</summary>
    public const string ServeVerb = "serve";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when the API server of the new fleet answers.</summary>
    /// <exception cref="CliException">It ended at once, or did not come up in time; the sentence carries its last words.</exception>
    public static async Task StartAsync(UpOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        DataDirectory directory = options.DataDirectory;
        using (directory.Lock())
        {
            // What is left of a fleet that was killed must not be taken for the new one.
            directory.RemoveRecord();
        }

        long logStart = File.Exists(directory.Log) ? new FileInfo(directory.Log).Length : 0;
        using Process child = Process.Start(StartInfo(options))!;
        long started = time.GetTimestamp();
        while (true)
        {
            using (Process? running = directory.RunningProcess())
            {
                if (running is not null)
                {
                    return;
                }
            }

            if (child.HasExited)
            {
                throw new CliException(LastWords(directory.Log, logStart));
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                child.Kill(entireProcessTree: true);
                throw new CliException($"The fleet did not start within {Patience.TotalSeconds:F0} s; its log is {directory.Log}.", ExitCodes.TimedOut);
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>The shell only redirects; <c>setsid</c> keeps Ctrl-C of this terminal away from the fleet.</summary>
    private static ProcessStartInfo StartInfo(UpOptions options)
    {
        var start = new ProcessStartInfo("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec setsid \"$@\" </dev/null >>\"$log\" 2>&1");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(options.DataDirectory.Log);
        start.ArgumentList.Add(Environment.ProcessPath!);
        start.ArgumentList.Add(ServeVerb);
        start.ArgumentList.Add("--data-dir");
        start.ArgumentList.Add(options.DataDirectory.Path);
        start.ArgumentList.Add("--api-port");
        start.ArgumentList.Add(options.ApiPort.ToString());
        start.ArgumentList.Add("--operator-metrics-port");
        start.ArgumentList.Add(options.OperatorMetricsPort.ToString());
        foreach ((string name, string path) in options.Images)
        {
            start.ArgumentList.Add("--image");
            start.ArgumentList.Add($"{name}={path}");
        }

        return start;
    }

    private static string LastWords(string log, long from)
    {
        using FileStream file = new(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(from, SeekOrigin.Begin);
        using StreamReader reader = new(file);
        string? said = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(line => line.StartsWith("fleet: ", StringComparison.Ordinal));
        return said is null ? $"The fleet ended at once; its log is {log}." : said["fleet: ".Length..];
    }
}
