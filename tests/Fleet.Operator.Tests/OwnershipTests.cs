using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Planning;
using Microsoft.Extensions.Logging.Abstractions;
using TestKit;

namespace Fleet.Operator.Tests;

/// <summary>Whose an object is, and what the operator does with those of others.</summary>
public sealed class OwnershipTests
{
    private static readonly ObjectKey Node = new(OperatorFixture.Namespace, "devnet-eu-1");

    [Fact]
    public async Task A_testnet_applied_anew_takes_nothing_from_the_old_one()
    {
        await using OperatorFixture fixture = await StartAsync();
        Testnet old = await fixture.GetAsync("devnet");
        string mnemonic = await MnemonicAsync(fixture);

        // The garbage collector is slow: everything of the old one is still there when the new one comes.
        await fixture.Client.DeleteAsync<Testnet>(new ObjectKey(OperatorFixture.Namespace, "devnet"), null, CancellationToken.None);
        await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("the new one is accepted", async () => await fixture.ReasonAsync("devnet", ConditionTypes.Accepted) == Reasons.Valid);
        Testnet waiting = await fixture.GetAsync("devnet");
        Assert.Null(waiting.Status!.GenesisRoot);

        await CollectAsync<BeaconNode>(fixture, old);
        await CollectAsync<ConfigMap>(fixture, old);
        await CollectAsync<Secret>(fixture, old);
        await CollectAsync<Service>(fixture, old);
        await CollectAsync<PodDisruptionBudget>(fixture, old);
        await CollectAsync<PersistentVolumeClaim>(fixture, old);
        await fixture.UntilAsync("the new genesis is written", async () => await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady) == Reasons.WaitingForNodes);
        Testnet anew = await fixture.GetAsync("devnet");
        Assert.NotEqual(old.Status!.GenesisRoot, anew.Status!.GenesisRoot);
        Assert.NotEqual(old.Status.ProtocolId, anew.Status.ProtocolId);
        Assert.NotEqual(mnemonic, await MnemonicAsync(fixture));
    }

    [Fact]
    public async Task A_reset_that_a_person_made_goes_with_its_testnet()
    {
        await using OperatorFixture fixture = await StartAsync();
        var key = new ObjectKey(OperatorFixture.Namespace, Names.Reset("devnet", 7));
        var asked = new ChainReset { Metadata = new ObjectMeta { Name = key.Name, Namespace = key.Namespace }, Spec = new ChainResetSpec { Testnet = "devnet", FromIteration = 7, Reason = "a try" } };
        await fixture.Client.CreateAsync(asked, null, CancellationToken.None);
        ChainReset? seen = null;
        await fixture.UntilAsync("the reset is refused", async () => (seen = await fixture.Client.FindAsync<ChainReset>(key, CancellationToken.None))?.Status?.Phase == ResetPhases.Suppressed);
        OwnerReference owner = Assert.Single(seen!.Metadata.OwnerReferences!);
        Assert.Equal((await fixture.GetAsync("devnet")).Metadata.Uid, owner.Uid);
        await fixture.UntilQuietAsync();
    }

    [Fact]
    public async Task Labels_that_a_user_removed_come_back()
    {
        await using OperatorFixture fixture = await StartAsync();
        JsonObject without = new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Labels.AppManagedBy] = null } } };
        var record = new ObjectKey(OperatorFixture.Namespace, "devnet-i1-keys");
        await fixture.Client.PatchAsync<StatefulSet>(Node, Patch.Merge(without.DeepClone()), null, CancellationToken.None);
        await fixture.Client.PatchAsync<ConfigMap>(record, Patch.Merge(without.DeepClone()), null, CancellationToken.None);

        await fixture.UntilAsync("the labels are there again", async () =>
            IsLabelled(await fixture.Client.GetAsync<StatefulSet>(Node, CancellationToken.None)) && IsLabelled(await fixture.Client.GetAsync<ConfigMap>(record, CancellationToken.None)));
        await fixture.UntilQuietAsync();
        Assert.Equal(Reasons.WaitingForNodes, await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady));
    }

    [Fact]
    public async Task An_object_in_the_way_is_left_alone()
    {
        await using OperatorFixture fixture = await OperatorFixture.StartAsync();
        var users = new Service { Metadata = new ObjectMeta { Name = "devnet", Namespace = OperatorFixture.Namespace }, Spec = new ServiceSpec { Ports = [new ServicePort { Port = 80, Name = "mine" }] } };
        Service before = await fixture.Client.CreateAsync(users, null, CancellationToken.None);
        await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("nodes are made", async () => (await fixture.Client.ListAllAsync<BeaconNode>(OperatorFixture.Namespace, null, CancellationToken.None)).Items.Count == 5);
        await fixture.UntilAsync("the operator has tried", () => Task.FromResult(fixture.Counting.Writes.Contains("create Service devnet")));
        Assert.Equal(before.Metadata.ResourceVersion, (await fixture.Client.GetAsync<Service>(ObjectKey.Of(before), CancellationToken.None)).Metadata.ResourceVersion);

        await fixture.UntilAsync("the testnet says what is in the way", async () =>
            (await fixture.Client.ListAllAsync<CoreEvent>(OperatorFixture.Namespace, null, CancellationToken.None)).Items.Exists(told =>
                told.InvolvedObject is { Kind: "Testnet", Name: "devnet" } && told.Reason == EventReasons.WriteRefused && told.Message!.Contains("Service default/devnet", StringComparison.Ordinal)));

        // Out of the way, the operator's own takes its place.
        await fixture.Client.DeleteAsync<Service>(ObjectKey.Of(before), null, CancellationToken.None);
        await fixture.UntilAsync("the operator's own is there", async () => await fixture.Client.FindAsync<Service>(ObjectKey.Of(before), CancellationToken.None) is { } own && IsLabelled(own));
    }

    [Fact]
    public async Task A_pod_is_not_replaced_on_the_word_of_an_older_StatefulSet()
    {
        await using OperatorFixture fixture = await StartAsync();
        var key = new ObjectKey(OperatorFixture.Namespace, Names.Pod(Node.Name));
        Pod? pod = null;
        await fixture.UntilAsync("the pod is there", async () => (pod = await fixture.Client.FindAsync<Pod>(key, CancellationToken.None)) is not null);
        StatefulSet older = await fixture.Client.GetAsync<StatefulSet>(Node, CancellationToken.None);
        var longer = new JsonObject { ["spec"] = new JsonObject { ["minReadySeconds"] = 1 } };
        await fixture.Client.PatchAsync<StatefulSet>(Node, Patch.Merge(longer), null, CancellationToken.None);

        PlanApplier applier = Applier(fixture);
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(
            async () => await applier.RunAsync(new PlanAction.ReplacePod(pod!, "its template is outdated", older), await fixture.GetAsync("devnet"), CancellationToken.None));
        Assert.Contains("StatefulSet default/devnet-eu-1 has changed.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(pod!.Metadata.Uid, (await fixture.Client.GetAsync<Pod>(key, CancellationToken.None)).Metadata.Uid);
    }

    [Fact]
    public async Task No_phase_is_written_on_the_word_of_an_older_spec()
    {
        await using OperatorFixture fixture = await StartAsync();
        Testnet older = await fixture.GetAsync("devnet");
        var reads = new RecentReads(TimeProvider.System);
        var phases = new PhaseWriter(new OwnerChecks(fixture.Client, reads), new TermFence(fixture.Client, Leadership.Unopposed, reads), null!, null!);
        await phases.ClaimAsync(older, CancellationToken.None);

        var another = new JsonObject { ["spec"] = new JsonObject { ["image"] = "beacon:2" } };
        Testnet newer = await fixture.Client.PatchAsync<Testnet>(ObjectKey.Of(older), Patch.Merge(another), null, CancellationToken.None);
        reads.Clear();
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => phases.ClaimAsync(older, CancellationToken.None));
        Assert.Contains("Testnet default/devnet has changed.", refused.Message, StringComparison.Ordinal);
        await phases.ClaimAsync(newer, CancellationToken.None);
    }

    [Fact]
    public async Task A_genesis_is_told_only_while_the_server_holds_its_files()
    {
        await using OperatorFixture fixture = await StartAsync();
        Testnet before = await fixture.GetAsync("devnet");
        var files = new ObjectKey(OperatorFixture.Namespace, Names.Network("devnet", 1));
        await fixture.UntilAsync("the files are there", async () => await fixture.Client.FindAsync<ConfigMap>(files, CancellationToken.None) is not null);
        string root = NetworkManifests.Read((await fixture.Client.GetAsync<ConfigMap>(files, CancellationToken.None)).Data)!.GenesisRoot;
        before.Status = null;

        PlanApplier applier = Applier(fixture);
        await applier.CheckGenesisAsync(before, new TestnetStatus { Iteration = 1, GenesisRoot = root }, CancellationToken.None);
        foreach (TestnetStatus mistaken in (TestnetStatus[])[new() { Iteration = 2, GenesisRoot = root }, new() { Iteration = 1, GenesisRoot = "0x00" }])
        {
            KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => applier.CheckGenesisAsync(before, mistaken, CancellationToken.None));
            Assert.True(refused.IsConflict);

            // What was told before is not looked for again.
            await applier.CheckGenesisAsync(new Testnet { Metadata = before.Metadata, Spec = before.Spec, Status = mistaken }, mistaken, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_field_that_is_no_longer_wanted_goes_and_a_foreign_one_stays(bool onRealServer)
    {
        Assert.SkipUnless(!onRealServer || RealApiServer.WhyNot is null, RealApiServer.WhyNot ?? "");
        await using RealApiServer? real = onRealServer ? await RealApiServer.StartAsync(edition: RealApiServer.Newest, cancellationToken: TestContext.Current.CancellationToken) : null;
        await using OperatorFixture fixture = await StartAsync(real, testnet => testnet.Spec.Pools[0].NodeSelector = new Dictionary<string, string> { ["example.org/disk"] = "ssd" });
        Assert.Equal("ssd", (await fixture.Client.GetAsync<BeaconNode>(Node, CancellationToken.None)).Spec.NodeSelector!["example.org/disk"]);
        await fixture.Client.PatchAsync<BeaconNode>(
            Node, Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["example.org/mine"] = "kept" } } }), new WriteOptions { FieldManager = "user" }, CancellationToken.None);
        BeaconNode before = await fixture.Client.GetAsync<BeaconNode>(Node, CancellationToken.None);
        Assert.SkipUnless(
            before.Metadata.ManagedFields!.Exists(entry => entry.Subresource == "status"),
            "not here: this API server is older than 1.22 and does not tell the owner of a status from that of the object");

        await fixture.Client.PatchAsync<Testnet>(
            new ObjectKey(OperatorFixture.Namespace, "devnet"), Patch.Json(Patch.Operation("remove", "/spec/pools/0/nodeSelector")), null, CancellationToken.None);

        await fixture.UntilAsync("the field is gone", async () => (await fixture.Client.GetAsync<BeaconNode>(Node, CancellationToken.None)).Spec.NodeSelector is null or { Count: 0 });
        await fixture.UntilAsync("also from the pod", async () =>
            (await fixture.Client.GetAsync<StatefulSet>(Node, CancellationToken.None)).Spec!.Template!.Spec!.NodeSelector is null or { Count: 0 });
        Assert.Equal("kept", (await fixture.Client.GetAsync<BeaconNode>(Node, CancellationToken.None)).Metadata.Annotations!["example.org/mine"]);
    }

    private static PlanApplier Applier(OperatorFixture fixture)
    {
        var reads = new RecentReads(TimeProvider.System);
        return new PlanApplier(fixture.Client, null!, null!, new OwnerChecks(fixture.Client, reads), reads, () => true, NullLogger.Instance);
    }

    private static async Task<OperatorFixture> StartAsync(RealApiServer? real = null, Action<Testnet>? change = null)
    {
        OperatorFixture fixture = await OperatorFixture.StartAsync(real: real);
        await fixture.ApplySampleAsync("devnet.yaml", change);
        await fixture.UntilAsync("the genesis is written", async () => await fixture.ReasonAsync("devnet", ConditionTypes.GenesisReady) == Reasons.WaitingForNodes);
        await fixture.UntilQuietAsync();
        return fixture;
    }

    private static async Task<string> MnemonicAsync(OperatorFixture fixture) => Convert.ToHexString(
        (await fixture.Client.GetAsync<Secret>(new ObjectKey(OperatorFixture.Namespace, "devnet-mnemonic"), CancellationToken.None)).Data!["mnemonic"]);

    /// <summary>What the garbage collector does in the end.</summary>
    private static async Task CollectAsync<T>(OperatorFixture fixture, Testnet owner)
        where T : class, IKubernetesObject<T>
    {
        foreach (T item in (await fixture.Client.ListAllAsync<T>(OperatorFixture.Namespace, null, CancellationToken.None)).Items)
        {
            if (item.Metadata.OwnerReferences?.Exists(reference => reference.Uid == owner.Metadata.Uid) == true)
            {
                await fixture.Client.DeleteAsync<T>(ObjectKey.Of(item), null, CancellationToken.None);
            }
        }
    }

    private static bool IsLabelled(IKubernetesObject value) => value.Metadata.Labels?.GetValueOrDefault(Labels.AppManagedBy) == Labels.ManagedByValue;
}
