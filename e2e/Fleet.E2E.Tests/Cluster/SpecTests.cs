using Fleet.Api;
using Fleet.Kubernetes.Models;
using TestKit;

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
        string missing = "";
        await Eventually.TrueAsync(
            async () => (missing = MissingOf((await fleet.TestnetAsync()).Status!)).Length == 0,
            () => "the sample says that all is well; it is not so that " + missing,
            SharedFleet.Patience,
            Token);
        await fleet.KubectlAsync("wait", "--for=condition=Finalizing", "testnet/devnet", "-n", fleet.Cluster.Namespace, "--timeout=60s");

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

    /// <summary>What a status of the sample lacks of one in which all is well.</summary>
    private static string MissingOf(TestnetStatus status)
    {
        IEnumerable<string> conditions =
            from type in ConditionTypes.OfTestnet
            let condition = status.Conditions!.Single(condition => condition.Type == type)
            let wanted = ConditionTypes.FalseWhenWell.Contains(type) ? "False" : "True"
            where condition.Status != wanted
            select $"{type} is {wanted}: {condition.Message}";
        (string Wanted, bool IsSo)[] facts =
        [
            ("the phase is Finalizing: " + status.Phase, status.Phase == "Finalizing"),
            ("5/5 nodes are ready: " + status.Nodes!.Summary, status.Nodes.Summary == "5/5"),
            ("the iteration is 1: " + status.Iteration, status.Iteration == 1),
        ];
        return string.Join("; ", conditions.Concat(facts.Where(fact => !fact.IsSo).Select(fact => fact.Wanted)));
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
