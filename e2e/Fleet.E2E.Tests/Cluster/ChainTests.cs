using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>What the operator does with whole chains and images by itself, each on a testnet of its own.</summary>
[Collection(ClusterCollection.Name)]
public sealed class ChainTests(SharedFleet fleet)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chain_is_begun_anew_when_a_person_asks_for_it()
    {
        const string Name = "anew";
        await StartAsync(Name, validators: 32, nodes: 2, "{strategy: AllAtOnce}");
        TestnetStatus before = (await TestnetAsync(Name)).Status!;

        await fleet.ApplyAsync(fleet.Cluster.Namespace, $$"""
            apiVersion: beaconfleet.dev/v1alpha1
            kind: ChainReset
            metadata: {name: {{Names.Reset(Name, 1)}} }
            spec: {testnet: {{Name}}, fromIteration: 1, reason: to see it}
            """);
        ChainReset? reset = null;
        await fleet.UntilAsync("the reset has ended", async () => ResetPhases.IsEnd((reset = await ResetAsync(Name))?.Status?.Phase));
        Assert.Equal(ResetPhases.Completed, reset!.Status!.Phase);
        Assert.Single(reset.Status.Archives!);
        Assert.NotEmpty((await fleet.Client.GetAsync<ConfigMap>(Key(Names.ResetEvidence(reset.Metadata.Name!)), Token)).BinaryData!);

        await fleet.UntilAsync("the new chain finalizes", async () => (await TestnetAsync(Name)).Status is { FinalizedEpoch: > 0, Iteration: 2, Phase: "Finalizing" });
        TestnetStatus after = (await TestnetAsync(Name)).Status!;
        Assert.NotEqual(before.GenesisRoot, after.GenesisRoot);
        Assert.NotEqual(before.GenesisValidatorsRoot, after.GenesisValidatorsRoot);
        Assert.NotEqual(before.ForkDigest, after.ForkDigest);
        Assert.NotEqual(before.ProtocolId, after.ProtocolId);
        await EndAsync(Name);
    }

    [Fact]
    public async Task A_good_image_is_tried_beside_a_baseline_and_goes_out()
    {
        Assert.SkipWhen(fleet.Cluster.NextBeaconImage is null, fleet.Cluster.WhyNoNextImage);
        const string Name = "tried";
        await StartAsync(Name, validators: 56, nodes: 3, "{pairValidators: 4, warmup: 5s, interval: 20s, duration: 104s, bake: 60s, waves: [\"1\", \"100%\"]}");
        await fleet.KubectlAsync("patch", "testnet", Name, "-n", fleet.Cluster.Namespace, "--type=merge", "-p", $$"""{"spec": {"image": "{{fleet.Cluster.NextBeaconImage}}" } }""");
        CanaryRollout? rollout = null;
        await fleet.UntilAsync(
            "the roll-out has ended or asks a person",
            async () => (rollout = await fleet.Client.FindAsync<CanaryRollout>(Key(Names.Rollout(Name, 1)), Token))?.Status?.Phase is { } phase && (RolloutPhases.IsEnd(phase) || phase == RolloutPhases.AwaitingApproval));
        if (rollout!.Status!.Phase == RolloutPhases.AwaitingApproval)
        {
            // Of a hundred like images a verdict of two minutes has seven looked at by a person.
            await fleet.KubectlAsync("patch", "canaryrollout", Names.Rollout(Name, 1), "-n", fleet.Cluster.Namespace, "--type=merge", "-p", """{"spec":{"decision":"Approve"}}""");
        }

        await fleet.UntilAsync("the roll-out has ended", async () => RolloutPhases.IsEnd((rollout = await fleet.Client.GetAsync<CanaryRollout>(Key(Names.Rollout(Name, 1)), Token)).Status?.Phase));
        CanaryRolloutStatus end = rollout.Status!;
        Assert.True(end.Phase == RolloutPhases.Succeeded, $"{end.Phase}, {end.Reason}, score {end.Score}: {end.Message}");

        // The testnet learns of the end from the roll-out's status, so it tells of it a pass later.
        await fleet.UntilAsync("the testnet takes the image for good", async () => (await TestnetAsync(Name)).Status!.Images!.LastGood == fleet.Cluster.NextBeaconImage);
        await fleet.UntilAsync(
            "the pair runs it too",
            async () => (await fleet.Client.ListAllAsync<Pod>(fleet.Cluster.Namespace, new ListOptions { LabelSelector = Labels.Testnet + "=" + Name }, Token)).Items is { Count: 6 } pods
                && pods.SelectMany(pod => pod.Spec!.Containers).All(container => container.Image == fleet.Cluster.NextBeaconImage));
        await EndAsync(Name);
    }

    private async Task StartAsync(string name, int validators, int nodes, string rollout)
    {
        await fleet.ApplyAsync(fleet.Cluster.Namespace, $$"""
            apiVersion: beaconfleet.dev/v1alpha1
            kind: Testnet
            metadata: {name: {{name}} }
            spec:
              network: {preset: minimal, config: {SLOT_DURATION_MS: {{fleet.Cluster.SlotMilliseconds}} } }
              genesis: {delay: 2s, validators: {{validators}} }
              bootnodes: {replicas: 1}
              rollout: {{rollout}}
              pools:
              - {name: eu, replicas: {{nodes}}, validators: {{validators}} }
            """);
        await fleet.KubectlAsync("wait", "--for=condition=Ready", "testnet/" + name, "-n", fleet.Cluster.Namespace, "--timeout=5m");
    }

    private async Task EndAsync(string name)
    {
        await fleet.KubectlAsync("delete", "testnet", name, "-n", fleet.Cluster.Namespace, "--timeout=5m");
        await fleet.UntilAsync(
            $"nothing of {name} is left",
            async () => (await fleet.KubectlAsync(
                "get", "beaconnodes,statefulsets,pods,pvc,secrets,services,configmaps,chainresets,canaryrollouts", "-n", fleet.Cluster.Namespace, "-l", Labels.Testnet + "=" + name, "-o", "name")).Trim().Length == 0);
    }

    private ObjectKey Key(string name) => new(fleet.Cluster.Namespace, name);

    private Task<Testnet> TestnetAsync(string name) => fleet.Client.GetAsync<Testnet>(Key(name), Token);

    private Task<ChainReset?> ResetAsync(string testnet) => fleet.Client.FindAsync<ChainReset>(Key(Names.Reset(testnet, 1)), Token);
}
