using System.Globalization;
using System.Net;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using TestKit;

namespace Fleet.Manager.Tests;

/// <summary>The whole process but its main method, against the API server of a laptop.</summary>
public sealed class ManagerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-manager-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _error = new();
    private readonly HttpClient _http = new();
    private Fleet.LocalCluster.LocalCluster _cluster = null!;
    private KubernetesClient _client = null!;
    private int _metricsPort;
    private int _healthPort;

    public async ValueTask InitializeAsync()
    {
        _cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { DataDir = _directory, RunPods = false, RunControllers = false });
        _client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = _cluster.KubeconfigPath }));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _client.Dispose();
        _http.Dispose();
        await _cluster.DisposeAsync();
        await _error.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task It_starts_works_answers_probes_and_scrapes_and_hands_over_on_SIGTERM()
    {
        await InstallAsync();
        foreach (string name in new[] { "other", "third" })
        {
            await _client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, null, TestContext.Current.CancellationToken);
        }

        Task<int> run = Run("--leader-elect", "--leader-election-namespace=default", "--watch-namespaces=default,third", "--beacon-image=beacon:dev");
        await Eventually.TrueAsync(() => Task.FromResult(_healthPort > 0), () => "it listens", Patience);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_healthPort, "/healthz"));
        await Eventually.TrueAsync(async () => await StatusAsync(_healthPort, "/readyz") == HttpStatusCode.OK, () => "it is ready", Patience);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(_healthPort, "/metrics"));

        await ApplyAsync("default", "devnet");
        await ApplyAsync("other", "elsewhere");
        await ApplyAsync("third", "trinet");
        await Eventually.TrueAsync(async () => (await ConditionAsync("default", "devnet")) == "True", () => "the testnet is accepted", Patience);
        await Eventually.TrueAsync(async () => (await ConditionAsync("third", "trinet")) == "True", () => "the testnet of the other namespace is accepted", Patience);
        Assert.Null(await ConditionAsync("other", "elsewhere"));
        Testnet devnet = await _client.GetAsync<Testnet>(new ObjectKey("default", "devnet"), TestContext.Current.CancellationToken);
        Assert.Equal("1", devnet.Metadata.Annotations?[Annotations.Term]);
        await AssertMetricsAsync();

        await _stop.CancelAsync();
        Assert.Equal(0, await run);
        Assert.Equal("", _error.ToString());
        Lease lease = await _client.GetAsync<Lease>(new ObjectKey("default", "fleet-operator"), TestContext.Current.CancellationToken);
        Assert.Equal("", lease.Spec!.HolderIdentity ?? "");
    }

    [Fact]
    public async Task Without_the_definitions_it_says_what_to_install()
    {
        Assert.Equal(1, await Run());
        Assert.Contains("install the custom resource definitions first", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_it_says_so()
    {
        string kubeconfig = Path.Combine(_directory, "nobody");
        await File.WriteAllTextAsync(kubeconfig, "current-context: c\nclusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: []\ncontexts: [{name: c, context: {cluster: k}}]\n", TestContext.Current.CancellationToken);

        Assert.Equal(1, await ManagerCommand.RunAsync(["--kubeconfig=" + kubeconfig, "--metrics-bind-address=0", "--health-probe-bind-address=0"], _error, null, _stop.Token));
        Assert.Contains("Nothing listens at http://127.0.0.1:1", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "does not exist", "--kubeconfig=/nowhere/at/all")]
    [InlineData(2, "--leader-election-namespace", "--leader-elect")]
    [InlineData(2, "renew deadline must be shorter", "--leader-elect", "--leader-election-namespace=default", "--leader-elect-renew-deadline=15s")]
    public async Task What_does_not_fit_ends_with_2(int code, string said, params string[] args)
    {
        string[] all = args[0].StartsWith("--kubeconfig", StringComparison.Ordinal) ? args : ["--kubeconfig=" + _cluster.KubeconfigPath, .. args];
        Assert.Equal(code, await ManagerCommand.RunAsync(all, _error, null, _stop.Token));
        Assert.Contains(said, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        Assert.Equal(1, await ManagerCommand.RunAsync(
            ["--kubeconfig=" + _cluster.KubeconfigPath, "--metrics-bind-address=127.0.0.1:" + port, "--health-probe-bind-address=0"], _error, null, _stop.Token));
        Assert.Contains(port, _error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Instruments, their types and their labels are an interface: dashboards and alerts are made for them. FLEET_UPDATE_GOLDEN=1 rewrites the list.</summary>
    private async Task AssertMetricsAsync()
    {
        string text = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_metricsPort}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("fleet_operator_working 1\n", text, StringComparison.Ordinal);
        Assert.Contains("fleet_testnet_running{namespace=\"third\",testnet=\"trinet\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("leader_election_master_status{name=\"fleet-operator\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("controller_runtime_max_concurrent_reconciles{controller=\"testnet\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("rest_client_requests_total{code=\"200\",host=\"127.0.0.1:", text, StringComparison.Ordinal);
        Assert.Contains("controller_runtime_reconcile_time_seconds_bucket{controller=\"beaconnode\",le=\"0.005\"}", text, StringComparison.Ordinal);
        MetricsPage.Matches("operator", text, "docs/operator.md");
        string[] lines = text.Split('\n');
        IEnumerable<string> families = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line["# TYPE ".Length..]);
        string list = string.Join('\n', families.Select(family => family + Labels(lines, family.Split(' ')[0])).Order(StringComparer.Ordinal)) + "\n";
        string file = Path.Combine(Repository.Root, "tests", "Fleet.Manager.Tests", "Golden", "metrics.txt");
        if (Environment.GetEnvironmentVariable("FLEET_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(file, list, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), list);

        // No series twice: each scrape would be refused as a whole.
        IEnumerable<string> series = lines.Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.LastIndexOf(' ')]);
        Assert.Empty(series.GroupBy(line => line, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    private static string Labels(string[] lines, string family)
    {
        IEnumerable<string> names = lines
            .Where(line => line.StartsWith(family, StringComparison.Ordinal) && line.Contains('{', StringComparison.Ordinal) && line[family.Length..].Split('{')[0] is "" or "_bucket" or "_sum" or "_count")
            .SelectMany(line => System.Text.RegularExpressions.Regex.Matches(line, "[{,]([a-z_]+)=\"").Select(match => match.Groups[1].Value))
            .Where(name => name != "le")
            .Distinct()
            .Order(StringComparer.Ordinal);
        string joined = string.Join(',', names);
        return joined.Length == 0 ? "" : " {" + joined + "}";
    }

    private Task<int> Run(params string[] args) => Task.Run(() => ManagerCommand.RunAsync(
        ["--kubeconfig=" + _cluster.KubeconfigPath, "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0", "--log-level=error", .. args],
        _error,
        (metrics, health) => (_metricsPort, _healthPort) = (metrics!.EndPoint.Port, health!.EndPoint.Port),
        _stop.Token));

    private async Task InstallAsync()
    {
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await _client.CreateAsync(definition, null, TestContext.Current.CancellationToken);
        }
    }

    private async Task ApplyAsync(string @namespace, string name)
    {
        string sample = Path.Combine(Repository.Root, "crds", "samples", "devnet.yaml");
        var testnet = (Testnet)ManifestReader.Read(await File.ReadAllTextAsync(sample, TestContext.Current.CancellationToken), sample)[0].Object;
        (testnet.Metadata.Namespace, testnet.Metadata.Name) = (@namespace, name);
        await _client.CreateAsync(testnet, null, TestContext.Current.CancellationToken);
    }

    private async Task<string?> ConditionAsync(string @namespace, string name) =>
        (await _client.GetAsync<Testnet>(new ObjectKey(@namespace, name), TestContext.Current.CancellationToken))
            .Status?.Conditions?.Find(condition => condition.Type == ConditionTypes.Accepted)?.Status;

    private async Task<HttpStatusCode> StatusAsync(int port, string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
