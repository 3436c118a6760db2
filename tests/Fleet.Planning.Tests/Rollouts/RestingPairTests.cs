using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Rollouts;

namespace Fleet.Planning.Tests.Rollouts;

/// <summary>When what baseline and canary differ by is noise.</summary>
public sealed class RestingPairTests
{
    private const string Canary = "devnet-canary-0";

    [Fact]
    public void A_pair_rests_before_and_after_a_roll_out_and_not_in_between()
    {
        var world = new RolloutWorld();
        RestingPair before = RestingPair.Of(world.Observation)!;
        Assert.InRange(before.Since, world.Now - TimeSpan.FromMinutes(5), world.Now);

        world.Want("beacon:2");
        foreach (string phase in (string[])[RolloutPhases.WarmingUp, RolloutPhases.Analyzing, RolloutPhases.Promoting, RolloutPhases.Baking])
        {
            world.UntilPhase(phase);
            Assert.Null(RestingPair.Of(world.Observation));
        }

        world.UntilEnd();
        world.Pass(10);
        RestingPair after = RestingPair.Of(world.Observation)!;
        Assert.NotEqual(before.Processes, after.Processes);
        Assert.True(after.Since > before.Since);
        world.Pass(10);
        Assert.Equal(after, RestingPair.Of(world.Observation));
    }

    [Theory]
    [InlineData("its pod is gone")]
    [InlineData("its pod is going")]
    [InlineData("its pod is not ready")]
    [InlineData("its pod has another image")]
    [InlineData("it is syncing")]
    [InlineData("it does not answer")]
    [InlineData("it is no longer wanted")]
    public void Both_have_to_run_and_follow(string change)
    {
        TestnetObservation world = new RolloutWorld().Observation;
        Pod pod = world.Pods[Names.Pod(Canary)];
        NodeSnapshot snapshot = world.Snapshots[Canary];
        Assert.NotNull(RestingPair.Of(world));
        switch (change)
        {
            case "its pod is gone":
                world = world with { Pods = world.Pods.Remove(pod.Metadata.Name!) };
                break;
            case "its pod is going":
                pod.Metadata.DeletionTimestamp = PlanWorld.Start;
                break;
            case "its pod is not ready":
                pod.Status!.Conditions![0].Status = "False";
                break;
            case "its pod has another image":
                pod.Spec!.Containers[0].Image = "beacon:0";
                break;
            case "it is syncing":
                world = world with { Snapshots = world.Snapshots.SetItem(Canary, snapshot with { IsSyncing = true }) };
                break;
            case "it does not answer":
                world = world with { Snapshots = world.Snapshots.SetItem(Canary, snapshot with { IsReachable = false }) };
                break;
            default:
                world = world with { Nodes = world.Nodes.Remove(Canary) };
                break;
        }

        Assert.Null(RestingPair.Of(world));
    }

    [Fact]
    public void A_container_that_restarts_is_another_process_and_young()
    {
        var world = new RolloutWorld();
        RestingPair before = RestingPair.Of(world.Observation)!;
        ContainerStatus container = world.Observation.Pods[Names.Pod(Canary)].Status!.ContainerStatuses![0];
        container.RestartCount = 1;
        container.State!.Running!.StartedAt = world.Now + TimeSpan.FromMinutes(1);

        RestingPair after = RestingPair.Of(world.Observation)!;
        Assert.NotEqual(before.Processes, after.Processes);
        Assert.Equal(world.Now + TimeSpan.FromMinutes(1), after.Since);
    }
}
