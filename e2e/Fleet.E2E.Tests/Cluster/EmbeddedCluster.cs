using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using TestKit;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>The cluster of a laptop in this process, with two instances of the operator's own program beside it, as the chart would run them.</summary>
internal sealed class EmbeddedCluster : IClusterUnderTest
{
    private const string LeaseName = "fleet-operator";
    private const string BeaconImage = "localhost/beacon:e2e";
    private const int Instances = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("fleet-e2e-");
    private readonly List<OperatorProcess> _operators = [];
    private LocalCluster.LocalCluster? _cluster;
    private KubernetesClient? _client;
    private bool _watchesAll;

    public string KubeconfigPath => _cluster!.KubeconfigPath;

    public string Namespace => "fleet-system";

    public string OtherNamespace => "team-a";

    public string UnpullableImage => "localhost/no-such-image:0";

    public string CrashingImage => "localhost/crashes:0";

    public string? NextBeaconImage => null;

    public string WhyNoNextImage => "not here: needs a cluster with container images (RolloutTests rolls out local builds)";

    public int SlotMilliseconds => 250;

    public string? WhyNoHelm => "not here: needs a cluster with Helm and pod security; name one with FLEET_E2E_KUBECONFIG, see docs/e2e.md";

    private static string Beacon { get; } = new[]
    {
        Path.Combine(Repository.Root, "artifacts", "publish", "beacon", "beacon"),
        Path.Combine(Repository.Root, "artifacts", "bin", "Beacon.Cli", "release", "beacon"),
    }.First(File.Exists);

    public async Task StartAsync()
    {
        var images = new Dictionary<string, string>(StringComparer.Ordinal) { [BeaconImage] = Beacon, [CrashingImage] = "/bin/false" };
        _cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { DataDir = _data.FullName, ImageMap = images });
        _client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = _cluster.KubeconfigPath }));
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await _client.CreateAsync(definition, null, CancellationToken.None);
        }

        foreach (string name in new[] { Namespace, OtherNamespace })
        {
            await _client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, null, CancellationToken.None);
        }

        await InstallAsync();
    }

    public async Task InstallAsync()
    {
        for (int i = 0; i < Instances; i++)
        {
            _operators.Add(OperatorProcess.Start(
                "--kubeconfig=" + KubeconfigPath,
                "--leader-elect=true",
                "--leader-election-namespace=" + Namespace,
                "--leader-election-id=" + LeaseName,
                "--leader-elect-lease-duration=5s",
                "--leader-elect-renew-deadline=4s",
                "--leader-elect-retry-period=500ms",
                "--watch-namespaces=" + (_watchesAll ? "" : Namespace),
                "--beacon-image=" + BeaconImage,
                "--metrics-bind-address=0",
                "--health-probe-bind-address=0"));
        }

        await Eventually.TrueAsync(
            () => _operators.TrueForAll(instance => instance.HasStarted),
            () => "every instance of the operator takes part in the election; they said: " + string.Join('\n', _operators.Select(instance => instance.LastWords)),
            Patience);
    }

    public async Task UpgradeAsync()
    {
        await StopAsync();
        await InstallAsync();
    }

    public Task WatchAllNamespacesAsync()
    {
        if (_watchesAll)
        {
            return Task.CompletedTask;
        }

        _watchesAll = true;
        return UpgradeAsync();
    }

    public async Task<IReadOnlyList<string>> UninstallAsync()
    {
        await StopAsync();
        return [];
    }

    public Task<IReadOnlySet<string>> OperatorsAsync() =>
        Task.FromResult<IReadOnlySet<string>>(_operators.Select(instance => instance.ProcessId.ToString()).ToHashSet(StringComparer.Ordinal));

    public async Task KillLeaderAsync()
    {
        // The Lease may still name one that was killed a moment ago.
        OperatorProcess? leader = null;
        await Eventually.TrueAsync(
            async () =>
            {
                string? holder = (await _client!.FindAsync<Lease>(new ObjectKey(Namespace, LeaseName), CancellationToken.None))?.Spec?.HolderIdentity;
                leader = holder is { Length: > 0 } ? _operators.Find(instance => instance.IsKnownAs(holder)) : null;
                return leader is not null;
            },
            () => "a running instance holds the lease",
            Patience);
        leader!.Kill();
    }

    public Task KillOperatorsAsync()
    {
        _operators.ForEach(instance => instance.Kill());
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client?.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }

    private async Task StopAsync()
    {
        foreach (OperatorProcess instance in _operators)
        {
            await instance.DisposeAsync();
        }

        _operators.Clear();
    }
}
