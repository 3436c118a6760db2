using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>Images that do not work: they take no more nodes than the chain can spare, and the old image ends it.</summary>
[Collection(ClusterCollection.Name)]
public sealed class ImageTests(SharedFleet fleet)
{
    [Fact]
    public Task An_image_that_cannot_be_pulled_stops_at_the_first_node_and_is_taken_back() =>
        IsTakenBackAsync(fleet.Cluster.UnpullableImage, ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"]);

    [Fact]
    public Task An_image_that_crash_loops_stops_at_the_first_node_and_is_taken_back() =>
        IsTakenBackAsync(fleet.Cluster.CrashingImage, ["CrashLoopBackOff"]);

    private async Task IsTakenBackAsync(string image, string[] reasons)
    {
        await fleet.IsWellAsync();
        Dictionary<string, string> before = SharedFleet.Lives(await fleet.NodePodsAsync());

        await fleet.PatchAsync($$"""{"spec": {"image": "{{image}}" } }""");
        try
        {
            await StopsAtOneNodeAsync(reasons, before.Count);
        }
        finally
        {
            await fleet.PatchAsync("""{"spec":{"image":null}}""");
        }

        await fleet.IsWellAsync();
        await fleet.FinalizesOnAsync();
        Dictionary<string, string> after = SharedFleet.Lives(await fleet.NodePodsAsync());
        Assert.Equal(before.Count - 1, after.Count(pod => before[pod.Key] == pod.Value));
    }

    private async Task StopsAtOneNodeAsync(string[] reasons, int nodes)
    {
        await fleet.UntilAsync(
            $"a node waits with {string.Join(" or ", reasons)}",
            async () => (await fleet.NodePodsAsync()).Values.Any(pod => WaitsWith(pod, reasons)));
        await fleet.UntilAsync(
            "the testnet says what its pod waits for",
            async () => await fleet.ConditionAsync(ConditionTypes.NodesReady) is { Status: "False", Message: { } message } && reasons.Any(reason => message.Contains(reason, StringComparison.Ordinal)));
        await fleet.FinalizesOnAsync();

        // The operator reads the chain a moment later than we do; until it sees it finalize it leaves all pods alone and says so.
        await fleet.UntilAsync("the testnet says that its pods are being replaced", async () => (await fleet.ConditionAsync(ConditionTypes.UpToDate))?.Reason == Reasons.RollingOut);
        Assert.Equal(nodes - 1, (await fleet.NodePodsAsync()).Values.Count(PodFacts.IsReady));
    }

    private static bool WaitsWith(Pod pod, string[] reasons) =>
        pod.Status?.ContainerStatuses?.Exists(status => status.State?.Waiting?.Reason is { } reason && reasons.Contains(reason)) == true;
}
