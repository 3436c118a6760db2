using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Tests;

/// <summary>Decisions about one node.</summary>
public sealed class NodePlannerTests
{
    [Fact]
    public void A_new_node_gets_its_volume_before_its_pod()
    {
        NodeObservation observation = Observe();
        Assert.Equal(["PersistentVolumeClaim", "StatefulSet"], Applied(observation));
    }

    /// <summary>Not every storage class lets volumes grow: the refusal must hold up nothing else.</summary>
    [Fact]
    public void A_volume_grows_after_everything_else_was_written()
    {
        NodeObservation observation = Observe();
        var claim = (PersistentVolumeClaim)NodePlanner.Plan(observation, PlanWorld.Start).Actions.OfType<PlanAction.Apply>().First().Object;
        observation.Node.Spec.Storage.Size = "7Gi";
        Assert.Equal(["StatefulSet", "PersistentVolumeClaim"], Applied(observation with { Claim = claim }));
    }

    /// <summary>What the keys signed is lost with the volume. So nothing can write to the old one and the template tells of the new one before there is a pod.</summary>
    [Fact]
    public void A_volume_that_is_lost_while_the_chain_runs_is_replaced_in_steps_that_never_let_a_pod_sign_unprotected()
    {
        NodeObservation observation = Running(out PersistentVolumeClaim claim, out StatefulSet set, out Pod pod);
        Assert.Empty(Applied(observation));

        // Deleted, and still in use: the pod has it until it ends.
        claim.Metadata.DeletionTimestamp = Now;
        Assert.Empty(Applied(observation));

        // A pod that its StatefulSet makes meanwhile would keep the claim from going.
        observation = observation with { Pod = null };
        set = Assert.IsType<StatefulSet>(Assert.Single(Apply(observation)));
        Assert.Equal(0, set.Spec!.Replicas);
        Assert.DoesNotContain(Flags(set), flag => flag.StartsWith("--sign-from-epoch", StringComparison.Ordinal));

        // Gone; the set's controller has not looked yet, so a pod may still come of the old template.
        set.Metadata.Generation = 2;
        set.Status = new StatefulSetStatus { ObservedGeneration = 1, Replicas = 0 };
        observation = observation with { Claim = null, StatefulSet = set };
        Assert.Empty(Applied(observation));
        Assert.Equal(Reasons.VolumeLost, Ready(observation).Reason);
        set.Status.ObservedGeneration = 2;
        Assert.Empty(Applied(observation with { Pod = pod }));

        var made = (PersistentVolumeClaim)Assert.Single(Apply(observation));
        made.Metadata.CreationTimestamp = Now;
        observation = observation with { Claim = made };
        StatefulSet again = Assert.IsType<StatefulSet>(Assert.Single(Apply(observation)));
        Assert.Equal(1, again.Spec!.Replicas);
        Assert.Contains("--sign-from-epoch=6", Flags(again));
        Assert.Equal(6, NodePlanner.Plan(observation, Now).Status.SignFromEpoch);

        // It stays while the iteration lasts, and is no more in the next.
        Assert.Empty(Apply(observation with { StatefulSet = again }, Now + TimeSpan.FromHours(1)));
        NodeObservation next = observation with { GenesisTime = Now + TimeSpan.FromSeconds(30) };
        Assert.DoesNotContain(Flags(Assert.IsType<StatefulSet>(Assert.Single(Apply(next)))), flag => flag.StartsWith("--sign-from-epoch", StringComparison.Ordinal));
    }

    /// <summary>Epochs of 8 s from <see cref="Genesis"/>; a claim made in one is followed by signing from the next.</summary>
    [Theory]
    [InlineData(-1.0, null, null)]
    [InlineData(0.0, null, 1L)]
    [InlineData(6.9, null, 1L)]
    [InlineData(7.0, null, 2L)]
    [InlineData(42.0, null, 6L)]
    [InlineData(42.0, 3L, 6L)]
    [InlineData(42.0, 99L, 99L)]
    [InlineData(-100.0, 99L, 99L)]
    public void Keys_sign_from_the_epoch_after_their_volume_was_made(double madeAt, long? asked, long? expected)
    {
        NodeObservation observation = Running(out PersistentVolumeClaim claim, out _, out _);
        claim.Metadata.CreationTimestamp = Genesis + TimeSpan.FromSeconds(madeAt);
        observation.Node.Spec.SignFromEpoch = asked;
        Assert.Equal(expected, NodePlanner.Plan(observation, Now).Status.SignFromEpoch);
    }

    [Fact]
    public void A_node_that_comes_while_the_chain_runs_has_no_pod_before_its_volume_is_known()
    {
        NodeObservation observation = Observe() with { GenesisTime = Genesis, Clock = Clock };
        var claim = (PersistentVolumeClaim)Assert.Single(Apply(observation));
        claim.Metadata.CreationTimestamp = Now;
        var set = (StatefulSet)Assert.Single(Apply(observation with { Claim = claim }));
        Assert.Contains("--sign-from-epoch=6", Flags(set));
        Assert.Equal(["PersistentVolumeClaim", "StatefulSet"], Applied(observation with { GenesisTime = Now + TimeSpan.FromSeconds(1) }));
    }

    private static readonly DateTimeOffset Genesis = PlanWorld.Start;
    private static readonly DateTimeOffset Now = Genesis + TimeSpan.FromSeconds(42);
    private static readonly Steps.ChainClock Clock = new(TimeSpan.FromSeconds(1), 8);

    /// <summary>A node whose chain runs, with everything it needs.</summary>
    private static NodeObservation Running(out PersistentVolumeClaim claim, out StatefulSet set, out Pod pod)
    {
        NodeObservation observation = Observe() with { Clock = Clock };
        IKubernetesObject[] made = [.. Apply(observation)];
        claim = (PersistentVolumeClaim)made[0];
        claim.Metadata.CreationTimestamp = Genesis - TimeSpan.FromMinutes(1);
        set = (StatefulSet)made[1];
        pod = new Pod
        {
            Metadata = new ObjectMeta { Name = Names.Pod(observation.Name), Uid = "uid-of-the-pod" },
            Status = new PodStatus { ContainerStatuses = [new ContainerStatus { Name = "beacon", State = new ContainerState { Running = new ContainerStateRunning() } }] },
        };
        return observation with { Claim = claim, StatefulSet = set, Pod = pod, GenesisTime = Genesis };
    }

    private static Condition Ready(NodeObservation observation) =>
        NodePlanner.Plan(observation, Now).Status.Conditions!.Single(condition => condition.Type == ConditionTypes.Ready);

    private static IEnumerable<string> Flags(StatefulSet set) => set.Spec!.Template!.Spec!.Containers.Single(container => container.Name == "validator").Args!;

    private static IEnumerable<IKubernetesObject> Apply(NodeObservation observation, DateTimeOffset? now = null) =>
        NodePlanner.Plan(observation, now ?? Now).Actions.OfType<PlanAction.Apply>().Select(apply => apply.Object);

    private static string[] Applied(NodeObservation observation) =>
        [.. NodePlanner.Plan(observation, PlanWorld.Start).Actions.OfType<PlanAction.Apply>().Select(apply => apply.Object.GetType().Name)];

    private static NodeObservation Observe()
    {
        var world = new PlanWorld();
        world.Settle();
        BeaconNode node = world.Observation.Nodes["devnet-eu-0"];
        node.Metadata.Uid = "uid-of-the-node";
        return new NodeObservation { Node = node, Settings = world.Observation.Settings, Testnet = world.Testnet, PeerId = "16Uiu2HA", GenesisValidators = 64 };
    }
}
