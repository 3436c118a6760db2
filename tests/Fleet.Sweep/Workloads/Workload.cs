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
    /// <summary>The image everything begins with.</summary>
    public const string Image = "beacon:1";

    /// <summary>The image that is rolled out.</summary>
    public const string NextImage = "beacon:2";

    private const string Manifest =
        """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: devnet, namespace: nets}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 6000}}
          genesis: {delay: 60s, validators: 8}
          bootnodes: {replicas: 1}
          rollout: {strategy: AllAtOnce}
          pools:
          - {name: eu, replicas: 2, validators: 8}
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
        new("namespace", BeginsEmpty: false, [client => client.DeleteAsync<Namespace>(new ObjectKey("", VirtualWorld.Namespace), null, CancellationToken.None)], "Testnets: 0"),
    ];

    /// <summary>The testnet of all workloads, not created yet.</summary>
    public static Testnet NewTestnet() => (Testnet)ManifestReader.Read(Manifest, "testnet.yaml")[0].Object;

    private static Task CreateTestnetAsync(IKubernetesClient client) => client.CreateAsync(NewTestnet(), null, CancellationToken.None);

    private static Func<IKubernetesClient, Task> SetAsync(string path, JsonNode value) =>
        client => client.PatchAsync<Testnet>(Key, Patch.Json(Patch.Operation("add", path, value.DeepClone())), null, CancellationToken.None);
}
