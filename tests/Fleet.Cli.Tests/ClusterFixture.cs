using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;

namespace Fleet.Cli.Tests;

/// <summary>An API server of our kinds in this process, where nothing runs beside it.</summary>
public sealed class ClusterFixture : IAsyncLifetime, IFaultInjector
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-cli-").FullName;
    private Fleet.LocalCluster.LocalCluster? _cluster;
    private KubernetesClient? _client;
    private Func<Task>? _beforePatch;
    private int _expiring;
    private int _namespaces;

    internal IKubernetesClient Client => _client!;

    internal string KubeconfigPath => _cluster!.KubeconfigPath;

    /// <summary>Happens once, when the next change of a testnet or roll-out by a person has been sent and before it is carried out.</summary>
    internal Func<Task>? BeforePatch
    {
        set => _beforePatch = value;
    }

    /// <summary>The next event of a watch is not delivered: the watch ends, as when a server has forgotten what was before.</summary>
    internal void ExpireNextWatch() => Volatile.Write(ref _expiring, 1);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { DataDir = _directory, RunPods = false, RunControllers = false, Faults = this });
        _client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = _cluster.KubeconfigPath }));
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await _client.CreateAsync(definition, null, CancellationToken.None);
        }
    }

    /// <summary>A namespace that nothing else is in.</summary>
    internal async Task<string> NamespaceAsync()
    {
        string name = $"n{Interlocked.Increment(ref _namespaces)}";
        await Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, null, CancellationToken.None);
        return name;
    }

    /// <inheritdoc/>
    public async ValueTask<Fault> OnRequestAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        if (request is { Verb: "patch", Resource: "canaryrollouts" or "testnets", Subresource: "" } && Interlocked.Exchange(ref _beforePatch, null) is { } act)
        {
            await act();
        }

        return Fault.None;
    }

    /// <inheritdoc/>
    public ValueTask<WatchFault> OnWatchEventAsync(WatchDelivery delivery, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Interlocked.Exchange(ref _expiring, 0) == 1 ? new WatchFault(Expire: true) : WatchFault.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
