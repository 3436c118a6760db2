using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>What is done to the nodes of a chain without finality, and what is not.</summary>
public sealed class LadderTests
{
    [Fact]
    public void A_node_that_does_not_stay_up_is_made_anew_once()
    {
        var net = new SimulatedNetwork();
        net.Epochs(8);
        net.Do(..3, node => node.Process = ProcessState.Crashing);
        net.Epochs(40);
        Assert.Equal(["devnet-eu-0", "devnet-eu-1", "devnet-eu-2"], Taken(net, LadderSteps.Restart));
    }

    [Fact]
    public void A_node_that_runs_and_is_silent_is_made_anew_only_while_others_answer()
    {
        var some = new SimulatedNetwork();
        some.Epochs(8);
        some.Do(..3, node => (node.Answers, node.Signs) = (false, false));
        some.Epochs(10);
        Assert.Equal(3, Taken(some, LadderSteps.Restart).Count);

        var all = new SimulatedNetwork();
        all.Epochs(8);
        all.HasBlocks = false;
        all.Do(.., node => node.Answers = false);
        all.Epochs(20);
        Assert.Empty(Taken(all, LadderSteps.Restart));
    }

    [Fact]
    public void Nodes_that_have_just_been_let_run_again_are_given_time_to_start()
    {
        var net = new SimulatedNetwork();
        net.Epochs(8);
        net.Edit(testnet => testnet.Spec.Suspend = true);
        net.Epochs(150);
        net.Edit(testnet => testnet.Spec.Suspend = false);
        net.Do(.., node => node.Process = ProcessState.Waiting);
        net.Epochs(1);
        Assert.Empty(Taken(net, LadderSteps.Restart));
        net.Epochs(1);
        Assert.Equal(8, Taken(net, LadderSteps.Restart).Count);
    }

    [Fact]
    public void A_head_of_before_a_suspension_is_no_stalled_chain()
    {
        var net = new SimulatedNetwork();
        net.Epochs(8);
        net.Edit(testnet => testnet.Spec.Suspend = true);
        net.Epochs(150);
        net.HasBlocks = false;
        net.Edit(testnet => testnet.Spec.Suspend = false);
        net.Epochs(1);
        Assert.Equal(Reasons.HeadAdvances, net.World.Condition(ConditionTypes.ChainProgressing).Reason);
        net.Epochs(1);
        Assert.Equal(Reasons.ChainStalled, net.World.Condition(ConditionTypes.ChainProgressing).Reason);
    }

    [Fact]
    public void Nothing_is_done_while_the_chain_finalizes()
    {
        var net = new SimulatedNetwork();
        net.Epochs(8);
        net.Do(..2, node => node.Process = ProcessState.Crashing);
        net.Epochs(40);
        Assert.DoesNotContain(EventReasons.RepairAttempted, net.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_of_another_genesis_begins_in_a_new_directory_and_keeps_the_old_one()
    {
        var net = new SimulatedNetwork();
        net.Do(..3, node => node.OtherGenesis = "0xbb00000001");
        net.Epochs(8);
        BeaconNode node = net.World.Observation.Nodes["devnet-eu-0"];
        Assert.Equal("s1", node.Spec.ChainDirectory);
        Assert.Equal([Names.ChainDirectory(1, "0xaa00000001", null)], node.Spec.KeepChains);
        Assert.Null(net.World.Observation.Nodes["devnet-eu-5"].Spec.ChainDirectory);

        // Later it stays where it is: the incident is forgotten, the directory is not.
        net.Do(..3, node => node.OtherGenesis = null);
        net.Epochs(10);
        Assert.Empty(net.World.Observation.History!.Steps);
        Assert.Equal("s1", net.World.Observation.Nodes["devnet-eu-0"].Spec.ChainDirectory);
    }

    [Fact]
    public void What_lacks_votes_loses_none_by_a_new_template()
    {
        SimulatedNetwork net = Lagging();
        net.Edit(testnet => testnet.Spec.Image = "beacon:2");
        Assert.Empty(Replaced(net));
        Condition upToDate = net.World.Condition(ConditionTypes.UpToDate);
        Assert.Equal((ConditionStatuses.False, Reasons.DoNoHarm), (upToDate.Status, upToDate.Reason));

        net.Edit(testnet => testnet.Metadata.Annotations = new Dictionary<string, string> { [Annotations.Emergency] = "only 2 mends it" });
        Assert.InRange(Replaced(net).Count, 1, 2);
    }

    [Fact]
    public void What_lacks_votes_is_not_scaled_down()
    {
        SimulatedNetwork net = Lagging();
        net.Edit(testnet => testnet.Spec.Pools[0].Replicas = 7);
        Assert.DoesNotContain(net.World.Pass().Actions, action => action is PlanAction.Delete { Object: BeaconNode });
        net.Do(..3, node => node.Signs = true);
        net.Epochs(6);
        Assert.DoesNotContain("devnet-eu-7", net.World.Observation.Nodes.Keys);
    }

    [Fact]
    public void Keys_that_are_gone_are_known_to_be_lost()
    {
        ChainHealth health = HealthOf(new NodeFacts("n0", 8) { HasLostKeys = true });
        RecoveryHistory history = RecoveryHistory.Empty(1, health.At) with { Health = health };
        Assert.True(Evidence.IsLost(health.Nodes[0], history, health.At));
        Assert.True(Evidence.IsUnstartable(health.Nodes[0], history, health.At));
    }

    [Fact]
    public void The_last_two_holders_of_the_best_justified_block_are_left_alone()
    {
        foreach ((int holders, bool resyncs) in ((int, bool)[])[(2, false), (3, true)])
        {
            NodeFacts[] nodes =
            [
                .. Enumerable.Range(0, 10).Select(number => new NodeFacts($"n{number}", 8)
                {
                    Process = ProcessState.Running,
                    Snapshot = Snapshot($"n{number}", justified: number < holders ? 9 : 8) with { FinalizedRoot = number == 0 ? "0xwrong" : "0xright", FinalizedEpoch = 3 },
                }),
            ];
            ChainHealth health = HealthOf(nodes);
            Assert.Equal(NodeState.WrongChain, health.Nodes[0].State);
            RecoveryHistory history = RecoveryHistory.Empty(1, health.At) with { Health = health, Epoch = health.Epoch, FinalizedEpoch = 3 };
            Assert.Equal(resyncs, Ladder.Due(history).Any(step => step.Kind == LadderSteps.Resync));
        }
    }

    private static SimulatedNetwork Lagging()
    {
        var net = new SimulatedNetwork();
        net.Epochs(10);
        net.Do(..3, node => node.Signs = false);
        net.Epochs(8);
        Assert.True(net.Lag > ChainHealth.LeakLag);
        return net;
    }

    private static List<string> Replaced(SimulatedNetwork net)
    {
        TestnetPlan first = net.World.Pass();
        net.World.UpdateSets();
        return [.. first.Actions.Concat(net.World.Pass().Actions).OfType<PlanAction.ReplacePod>().Select(action => action.Pod.Metadata.Name!).Where(pod => pod.Contains("-eu-", StringComparison.Ordinal))];
    }

    private static List<string> Taken(SimulatedNetwork net, string kind) =>
        [.. net.Log.Split('\n').Where(line => line.Contains($"{EventReasons.RepairAttempted}: {kind} of ", StringComparison.Ordinal)).Select(line => line.Split(' ')[5].TrimEnd(':'))];

    private static ChainHealth HealthOf(params NodeFacts[] nodes) => ChainHealth.Of(
        new HealthInput { Iteration = 1, Genesis = PlanWorld.Start, GenesisRoot = "0xg", Clock = new Steps.ChainClock(TimeSpan.FromSeconds(1), 8), Keys = nodes.Sum(node => node.Keys), Nodes = [.. nodes] },
        PlanWorld.Start + TimeSpan.FromSeconds(8 * 12));

    private static NodeSnapshot Snapshot(string node, long justified) => new()
    {
        Node = node,
        PodUid = "pod",
        At = PlanWorld.Start,
        LastSeen = PlanWorld.Start,
        IsReachable = true,
        GenesisRoot = "0xg",
        HeadSlot = 95,
        HeadChangedAt = PlanWorld.Start + TimeSpan.FromSeconds(8 * 12),
        JustifiedEpoch = justified,
        JustifiedRoot = "0xj",
        IsSyncing = false,
    };
}
