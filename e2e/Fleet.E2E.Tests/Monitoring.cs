using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>Debian's Prometheus with the chart's alerts, ten times quicker, its Alertmanager, and the webhook that it tells; <c>.ci/prometheus.sh</c> provides the programs.</summary>
/// <remarks>Prometheus is configured as <c>docs/alerts.md</c> says for a laptop.</remarks>
internal sealed class Monitoring : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _webhook;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly ConcurrentDictionary<string, string> _states = new();
    private readonly ConcurrentQueue<string> _told = new();
    private readonly List<Process> _programs = [];
    private readonly int _prometheusPort = FreePort();

    private Monitoring(DirectoryInfo folder)
    {
        _folder = folder;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebhookPort = FreePort();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, WebhookPort));
        _webhook = builder.Build();
        _webhook.Run(ReceiveAsync);
    }

    /// <summary>Why it cannot be run here; null when it can.</summary>
    public static string? WhyNot => Program("prometheus") is null || Program("prometheus-alertmanager") is null || !File.Exists("/usr/share/prometheus/alertmanager/email.tmpl")
        ? "not here: no prometheus or no alertmanager; '.ci/prometheus.sh' provides them, as root"
        : null;

    /// <summary>Everything that the webhook was told, in order.</summary>
    public IEnumerable<string> Told => _told;

    private int WebhookPort { get; }

    /// <summary>A TCP port of loopback that nobody has.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts all of it.</summary>
    /// <param name="kubeconfig">Kubeconfig of the fleet.</param>
    /// <param name="operatorMetricsPort">Where the operator's metrics are.</param>
    public static async Task<Monitoring> StartAsync(string kubeconfig, int operatorMetricsPort)
    {
        var monitoring = new Monitoring(Directory.CreateTempSubdirectory("fleet-monitoring-"));
        try
        {
            await monitoring._webhook.StartAsync(TestContext.Current.CancellationToken);
            int alertmanagerPort = FreePort();
            monitoring.Write("alertmanager.yml", $$"""
                route: {receiver: webhook, group_by: [alertname, namespace, testnet, node], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
                receivers: [{name: webhook, webhook_configs: [{url: "http://127.0.0.1:{{monitoring.WebhookPort}}/", send_resolved: true}]}]
                """);
            monitoring.Write("rules.yml", await OutputAsync("alerts-rules.sh", "--scale", "0.1"));
            monitoring.Write("targets.yml", await OutputAsync("scrape-targets.sh", kubeconfig));
            monitoring.Write("prometheus.yml", Documented(operatorMetricsPort) + $$"""
                alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:{{alertmanagerPort}}"]}]}]}
                """);
            monitoring.Run("prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=alertmanager", $"--web.listen-address=127.0.0.1:{alertmanagerPort}", "--cluster.listen-address=");
            monitoring.Run("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", $"--web.listen-address=127.0.0.1:{monitoring._prometheusPort}", "--rules.alert.resend-delay=5s", "--log.level=warn");
            return monitoring;
        }
        catch
        {
            await monitoring.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when so many targets answer.</summary>
    public async Task ScrapesAsync(int targets)
    {
        string last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    last = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_prometheusPort}/api/v1/query?query=sum(up)"), TestContext.Current.CancellationToken);
                    return last.Contains($"\"{targets}\"]", StringComparison.Ordinal);
                }
                catch (HttpRequestException exception)
                {
                    last = exception.Message;
                    return false;
                }
            },
            () => $"{targets} targets answer; {last}\n{Log("prometheus")}",
            Patience);
    }

    /// <summary>Returns when the last that was told of each alert is this.</summary>
    /// <param name="state"><c>firing</c> or <c>resolved</c>.</param>
    /// <param name="alerts">Names of alerts.</param>
    /// <param name="orNever">Whether one that nothing was told of will do.</param>
    public Task AreAsync(string state, string[] alerts, bool orNever = false) => Eventually.TrueAsync(
        () => alerts.All(alert => _states.TryGetValue(alert, out string? told) ? told == state : orNever),
        () => $"{string.Join(", ", alerts)} are {state}; told was: {string.Join(", ", _states.Select(told => $"{told.Key} {told.Value}"))}\n{Log("prometheus")}\n{Log("prometheus-alertmanager")}",
        Patience);

    public async ValueTask DisposeAsync()
    {
        foreach (Process program in _programs)
        {
            program.StandardInput.Close();
            await program.WaitForExitAsync(CancellationToken.None);
            program.Dispose();
        }

        await _webhook.DisposeAsync();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<string> OutputAsync(string script, params string[] arguments)
    {
        CommandResult result = await FleetCommand.RunProgramAsync(Path.Combine(Repository.Root, ".ci", script), arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output;
    }

    /// <summary>The configuration of the documentation, with the operator where it is.</summary>
    private static string Documented(int operatorMetricsPort)
    {
        const string Begin = "```yaml\nglobal:";
        const string OperatorTarget = "127.0.0.1:9464";
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md"));
        int from = page.IndexOf(Begin, StringComparison.Ordinal);
        Assert.True(from >= 0, "docs/alerts.md has no configuration for a laptop");
        from += "```yaml\n".Length;
        string text = page[from..page.IndexOf("```", from, StringComparison.Ordinal)];
        Assert.Contains(OperatorTarget, text, StringComparison.Ordinal);
        return text.Replace(OperatorTarget, $"127.0.0.1:{operatorMetricsPort}", StringComparison.Ordinal);
    }

    private static string? Program(string name)
    {
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache");
        string cache = Environment.GetEnvironmentVariable("FLEET_CACHE") ?? Path.Combine(home, "fleet-operator");
        return new[] { Path.Combine(cache, "prometheus", name), Path.Combine("/usr/bin", name) }.FirstOrDefault(File.Exists);
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using JsonDocument told = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        foreach (JsonElement alert in told.RootElement.GetProperty("alerts").EnumerateArray())
        {
            string name = alert.GetProperty("labels").GetProperty("alertname").GetString()!;
            string state = alert.GetProperty("status").GetString()!;
            _states[name] = state;
            _told.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {state} {name}: {alert.GetProperty("annotations").GetProperty("summary").GetString()}");
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private string Log(string program)
    {
        string path = Path.Combine(_folder.FullName, program + ".log");
        return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(15)) : "";
    }

    /// <summary>Starts a program that ends with this process.</summary>
    private void Run(string name, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, WorkingDirectory = _folder.FullName };

        // It has a standard input of its own; ours ends with this process, and with it the program.
        foreach (string argument in (string[])
            [
                "-c", "exec 3<&0 2>/dev/null; log=$1; shift; \"$@\" </dev/null 3<&- >\"$log\" 2>&1 & child=$!; (cat >/dev/null; kill -9 $child 2>/dev/null) <&3 & wait $child; kill $! 2>/dev/null", "sh",
                name + ".log", Program(name)!, .. arguments,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        _programs.Add(Process.Start(start)!);
    }
}
