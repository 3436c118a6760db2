using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Sweep;

/// <summary>Something that a user does, in steps; before each the world is at rest.</summary>
/// <param name="Name">How it is called in plans.</param>
/// <param name="BeginsEmpty">Whether it begins without a testnet; otherwise with the one that <see cref="Create"/> leaves.</param>
/// <param name="Steps">What is done.</param>
/// <param name="Expected">Words that the end state has, so that a sweep does not compare failures with failures.</param>
public sealed record Workload(string Name, bool BeginsEmpty, IReadOnlyList<Func<IKubernetesClient, Task>> Steps, string Expected)
{
    /// <summary>Whether nodes answer and a chain goes on. Then there is no rest, and a step is done when <see cref="IsDone"/> says so; only the last one, which suspends the testnet, leads to rest.</summary>
    public bool HasChain { get; init; }

    /// <summary>Whether what a step began has come to its end.</summary>
    public Func<IKubernetesClient, Task<bool>> IsDone { get; init; } = _ => Task.FromResult(true);

    /// <summary>The image everything begins with.</summary>
    public const string Image = "beacon:1";

    /// <summary>The image that is rolled out.</summary>
    public const string NextImage = "beacon:2";

    /// <summary>An image that votes for wrong targets.</summary>
    public const string WrongImage = "beacon:wrong";

    // The genesis of all testnets is later than any request can be: a volume that is made after it is another story.
    private const string PairManifest =
        """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: devnet, namespace: nets}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}
          genesis: {delay: 30s, validators: 56}
          bootnodes: {replicas: 1}
          pools:
          - {name: eu, replicas: 3, validators: 56}
          rollout: {pairValidators: 4, warmup: 10s, interval: 40s, duration: 104s, bake: 30s, waves: ["1", "100%"]}
        """;

    private const string Manifest =
        """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: devnet, namespace: nets}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 6000}}
          genesis: {delay: 60s, validators: 8}
          bootnodes: {replicas: 1}
          pools:
          - {name: eu, replicas: 2, validators: 8}
          rollout: {strategy: AllAtOnce}
        """;

    private const string OneNodeManifest =
        """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: devnet, namespace: nets}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}
          genesis: {delay: 30s, validators: 8}
          bootnodes: {replicas: 1}
          pools:
          - {name: eu, replicas: 1, validators: 8}
          rollout: {strategy: AllAtOnce}
        """;

    private static readonly ObjectKey Key = new(VirtualWorld.Namespace, "devnet");

    /// <summary>A testnet is declared, and stands.</summary>
    public static Workload Create { get; } = new("create", BeginsEmpty: true, [CreateTestnetAsync], "Nodes: 3/3");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        Create,
        new("scale", BeginsEmpty: false, [SetAsync("/spec/pools/0/replicas", 4), SetAsync("/spec/pools/0/replicas", 2)], "Nodes: 3/3"),
        new("image", BeginsEmpty: false, [SetAsync("/spec/image", NextImage)], "image: " + NextImage),
        new("suspend", BeginsEmpty: false, [SetAsync("/spec/suspend", true), SetAsync("/spec/suspend", false)], "Nodes: 3/3"),
        new("delete", BeginsEmpty: false, [client => client.DeleteAsync<Testnet>(Key, null, CancellationToken.None)], "Testnets: 0"),
        Rolling("rollout", NextImage, $"CanaryRollout devnet-r1 to {NextImage}: Succeeded/Baked"),
        Rolling("refusal", WrongImage, $"CanaryRollout devnet-r1 to {WrongImage}: Stopped/DutiesFailed"),
        new(
            "reset",
            BeginsEmpty: true,
            [
                client => client.CreateAsync((Testnet)ManifestReader.Read(OneNodeManifest, "testnet.yaml")[0].Object, null, CancellationToken.None),
                client => client.CreateAsync(NewReset(), null, CancellationToken.None),
                SetAsync("/spec/suspend", true),
            ],
            "ChainReset devnet-i1: Completed/Finalizing to 2, Claimed CollectingEvidence Quiescing Archiving NewGenesis Starting Verifying Completed, keeps 1")
        {
            HasChain = true,
            IsDone = HasNoResetAsync,
        },
        new("namespace", BeginsEmpty: false, [client => client.DeleteAsync<Namespace>(new ObjectKey("", VirtualWorld.Namespace), null, CancellationToken.None)], "Testnets: 0"),
    ];

    /// <summary>The testnet of all workloads, not created yet.</summary>
    public static Testnet NewTestnet() => (Testnet)ManifestReader.Read(Manifest, "testnet.yaml")[0].Object;

    /// <summary>A testnet with a pair is made, an image is rolled out, and when that has ended everything is scaled to zero.</summary>
    private static Workload Rolling(string name, string image, string expected) => new(
        name,
        BeginsEmpty: true,
        [
            client => client.CreateAsync((Testnet)ManifestReader.Read(PairManifest, "testnet.yaml")[0].Object, null, CancellationToken.None),
            SetAsync("/spec/image", image),
            SetAsync("/spec/suspend", true),
        ],
        expected)
    {
        HasChain = true,
        IsDone = HasSettledAsync,
    };

    /// <summary>Whether the chain finalizes, no roll-out is under way or due, and every pod runs its node's image.</summary>
    private static async Task<bool> HasSettledAsync(IKubernetesClient client)
    {
        if (await client.FindAsync<Testnet>(Key, CancellationToken.None) is not { Status: { FinalizedEpoch: > 0, Images: { } images } } testnet)
        {
            return false;
        }

        string wanted = testnet.Spec.Image ?? Image;
        bool isDecided = images.Canary is null && (images.Stable == wanted || images.Rejected?.Exists(rejected => rejected.Image == wanted) == true);
        List<Pod> pods = (await client.ListAllAsync<Pod>(VirtualWorld.Namespace, null, CancellationToken.None)).Items;
        return isDecided && pods.Count == 6 && pods.TrueForAll(pod => pod.Metadata.DeletionTimestamp is null && pod.Spec!.Containers.TrueForAll(container => container.Image == images.Stable));
    }

    /// <summary>A person asks for the chain to be begun anew.</summary>
    private static ChainReset NewReset() => new()
    {
        Metadata = new ObjectMeta { Name = Names.Reset(Key.Name, 1), Namespace = Key.Namespace },
        Spec = new ChainResetSpec { Testnet = Key.Name, FromIteration = 1, Reason = "a try" },
    };

    /// <summary>Whether the chain finalizes and every reset has ended.</summary>
    private static async Task<bool> HasNoResetAsync(IKubernetesClient client) =>
        await client.FindAsync<Testnet>(Key, CancellationToken.None) is { Status: { FinalizedEpoch: > 0, ActiveReset: null } }
        && (await client.ListAllAsync<ChainReset>(VirtualWorld.Namespace, null, CancellationToken.None)).Items.TrueForAll(reset => ResetPhases.IsEnd(reset.Status?.Phase));

    private static Task CreateTestnetAsync(IKubernetesClient client) => client.CreateAsync(NewTestnet(), null, CancellationToken.None);

    private static Func<IKubernetesClient, Task> SetAsync(string path, JsonNode value) =>
        client => client.PatchAsync<Testnet>(Key, Patch.Json(Patch.Operation("add", path, value.DeepClone())), null, CancellationToken.None);
}
