using System.Text.Json;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>The operator killed, replaced and removed: the nodes do not notice.</summary>
[Collection(ClusterCollection.Name)]
public sealed class OperatorTests(SharedFleet fleet)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_pod_is_admitted_under_the_restricted_standard()
    {
        Assert.SkipUnless(fleet.Cluster.WhyNoHelm is null, fleet.Cluster.WhyNoHelm ?? "");
        await fleet.IsWellAsync();

        // That the standard is enforced is shown by a pod it refuses; what runs there was admitted.
        CommandResult refused = await FleetCommand.KubectlAsync(
            fleet.Cluster.KubeconfigPath, "run", "root", "-n", fleet.Cluster.Namespace, "--image=localhost/any:1", "--dry-run=server", "--privileged");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("violates PodSecurity \"restricted", refused.Error);
        Assert.Equal(2, (await fleet.Cluster.OperatorsAsync()).Count);
        Assert.Equal(5, (await fleet.PodsAsync()).Count);
    }

    [Fact]
    public async Task A_killed_leader_is_followed_by_the_other_instance()
    {
        await fleet.Cluster.WatchAllNamespacesAsync();
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());
        Lease lease = await LeaseAsync();
        await fleet.Cluster.KillLeaderAsync();
        await fleet.UntilAsync(
            "another instance holds the lease",
            async () => (await LeaseAsync()).Spec is { HolderIdentity.Length: > 0 } now && now.HolderIdentity != lease.Spec!.HolderIdentity);

        // It works: what is missing is made again.
        await fleet.KubectlAsync("delete", "poddisruptionbudget", SharedFleet.Sample, "-n", fleet.Cluster.Namespace);
        await fleet.UntilAsync(
            "the deleted budget is made again",
            async () => await fleet.Client.FindAsync<PodDisruptionBudget>(new ObjectKey(fleet.Cluster.Namespace, SharedFleet.Sample), Token) is not null);
        await fleet.UntilAsync("there are two instances again", async () => (await fleet.Cluster.OperatorsAsync()).Count == 2);
        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
        Assert.Equal(before, SharedFleet.Lives(await fleet.PodsAsync()));
    }

    [Fact]
    public async Task An_upgrade_of_the_operator_restarts_no_node()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());
        IReadOnlySet<string> operators = await fleet.Cluster.OperatorsAsync();
        await fleet.Cluster.UpgradeAsync();
        Assert.Empty(operators.Intersect(await fleet.Cluster.OperatorsAsync()));
        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
        Assert.Equal(before, SharedFleet.Lives(await fleet.PodsAsync()));
    }

    [Fact]
    public async Task Without_its_operator_a_testnet_runs_on_and_a_later_release_takes_it_over()
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.PodsAsync());
        Testnet testnet = await fleet.TestnetAsync();
        Assert.Empty(await fleet.Cluster.UninstallAsync());
        Assert.Empty(await fleet.Cluster.OperatorsAsync());
        await fleet.FinalizesOnAsync();
        Assert.Equal(testnet.Metadata.Uid, (await fleet.TestnetAsync()).Metadata.Uid);
        Assert.Equal(before, SharedFleet.Lives(await fleet.PodsAsync()));

        await fleet.Cluster.InstallAsync();
        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
        Assert.Equal(before, SharedFleet.Lives(await fleet.PodsAsync()));
    }

    [Fact]
    public async Task Killed_in_the_middle_of_a_bring_up_in_another_namespace_it_finishes_that()
    {
        const string Late = "late";
        await fleet.Cluster.WatchAllNamespacesAsync();
        await fleet.ApplyAsync(fleet.Cluster.OtherNamespace, $$"""
            apiVersion: beaconfleet.dev/v1alpha1
            kind: Testnet
            metadata: { name: {{Late}} }
            spec:
              network: { preset: minimal, config: { SLOT_DURATION_MS: {{fleet.Cluster.SlotMilliseconds}} } }
              genesis: {delay: 2s, validators: 32}
              bootnodes: {replicas: 1}
              rollout: {strategy: AllAtOnce}
              pools:
              - {name: eu, replicas: 2, validators: 32}
            """);
        await fleet.UntilAsync("the first node is made", async () => await AnyAsync<BeaconNode>(Late));
        await fleet.Cluster.KillOperatorsAsync();
        await fleet.KubectlAsync("wait", "--for=condition=Ready", "testnet/" + Late, "-n", fleet.Cluster.OtherNamespace, "--timeout=5m");

        using JsonDocument assignment = JsonDocument.Parse(await fleet.KubectlAsync("get", "configmap", "late-i1-keys", "-n", fleet.Cluster.OtherNamespace, "-o", "jsonpath={.data.assignment\\.json}"));
        Assert.Equal(32, assignment.RootElement.GetProperty("ranges").EnumerateArray().Sum(range => range.GetProperty("count").GetInt32()));
        await fleet.KubectlAsync("delete", "testnet", Late, "-n", fleet.Cluster.OtherNamespace, "--timeout=5m");
        await fleet.UntilAsync(
            "nothing of the deleted testnet is left",
            async () => (await fleet.KubectlAsync(
                "get", "beaconnodes,statefulsets,pods,pvc,secrets,services,configmaps,poddisruptionbudgets", "-n", fleet.Cluster.OtherNamespace, "-l", Labels.Testnet + "=" + Late, "-o", "name")).Trim().Length == 0);
    }

    private async Task<Lease> LeaseAsync() => Assert.Single((await fleet.Client.ListAllAsync<Lease>(fleet.Cluster.Namespace, null, Token)).Items);

    private async Task<bool> AnyAsync<T>(string testnet)
        where T : class, IKubernetesObject<T> =>
        (await fleet.Client.ListAllAsync<T>(fleet.Cluster.OtherNamespace, new ListOptions { LabelSelector = Labels.Testnet + "=" + testnet }, Token)).Items.Count > 0;
}
