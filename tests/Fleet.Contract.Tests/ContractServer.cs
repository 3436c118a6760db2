using Fleet.LocalCluster;
using TestKit;

[assembly: AssemblyFixture(typeof(Fleet.Contract.Tests.ContractServers))]

namespace Fleet.Contract.Tests;

/// <summary>Which API server a test talks to.</summary>
public enum ServerKind
{
    /// <summary>The API of the embedded cluster of this product, without its controllers.</summary>
    Local,

    /// <summary>The embedded cluster with its controllers: among them what kube-apiserver itself does for definitions that go.</summary>
    LocalWithControllers,

    /// <summary>kube-apiserver with etcd.</summary>
    Real,

    /// <summary>kube-apiserver of Kubernetes 1.25 or later, where there is one.</summary>
    Newer,
}

/// <summary>Both API servers, shared by all tests of the assembly and started by the first that asks.</summary>
public sealed class ContractServers : IAsyncDisposable
{
    private readonly RealApiServerFixture _real = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _dataDir = Directory.CreateTempSubdirectory("fleet-contract-").FullName;
    private readonly Dictionary<ServerKind, LocalCluster.LocalCluster> _local = [];

    /// <summary>A kubeconfig for a server; the test is skipped where there is no real one.</summary>
    public async Task<string> KubeconfigAsync(ServerKind kind) =>
        kind is ServerKind.Real or ServerKind.Newer ? (await RealAsync(kind)).KubeconfigPath : (await LocalAsync(kind)).KubeconfigPath;

    /// <summary>Version of a real server.</summary>
    public async Task<Version> VersionAsync(ServerKind kind) => (await RealAsync(kind)).Version;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _real.DisposeAsync();
        foreach (LocalCluster.LocalCluster cluster in _local.Values)
        {
            await cluster.DisposeAsync();
        }

        _gate.Dispose();
        Directory.Delete(_dataDir, recursive: true);
    }

    /// <summary>Makes versions before one too old to watch leases from.</summary>
    public async Task ForgetHistoryAsync(ServerKind kind, string version)
    {
        if (kind is ServerKind.Real or ServerKind.Newer)
        {
            await (await RealAsync(kind)).CompactAsync(version, TestContext.Current.CancellationToken);
        }
        else
        {
            (await LocalAsync(kind)).CompactHistory();
        }
    }

    private Task<RealApiServer> RealAsync(ServerKind kind) => _real.GetAsync(kind == ServerKind.Newer ? ApiServerEdition.WithRules : ApiServerEdition.Any);

    private async Task<LocalCluster.LocalCluster> LocalAsync(ServerKind kind)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_local.TryGetValue(kind, out LocalCluster.LocalCluster? cluster))
            {
                cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions
                {
                    DataDir = Path.Combine(_dataDir, kind.ToString()),
                    RunPods = false,
                    RunControllers = kind == ServerKind.LocalWithControllers,
                });
                _local[kind] = cluster;
            }

            return cluster;
        }
        finally
        {
            _gate.Release();
        }
    }
}
