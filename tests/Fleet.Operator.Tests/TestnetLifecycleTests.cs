using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

[assembly: AssemblyFixture(typeof(RealApiServerFixture))]

namespace Fleet.Operator.Tests;

public sealed class TestnetLifecycleTests(RealApiServerFixture servers)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_manifest_becomes_nodes_keys_and_a_genesis_and_then_nothing_more_is_written(bool onRealServer)
    {
        await using OperatorFixture fixture = await OperatorFixture.StartAsync(real: onRealServer ? await servers.GetAsync() : null);
        await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("the genesis is written", async () => await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady) == Reasons.WaitingForNodes);
        await fixture.UntilQuietAsync();

        Testnet testnet = await fixture.GetAsync("devnet");
        Assert.Equal(1, testnet.Status!.Iteration);
        Assert.Equal(64, testnet.Status.Validators!.Total);
        Assert.Equal("5/5", testnet.Status.Nodes!.Summary);
        Assert.StartsWith("/fleet/devnet-", testnet.Status.ProtocolId);
        Assert.EndsWith("/1", testnet.Status.ProtocolId);
        Assert.StartsWith("0x", testnet.Status.GenesisRoot);

        string[] nodes = ["devnet-boot-0", "devnet-eu-0", "devnet-eu-1", "devnet-eu-2", "devnet-eu-3"];
        Assert.Equal(nodes, await NamesAsync<BeaconNode>(fixture));
        Assert.Equal(nodes, await NamesAsync<StatefulSet>(fixture));
        Assert.Equal(nodes.Skip(1).Select(node => "data-" + node), await NamesAsync<PersistentVolumeClaim>(fixture));
        string[] secrets =
        [
            "devnet-boot-0-identity", "devnet-eu-0-identity", "devnet-eu-0-keys-i1", "devnet-eu-1-identity", "devnet-eu-1-keys-i1", "devnet-eu-2-identity",
            "devnet-eu-2-keys-i1", "devnet-eu-3-identity", "devnet-eu-3-keys-i1", "devnet-mnemonic",
        ];
        Assert.Equal(secrets, (await NamesAsync<Secret>(fixture)).Where(name => name.StartsWith("devnet", StringComparison.Ordinal)));
        Assert.Equal(["devnet-i1", "devnet-i1-keys", "devnet-i1-time", "devnet-peers"], (await NamesAsync<ConfigMap>(fixture)).Where(name => name.StartsWith("devnet", StringComparison.Ordinal)));

        ConfigMap peers = await fixture.Client.GetAsync<ConfigMap>(new ObjectKey(OperatorFixture.Namespace, "devnet-peers"), CancellationToken.None);
        Assert.Equal(5, peers.Data!["peers.yaml"].Split("/p2p/16Uiu2HA").Length - 1);

        // A restarted operator finds everything as it should be.
        await fixture.RestartOperatorAsync("beacon:dev");
        fixture.Counting.Forget();
        await fixture.UntilQuietAsync();
        Assert.Empty(fixture.Counting.Writes);
    }

    [Fact]
    public async Task What_a_user_changes_or_deletes_is_restored()
    {
        await using OperatorFixture fixture = await OperatorFixture.StartAsync();
        await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("the genesis is written", async () => await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady) == Reasons.WaitingForNodes);
        await fixture.UntilQuietAsync();
        string root = (await fixture.GetAsync("devnet")).Status!.GenesisRoot!;
        ConfigMap network = await fixture.Client.GetAsync<ConfigMap>(new ObjectKey(OperatorFixture.Namespace, "devnet-i1"), CancellationToken.None);

        foreach (string map in new[] { "devnet-i1", "devnet-i1-keys", "devnet-peers" })
        {
            await fixture.Client.DeleteAsync<ConfigMap>(new ObjectKey(OperatorFixture.Namespace, map), null, CancellationToken.None);
        }

        await fixture.Client.DeleteAsync<Service>(new ObjectKey(OperatorFixture.Namespace, "devnet"), null, CancellationToken.None);
        var labels = new System.Text.Json.Nodes.JsonObject { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["replicas"] = 0 } };
        await fixture.Client.PatchAsync<StatefulSet>(new ObjectKey(OperatorFixture.Namespace, "devnet-eu-1"), Patch.Merge(labels), null, CancellationToken.None);

        await fixture.UntilAsync("everything is there again", async () =>
            (await NamesAsync<ConfigMap>(fixture)).Count(name => name.StartsWith("devnet", StringComparison.Ordinal)) == 4
            && (await NamesAsync<Service>(fixture)).Contains("devnet")
            && (await fixture.Client.GetAsync<StatefulSet>(new ObjectKey(OperatorFixture.Namespace, "devnet-eu-1"), CancellationToken.None)).Spec!.Replicas == 1);
        ConfigMap again = await fixture.Client.GetAsync<ConfigMap>(new ObjectKey(OperatorFixture.Namespace, "devnet-i1"), CancellationToken.None);
        Assert.Equal(network.Data!["manifest.json"], again.Data!["manifest.json"]);
        Assert.Equal(network.BinaryData!["genesis.ssz.gz"], again.BinaryData!["genesis.ssz.gz"]);
        Assert.Equal(root, (await fixture.GetAsync("devnet")).Status!.GenesisRoot);
    }

    [Fact]
    public async Task An_ordinal_that_goes_and_comes_back_gets_its_keys_and_volume_and_a_new_one_gets_none()
    {
        await using OperatorFixture fixture = await OperatorFixture.StartAsync();
        await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("the genesis is written", async () => await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady) == Reasons.WaitingForNodes);
        await fixture.UntilQuietAsync();
        string claim = (await fixture.Client.GetAsync<PersistentVolumeClaim>(new ObjectKey(OperatorFixture.Namespace, "data-devnet-eu-3"), CancellationToken.None)).Metadata.Uid!;
        string keys = (await fixture.Client.GetAsync<Secret>(new ObjectKey(OperatorFixture.Namespace, "devnet-eu-3-keys-i1"), CancellationToken.None)).Metadata.Uid!;

        await ScaleAsync(fixture, 3);
        await fixture.UntilAsync("the node is gone", async () => !(await NamesAsync<Pod>(fixture)).Contains("devnet-eu-3-0"));
        await ScaleAsync(fixture, 5);
        await fixture.UntilAsync("the nodes are there", async () => (await NamesAsync<Pod>(fixture)).Count == 6);
        await fixture.UntilQuietAsync();

        Assert.Equal(claim, (await fixture.Client.GetAsync<PersistentVolumeClaim>(new ObjectKey(OperatorFixture.Namespace, "data-devnet-eu-3"), CancellationToken.None)).Metadata.Uid);
        Assert.Equal(keys, (await fixture.Client.GetAsync<Secret>(new ObjectKey(OperatorFixture.Namespace, "devnet-eu-3-keys-i1"), CancellationToken.None)).Metadata.Uid);
        Pod back = await fixture.Client.GetAsync<Pod>(new ObjectKey(OperatorFixture.Namespace, "devnet-eu-3-0"), CancellationToken.None);
        Pod added = await fixture.Client.GetAsync<Pod>(new ObjectKey(OperatorFixture.Namespace, "devnet-eu-4-0"), CancellationToken.None);
        Assert.Equal(["beacon", "validator"], back.Spec!.Containers.Select(container => container.Name));
        Assert.Equal(["beacon"], added.Spec!.Containers.Select(container => container.Name));

        await ScaleAsync(fixture, 2);
        await fixture.UntilAsync("the scale-down is refused", async () => await fixture.ReasonAsync("devnet", ConditionTypes.Accepted) == Reasons.StakeTooLow);
        Assert.Equal(6, (await NamesAsync<BeaconNode>(fixture)).Count);
    }

    [Fact]
    public async Task Bad_input_is_a_condition_and_disturbs_nothing()
    {
        await using OperatorFixture fixture = await OperatorFixture.StartAsync();
        await fixture.ApplySampleAsync("devnet.yaml", testnet => testnet.Spec.Network.ProtocolId = "/fleet/mine");
        await fixture.UntilAsync("the first is accepted", async () => await fixture.ReasonAsync("devnet", ConditionTypes.Accepted) == Reasons.Valid);
        await fixture.ApplySampleAsync("three-pools.yaml", testnet => testnet.Spec.Network.ProtocolId = "/fleet/mine");
        await fixture.UntilAsync("the second is refused", async () => await fixture.ReasonAsync("trinet", ConditionTypes.Accepted) == Reasons.ProtocolIdConflict);
        await fixture.ApplySampleAsync("three-pools.yaml", testnet => (testnet.Metadata.Name, testnet.Spec.Genesis.Validators) = ("other", 50));
        await fixture.UntilAsync("the third is refused", async () => await fixture.ReasonAsync("other", ConditionTypes.Accepted) == Reasons.SpecInvalid);
        Assert.DoesNotContain(await NamesAsync<BeaconNode>(fixture), name => !name.StartsWith("devnet-", StringComparison.Ordinal));
        Assert.Equal(Reasons.Valid, await fixture.ReasonAsync("devnet", ConditionTypes.Accepted));

        // The protocol ID becomes free, and the one that waited for it goes ahead.
        await fixture.Client.DeleteAsync<Testnet>(new ObjectKey(OperatorFixture.Namespace, "devnet"), null, CancellationToken.None);
        await fixture.UntilAsync("the second is accepted", async () => await fixture.ReasonAsync("trinet", ConditionTypes.Accepted) == Reasons.Valid);
    }

    [Fact]
    public async Task Suspending_scales_to_zero_and_keeps_the_data()
    {
        await using OperatorFixture fixture = await OperatorFixture.StartAsync();
        await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("the genesis is written", async () => await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady) == Reasons.WaitingForNodes);
        await PatchSpecAsync(fixture, new System.Text.Json.Nodes.JsonObject { ["suspend"] = true });
        await fixture.UntilAsync("no pod is left", async () => (await NamesAsync<Pod>(fixture)).Count == 0);
        await fixture.UntilAsync("the status says so", async () => (await fixture.GetAsync("devnet")).Status!.Phase == "Suspended");
        Assert.Equal(4, (await NamesAsync<PersistentVolumeClaim>(fixture)).Count);
        await PatchSpecAsync(fixture, new System.Text.Json.Nodes.JsonObject { ["suspend"] = false });
        await fixture.UntilAsync("all pods run again", async () => (await fixture.GetAsync("devnet")).Status!.Nodes!.Summary == "5/5");
    }

    private static async Task<List<string>> NamesAsync<T>(OperatorFixture fixture)
        where T : class, IKubernetesObject<T> =>
        [.. (await fixture.Client.ListAllAsync<T>(OperatorFixture.Namespace, null, CancellationToken.None)).Items.Select(item => item.Metadata.Name!).Order(StringComparer.Ordinal)];

    private static Task ScaleAsync(OperatorFixture fixture, int replicas) => fixture.Client.PatchAsync<Testnet>(
        new ObjectKey(OperatorFixture.Namespace, "devnet"),
        Patch.Json(Patch.Operation("replace", "/spec/pools/0/replicas", replicas)),
        null,
        CancellationToken.None);

    private static Task PatchSpecAsync(OperatorFixture fixture, System.Text.Json.Nodes.JsonObject spec) => fixture.Client.PatchAsync<Testnet>(
        new ObjectKey(OperatorFixture.Namespace, "devnet"), Patch.Merge(new System.Text.Json.Nodes.JsonObject { ["spec"] = spec }), null, CancellationToken.None);
}
