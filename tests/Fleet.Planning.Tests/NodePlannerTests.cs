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
