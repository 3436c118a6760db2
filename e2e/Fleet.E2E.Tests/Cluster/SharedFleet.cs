using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;
using TestKit;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>All cases share one cluster and one testnet on it, the sample; each leaves it as it found it.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<SharedFleet>
{
    public const string Name = "cluster";
}

/// <summary>The cluster under test, with the operator and the sample testnet, which has finalized.</summary>
public sealed class SharedFleet : IAsyncLifetime
{
    /// <summary>Name of the sample testnet.</summary>
    public const string Sample = "devnet";

    /// <summary>How long anything may take on a machine that has much else to do. Nothing is said about how long it should.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _manifests = Directory.CreateTempSubdirectory("fleet-e2e-");
    private KubernetesClient? _client;

    /// <summary>The cluster.</summary>
    public IClusterUnderTest Cluster { get; } = HelmCluster.Configured is { } kubeconfig ? new HelmCluster(kubeconfig) : new EmbeddedCluster();

    /// <summary>A client of its API server.</summary>
    public IKubernetesClient Client => _client!;

    /// <summary>Root of the sample's genesis block, which never changes.</summary>
    public string GenesisRoot { get; private set; } = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        try
        {
            await Cluster.StartAsync();
            _client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = Cluster.KubeconfigPath }));
            await ApplyAsync(
                Cluster.Namespace,
                (await File.ReadAllTextAsync(FleetCommand.Sample("devnet.yaml"), Token)).Replace("SLOT_DURATION_MS: 1000", $"SLOT_DURATION_MS: {Cluster.SlotMilliseconds}", StringComparison.Ordinal));
            await IsWellAsync();
            GenesisRoot = (await TestnetAsync()).Status!.GenesisRoot!;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await Cluster.DisposeAsync();
        _manifests.Delete(recursive: true);
    }

    /// <summary>Waits for something.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> condition) => Eventually.TrueAsync(condition, () => what, Patience, Token);

    /// <summary>Waits until the sample is as its spec says, every pod is ready, and the chain finalizes.</summary>
    public async Task IsWellAsync()
    {
        Testnet? seen = null;
        await Eventually.TrueAsync(
            async () =>
            {
                seen = await TestnetAsync();
                return seen.Status is { ObservedGeneration: { } generation } status
                    && generation == seen.Metadata.Generation
                    && status.Conditions!.Exists(condition => condition is { Type: ConditionTypes.Ready, Status: "True" })
                    && (await PodsAsync()) is { } pods
                    && pods.Count == status.Nodes!.Desired
                    && pods.Values.All(PodFacts.IsReady);
            },
            () => $"{Sample} is well; its status says: {string.Join(" ", seen?.Status?.Conditions?.Select(condition => $"{condition.Type}={condition.Status} ({condition.Message})") ?? [])}",
            Patience,
            Token);
    }

    /// <summary>Waits until every node that is ready has finalized an epoch that none had when this was called, on the chain it began with.</summary>
    public async Task FinalizesOnAsync()
    {
        IReadOnlyList<ulong?> before = await AskReadyNodesAsync(node => node.FinalizedEpochAsync());
        ulong final = before.Max() ?? 0;
        await UntilAsync(
            $"every ready node of {Sample} finalizes an epoch after {final}",
            async () => await AskReadyNodesAsync(node => node.FinalizedEpochAsync()) is { Count: > 0 } now && now.All(epoch => epoch > final));
        await UntilAsync(
            $"every ready node of {Sample} tells its genesis",
            async () => (await AskReadyNodesAsync(node => node.GenesisRootAsync())).All(root => root is not null));
        Assert.All(await AskReadyNodesAsync(node => node.GenesisRootAsync()), root => Assert.Equal(GenesisRoot, root));
    }

    /// <summary>The sample as the API server has it.</summary>
    public Task<Testnet> TestnetAsync() => Client.GetAsync<Testnet>(new ObjectKey(Cluster.Namespace, Sample), Token);

    /// <summary>A condition of the sample.</summary>
    public async Task<Condition?> ConditionAsync(string type) => (await TestnetAsync()).Status?.Conditions?.Find(condition => condition.Type == type);

    /// <summary>All pods of the sample, by name.</summary>
    public Task<Dictionary<string, Pod>> PodsAsync() => PodsAsync(Labels.Testnet + "=" + Sample);

    /// <summary>Its pods that follow the chain, by name: all but those of bootnodes.</summary>
    public Task<Dictionary<string, Pod>> NodePodsAsync() => PodsAsync($"{Labels.Testnet}={Sample},{Labels.Role}!={NodeRoles.Bootnode}");

    /// <summary>What changes when a pod is replaced or one of its containers restarted.</summary>
    public static Dictionary<string, string> Lives(IReadOnlyDictionary<string, Pod> pods) => pods.ToDictionary(
        pair => pair.Key,
        pair => $"{pair.Value.Metadata.Uid}, restarts {string.Join('+', pair.Value.Status?.ContainerStatuses?.OrderBy(status => status.Name, StringComparer.Ordinal).Select(status => status.RestartCount) ?? [])}",
        StringComparer.Ordinal);

    /// <summary>Output of a kubectl command that must succeed.</summary>
    public async Task<string> KubectlAsync(params string[] arguments)
    {
        CommandResult result = await FleetCommand.KubectlAsync(Cluster.KubeconfigPath, arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    /// <summary>Changes the sample by a JSON merge patch, as a user does.</summary>
    public Task PatchAsync(string patch) => KubectlAsync("patch", "testnet", Sample, "-n", Cluster.Namespace, "--type=merge", "-p", patch);

    /// <summary>Changes a field of the sample's only pool.</summary>
    public Task PatchPoolAsync(string field, string value) =>
        KubectlAsync("patch", "testnet", Sample, "-n", Cluster.Namespace, "--type=json", "-p", $$"""[{"op":"add","path":"/spec/pools/0/{{field}}","value":{{value}}}]""");

    /// <summary>Applies a manifest in a namespace.</summary>
    public async Task ApplyAsync(string @namespace, string manifest)
    {
        string file = Path.Combine(_manifests.FullName, "manifest.yaml");
        await File.WriteAllTextAsync(file, manifest, Token);
        await KubectlAsync("apply", "-n", @namespace, "-f", file);
    }

    private async Task<Dictionary<string, Pod>> PodsAsync(string selector) =>
        (await Client.ListAllAsync<Pod>(Cluster.Namespace, new ListOptions { LabelSelector = selector }, Token)).Items.ToDictionary(pod => pod.Metadata.Name!, StringComparer.Ordinal);

    private async Task<IReadOnlyList<T?>> AskReadyNodesAsync<T>(Func<ChainReader, Task<T?>> ask)
    {
        var answers = new List<T?>();
        foreach (Pod pod in (await NodePodsAsync()).Values.Where(PodFacts.IsReady))
        {
            using var reader = new ChainReader(PodProxyHandler.BeaconApi, new PodProxyHandler(Client, ObjectKey.Of(pod)));
            answers.Add(await ask(reader));
        }

        return answers;
    }
}
