using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using TestKit;

namespace Fleet.Operator.Tests;

/// <summary>An operator in this process on a local API server, with a kubelet that runs nothing.</summary>
internal sealed class OperatorFixture : IAsyncDisposable
{
    public const string Namespace = "default";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory;
    private readonly Fleet.LocalCluster.LocalCluster? _cluster;
    private readonly KubernetesClient _client;
    private readonly CancellationTokenSource _stop = new();
    private Task _operator = Task.CompletedTask;
    private OperatorHost? _host;

    private OperatorFixture(string directory, Fleet.LocalCluster.LocalCluster? cluster, KubernetesClient client)
    {
        _directory = directory;
        _cluster = cluster;
        _client = client;
        Counting = new CountingClient(client);
        Kubelet = new ScriptedKubelet(client, Namespace);
    }

    public IKubernetesClient Client => _client;

    public CountingClient Counting { get; }

    public ScriptedKubelet Kubelet { get; }

    /// <param name="image">The operator's own image.</param>
    /// <param name="real">A real API server instead of the local one.</param>
    public static async Task<OperatorFixture> StartAsync(string? image = "beacon:dev", RealApiServer? real = null)
    {
        string directory = Directory.CreateTempSubdirectory("fleet-operator-").FullName;
        Fleet.LocalCluster.LocalCluster? cluster = real is null
            ? await Fleet.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { DataDir = directory, RunPods = false, RunControllers = false })
            : null;
        var client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = cluster?.KubeconfigPath ?? real!.KubeconfigPath }));
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await client.CreateAsync(definition, null, CancellationToken.None);
        }

        // A real server serves a new kind a moment after its definition was created.
        await Eventually.TrueAsync(
            async () => await IsServedAsync<Testnet>(client) && await IsServedAsync<BeaconNode>(client),
            () => "the custom resources are served",
            Patience);
        var fixture = new OperatorFixture(directory, cluster, client);
        fixture.Begin(image);
        return fixture;
    }

    /// <summary>Creates a sample, whose genesis is not reached in this test: from then on the status tells of nodes that say nothing.</summary>
    public async Task<Testnet> ApplySampleAsync(string sample, Action<Testnet>? change = null)
    {
        var testnet = (Testnet)ManifestReader.Read(File.ReadAllText(Path.Combine(Repository.Root, "crds", "samples", sample)), sample)[0].Object;
        testnet.Metadata.Namespace = Namespace;
        testnet.Spec.Genesis.Delay = new Duration("1h");
        change?.Invoke(testnet);
        return await _client.CreateAsync(testnet, null, CancellationToken.None);
    }

    /// <summary>Plays the kubelet until something is so.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> condition) => Eventually.TrueAsync(
        async () =>
        {
            await Kubelet.RoundAsync(CancellationToken.None);
            return await condition();
        },
        () => what + "; " + Describe(),
        Patience);

    /// <summary>Plays the kubelet until the operator has nothing left to do.</summary>
    public async Task UntilQuietAsync()
    {
        int quiet = 0;
        await UntilAsync("the operator comes to rest", async () =>
        {
            int before = Counting.Writes.Count;
            await Task.Yield();
            quiet = _host?.IsIdle == true && before == _lastWrites ? quiet + 1 : 0;
            _lastWrites = before;
            return quiet >= 12;
        });
    }

    private int _lastWrites = -1;

    public Task<Testnet> GetAsync(string name) => _client.GetAsync<Testnet>(new ObjectKey(Namespace, name), CancellationToken.None);

    public async Task<string?> ReasonAsync(string name, string condition) =>
        (await GetAsync(name)).Status?.Conditions?.Find(candidate => candidate.Type == condition)?.Reason;

    public async Task RestartOperatorAsync(string? image)
    {
        await _stopOperator.CancelAsync();
        await _operator;
        Begin(image);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stopOperator.CancelAsync();
        await _operator;
        _client.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
        _stop.Dispose();
    }

    private CancellationTokenSource _stopOperator = new();

    private void Begin(string? image)
    {
        _stopOperator = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        CancellationToken token = _stopOperator.Token;
        _operator = Task.Run(() => OperatorHost.RunAsync(Counting, new OperatorOptions { BeaconImage = image }, host => _host = host, token), CancellationToken.None);
    }

    private static async Task<bool> IsServedAsync<T>(KubernetesClient client)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            await client.FindAsync<T>(new ObjectKey(Namespace, "nothing"), CancellationToken.None);
            KubernetesList<T> list = await client.ListAsync<T>(Namespace, null, CancellationToken.None);
            return list.Items.Count == 0;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    private string Describe() => string.Join("\n", Counting.Writes.TakeLast(30));
}
