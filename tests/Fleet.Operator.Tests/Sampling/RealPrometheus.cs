using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>Debian's Prometheus on loopback, which scrapes given targets of one pod; <c>.ci/prometheus.sh</c> provides it.</summary>
internal sealed class RealPrometheus : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private RealPrometheus(Process process, string folder, Uri address)
    {
        _process = process;
        _folder = folder;
        Address = address;
    }

    /// <summary>Its root, below a path as behind a gateway.</summary>
    public Uri Address { get; }

    /// <summary>What it said, for messages.</summary>
    public string Log => File.Exists(LogPath) ? string.Join('\n', File.ReadLines(LogPath).TakeLast(15)) : "";

    /// <summary>Why it cannot be run here; null when it can.</summary>
    public static string? WhyNot => Program is null ? "not here: no prometheus; '.ci/prometheus.sh' provides it" : null;

    private static string? Program { get; } = Candidates().FirstOrDefault(File.Exists);

    private string LogPath => Path.Combine(_folder, "log");

    /// <summary>Starts it; it scrapes every two seconds.</summary>
    public static RealPrometheus Start(string @namespace, string pod, params ReadOnlySpan<string> targets)
    {
        string folder = Directory.CreateTempSubdirectory("fleet-prometheus-").FullName;
        string jobs = string.Concat(targets.ToArray().Select((target, i) => $$"""
            - job_name: job-{{i}}
              static_configs:
              - targets: ["{{target}}"]
                labels: {namespace: "{{@namespace}}", pod: "{{pod}}"}

            """));
        File.WriteAllText(Path.Combine(folder, "prometheus.yml"), "global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n" + jobs);
        int port = FreePort();
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, WorkingDirectory = folder };
        foreach (string argument in (string[])
            [

                // It has a standard input of its own; ours ends with this process, and with it Prometheus.
                "-c", "exec 3<&0 2>/dev/null; \"$@\" </dev/null 3<&- >log 2>&1 & child=$!; (cat >/dev/null; kill -9 $child 2>/dev/null) <&3 & wait $child; kill $! 2>/dev/null", "sh",
                Program!, "--config.file=prometheus.yml", "--storage.tsdb.path=data", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
                "--web.external-url=http://127.0.0.1/team-a", "--log.level=warn",
            ])
        {
            start.ArgumentList.Add(argument);
        }

        return new RealPrometheus(Process.Start(start)!, folder, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/team-a/")));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using Process process = _process;
        process.StandardInput.Close();
        await process.WaitForExitAsync(CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<string> Candidates()
    {
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache");
        string cache = Environment.GetEnvironmentVariable("FLEET_CACHE") ?? Path.Combine(home, "fleet-operator");
        return [Path.Combine(cache, "prometheus", "prometheus"), "/usr/bin/prometheus"];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
