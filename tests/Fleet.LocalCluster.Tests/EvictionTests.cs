using Fleet.LocalCluster.Tests.Support;

namespace Fleet.LocalCluster.Tests;

/// <summary>Evictions and the budgets that limit them.</summary>
public sealed class EvictionTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private static readonly string[] Pods = ["a", "b", "c", "d"];

    /// <summary>kubectl asks for all pods at the same time, so that a budget which is counted once for all of them allows too much.</summary>
    [Fact]
    public async Task A_drain_evicts_at_once_no_more_than_the_budget_allows()
    {
        foreach (string name in Pods)
        {
            await cluster.KubectlAsync("apply -f -", $$"""
                apiVersion: v1
                kind: Pod
                metadata: { name: {{name}}, labels: { app: drained } }
                spec: { terminationGracePeriodSeconds: 1, containers: [ { name: main, image: none, command: [/bin/sleep, "300"] } ] }
                """);
        }

        await cluster.KubectlAsync("wait --for=condition=Ready pods -l app=drained --timeout=60s");
        await cluster.KubectlAsync("apply -f -", """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: drained}
            spec: {minAvailable: 3, selector: {matchLabels: {app: drained}}}
            """);
        await cluster.KubectlAsync("wait --for=jsonpath={.status.disruptionsAllowed}=1 poddisruptionbudget/drained --timeout=60s");

        KubectlResult drain = await cluster.TryKubectlAsync("drain local --force --pod-selector=app=drained --timeout=3s");

        Assert.NotEqual(0, drain.Code);
        Assert.Contains("disruption budget", drain.Error, StringComparison.Ordinal);
        Assert.Equal(Pods.Length - 1, (await cluster.KubectlAsync("get pods -l app=drained -o name")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
