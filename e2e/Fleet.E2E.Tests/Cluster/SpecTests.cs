using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>A testnet whose spec is changed while its chain runs.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SpecTests(SharedFleet fleet)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_finalizes_and_says_so()
    {
        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
        await fleet.KubectlAsync("wait", "--for=condition=Finalizing", "testnet/devnet", "-n", fleet.Cluster.Namespace, "--timeout=60s");
        Testnet testnet = await fleet.TestnetAsync();
        Assert.Equal("Finalizing", testnet.Status!.Phase);
        Assert.Equal("5/5", testnet.Status.Nodes!.Summary);
        Assert.Equal(1, testnet.Status.Iteration);
        foreach (string type in ConditionTypes.OfTestnet)
        {
            Condition condition = testnet.Status.Conditions!.Single(condition => condition.Type == type);
            string wanted = ConditionTypes.FalseWhenWell.Contains(type) ? "False" : "True";
            Assert.True(condition.Status == wanted, $"{type} is {condition.Status}: {condition.Message}");
        }

        foreach (string node in new[] { "devnet-boot-0", "devnet-eu-0", "devnet-eu-1", "devnet-eu-2", "devnet-eu-3" })
        {
            await fleet.UntilAsync($"{node} says that it is connected", async () => await NodeIsAsync(node, ConditionTypes.Connected));
        }
    }

    [Fact]
    public async Task A_pool_grows_and_shrinks_but_not_below_three_quarters_of_the_stake()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());

        await fleet.PatchPoolAsync("replicas", "5");
        await fleet.UntilAsync("the fifth node is in sync", async () => await NodeIsAsync("devnet-eu-4", ConditionTypes.Synced));
        await fleet.IsWellAsync();
        Dictionary<string, Pod> grown = await fleet.PodsAsync();
        Assert.Equal(["beacon"], grown["devnet-eu-4-0"].Spec!.Containers.Select(container => container.Name));

        await fleet.PatchPoolAsync("replicas", "4");
        await fleet.UntilAsync("the fifth node is gone", async () => !(await fleet.PodsAsync()).ContainsKey("devnet-eu-4-0"));
        await fleet.IsWellAsync();

        await fleet.PatchPoolAsync("replicas", "2");
        await fleet.UntilAsync("the scale-down is refused", async () => (await fleet.ConditionAsync(ConditionTypes.Accepted))?.Reason == Reasons.StakeTooLow);
        await fleet.PatchPoolAsync("replicas", "4");
        await fleet.IsWellAsync();
        Assert.Equal(before, SharedFleet.Lives(await fleet.PodsAsync()));
    }

    [Fact]
    public async Task Volumes_grow_under_running_pods()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());
        PersistentVolumeClaim claim = await ClaimAsync();
        await CanGrowAsync(claim);
        Quantity size = claim.Spec!.Resources!.Requests!["storage"];
        string larger = $"{long.Parse(size.ToString().Replace("Gi", "", StringComparison.Ordinal)) + 1}Gi";

        await fleet.PatchPoolAsync("storage", $$"""{"size":"{{larger}}"}""");
        await fleet.UntilAsync("the volume has grown", async () => (await ClaimAsync()).Status?.Capacity?.GetValueOrDefault("storage") is { } capacity && capacity > size);
        await fleet.IsWellAsync();
        Assert.Equal(before, SharedFleet.Lives(await fleet.PodsAsync()));
    }

    private async Task<bool> NodeIsAsync(string node, string type) =>
        (await fleet.Client.FindAsync<BeaconNode>(new ObjectKey(fleet.Cluster.Namespace, node), Token))?.Status?.Conditions?.Exists(condition => condition.Type == type && condition.Status == "True") == true;

    private Task<PersistentVolumeClaim> ClaimAsync() => fleet.Client.GetAsync<PersistentVolumeClaim>(new ObjectKey(fleet.Cluster.Namespace, "data-devnet-eu-2"), Token);

    /// <summary>Not every provisioner can; the one of kind cannot.</summary>
    private async Task CanGrowAsync(PersistentVolumeClaim claim)
    {
        if (claim.Spec!.StorageClassName is { Length: > 0 } name && fleet.Cluster.WhyNoHelm is null)
        {
            string allowed = await fleet.KubectlAsync("get", "storageclass", name, "-o", "jsonpath={.allowVolumeExpansion}");
            Assert.SkipUnless(allowed == "true", $"not here: volumes of the storage class {name} cannot grow");
        }
    }
}
