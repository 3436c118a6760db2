using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>Pods that go away, one, all, and those of a cluster's node that is drained.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodTests(SharedFleet fleet)
{
    [Fact]
    public async Task A_deleted_pod_comes_back_to_the_same_chain()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());
        await fleet.KubectlAsync("delete", "pod", "devnet-eu-1-0", "-n", fleet.Cluster.Namespace, "--wait=false");
        await fleet.UntilAsync("the pod is replaced", async () => IsNew("devnet-eu-1-0", before, await fleet.PodsAsync()));
        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
        Dictionary<string, string> after = SharedFleet.Lives(await fleet.PodsAsync());
        Assert.Equal(before.Where(pod => pod.Key != "devnet-eu-1-0"), after.Where(pod => pod.Key != "devnet-eu-1-0"));
    }

    [Fact]
    public async Task All_pods_deleted_at_once_come_back_to_the_same_chain()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());
        await fleet.KubectlAsync("delete", "pods", "-l", Labels.Testnet + "=" + SharedFleet.Sample, "-n", fleet.Cluster.Namespace, "--wait=false");
        await fleet.UntilAsync("every pod is replaced", async () => await fleet.PodsAsync() is { } pods && before.Keys.All(name => IsNew(name, before, pods)));
        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
    }

    [Fact]
    public async Task A_drained_node_takes_no_more_than_the_budget_allows_and_gives_it_back()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.NodePodsAsync());
        string node = (await fleet.NodePodsAsync())["devnet-eu-0-0"].Spec!.NodeName!;
        using var enough = new CancellationTokenSource();
        Task<CommandResult> drain = FleetCommand.RunProgramAsync(
            "kubectl",
            ["--kubeconfig", fleet.Cluster.KubeconfigPath, "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--pod-selector", Labels.Testnet + "=" + SharedFleet.Sample],
            enough.Token);
        try
        {
            // With one node there is nowhere to go, so that the first pod waits and the others must stay.
            await fleet.UntilAsync(
                "a pod was evicted",
                async () => (await fleet.NodePodsAsync()).Any(pod => IsNew(pod.Key, before, new Dictionary<string, Pod> { [pod.Key] = pod.Value })));
            await fleet.FinalizesOnAsync();
            Dictionary<string, Pod> during = await fleet.NodePodsAsync();
            Assert.True(during.Values.Count(PodFacts.IsReady) >= before.Count - 1, "more nodes are away than the budget allows");
        }
        finally
        {
            await enough.CancelAsync();
            await drain;
            await fleet.KubectlAsync("uncordon", node);
        }

        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
    }

    private static bool IsNew(string name, Dictionary<string, string> before, Dictionary<string, Pod> now) =>
        now.GetValueOrDefault(name) is { Metadata.Uid: { } uid } && !before[name].StartsWith(uid, StringComparison.Ordinal);
}
