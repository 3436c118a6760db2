using Fleet.Api;
using Fleet.Cli.Observation;
using Fleet.Cli.Up;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Tests;

public sealed class MilestonesTests
{
    private static readonly DateTimeOffset Applied = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Each_milestone_keeps_the_time_at_which_it_was_first_seen()
    {
        var milestones = new Milestones(Applied);
        milestones.Observe(View(Node("n-0", null), Node("n-1", null)), Applied.AddSeconds(1));
        milestones.Observe(View(Node("n-0", Live(0, 0, 1)), Node("n-1", Live(0, 0, 1))), Applied.AddSeconds(2));
        milestones.Observe(View(Node("n-0", Live(1, 0, 1)), Node("n-1", Live(0, 0, 1))), Applied.AddSeconds(8));
        milestones.Observe(View(Node("n-0", Live(33, 2, 1)), Node("n-1", Live(33, 1, 1))), Applied.AddSeconds(40));
        Assert.False(milestones.Reached(UpGoal.Finalized));
        milestones.Observe(View(Node("n-0", Live(34, 2, 1)), Node("n-1", Live(34, 2, 1))), Applied.AddSeconds(41));

        Assert.Equal(Applied.AddSeconds(1), milestones.PodsCreatedAt);
        Assert.Equal(Applied.AddSeconds(2), milestones.PeeredAt);
        Assert.Equal(Applied.AddSeconds(8), milestones.FirstBlockAt);
        Assert.Equal(Applied.AddSeconds(41), milestones.FinalizedAt);
        Assert.True(milestones.Reached(UpGoal.Finalized));
    }

    [Fact]
    public void Durations_count_from_applying_and_from_genesis()
    {
        var milestones = new Milestones(Applied) { Timing = new ChainTiming(1, 8) };
        TestnetView view = View(Node("n-0", Live(33, 2, 0)));
        view.Testnet.Status = new TestnetStatus { GenesisTime = Applied.AddSeconds(6) };
        milestones.Observe(view, Applied.AddSeconds(39));

        TimesReport times = TimesReport.From(milestones);
        Assert.Equal(39, times.AppliedToPodsCreated);
        Assert.Equal(33, times.GenesisToFinalized);
        Assert.Equal(32, times.ProtocolFloor);
    }

    [Fact]
    public void A_chain_that_began_before_has_no_durations_from_genesis()
    {
        var milestones = new Milestones(Applied);
        TestnetView view = View(Node("n-0", Live(33, 2, 0)));
        view.Testnet.Status = new TestnetStatus { GenesisTime = Applied.AddHours(-1) };
        milestones.Observe(view, Applied.AddSeconds(1));
        Assert.Null(TimesReport.From(milestones).GenesisToFinalized);
    }

    [Fact]
    public void A_suspended_testnet_is_not_waited_for()
    {
        var milestones = new Milestones(Applied);
        TestnetView view = View();
        milestones.Observe(view, Applied.AddSeconds(1));
        Assert.False(milestones.IsThere);

        view.Testnet.Status = new TestnetStatus { Conditions = [new Condition { Type = ConditionTypes.Suspended, Status = "True" }] };
        milestones.Observe(view, Applied.AddSeconds(2));
        Assert.True(milestones.IsThere);
        Assert.True(milestones.Reached(UpGoal.Finalized));
    }

    [Theory]
    [InlineData(null, false, "genesis at 03:04:15 UTC")]
    [InlineData("0x5a", false, "genesis at 03:04:15 UTC, root 0x5a")]
    [InlineData("0x5a", true, "genesis in 10 s")]
    public void Of_a_genesis_its_time_is_said_and_its_root_once_it_is_made(string? root, bool everySlot, string expected)
    {
        var milestones = new Milestones(Applied);
        TestnetView view = View(Node("n-0", null));
        view.Testnet.Status = new TestnetStatus { GenesisTime = Applied.AddSeconds(10), GenesisRoot = root };
        milestones.Observe(view, Applied);

        Assert.Equal(expected, UpSummary.Of(milestones, Applied, everySlot));
    }

    [Theory]
    [InlineData("no pod", "0 of 1 pods exist")]
    [InlineData("unready", "node n-0 is not ready")]
    [InlineData("silent", "node n-0 does not answer")]
    [InlineData("before the first block", "there is no block yet")]
    [InlineData("unfinalized", "the finalized epoch is 0, head slot 20; epoch 2 is waited for")]
    public void What_is_missing_is_said_in_a_phrase(string situation, string expected)
    {
        NodeView node = situation switch
        {
            "no pod" => new NodeView("n-0", NodeRoles.Node, null, null),
            "unready" => Node("n-0", null, ready: false),
            "silent" => Node("n-0", null),
            "before the first block" => Node("n-0", Live(0, 0, 0)),
            _ => Node("n-0", Live(20, 0, 0)),
        };
        var milestones = new Milestones(Applied);
        milestones.Observe(View(node), Applied.AddSeconds(1));
        Assert.Contains(expected, milestones.Missing(UpGoal.Finalized));
    }

    private static LiveNode Live(long head, long finalized, int peers) => new(head, 0, finalized, finalized, peers);

    private static NodeView Node(string name, LiveNode? live, bool ready = true) => new(
        name,
        NodeRoles.Node,
        new Pod { Status = new PodStatus { Conditions = [new PodCondition { Type = "Ready", Status = ready ? "True" : "False" }] } },
        live);

    private static TestnetView View(params NodeView[] nodes) => new(
        new Testnet
        {
            Metadata = new ObjectMeta { Name = "n", Namespace = "default" },
            Spec = new TestnetSpec { Bootnodes = new BootnodesSpec { Replicas = 0 }, Pools = [new PoolSpec { Name = "p", Replicas = nodes.Length }] },
        },
        [.. nodes]);
}
