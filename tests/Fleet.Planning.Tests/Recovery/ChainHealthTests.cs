using System.Collections.Immutable;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>How nodes do, and what they say together.</summary>
public sealed class ChainHealthTests
{
    private static readonly DateTimeOffset Now = PlanWorld.Start + TimeSpan.FromSeconds(8 * 12);

    public static TheoryData<string, NodeState> States => new()
    {
        { "well", NodeState.Up },
        { "crashing", NodeState.Crashing },
        { "waiting", NodeState.Starting },
        { "never answered", NodeState.Starting },
        { "silent", NodeState.Down },
        { "another genesis", NodeState.WrongChain },
        { "another final block", NodeState.WrongChain },
        { "clock four hours off", NodeState.Skewed },
        { "clock half a second off", NodeState.Up },
        { "alone for long", NodeState.Isolated },
        { "alone for a moment", NodeState.Up },
        { "catching up", NodeState.Syncing },
        { "head stands still", NodeState.Stalled },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void A_node_is(string what, NodeState state)
    {
        NodeFacts well = Node(0);
        NodeSnapshot snapshot = well.Snapshot!;
        NodeFacts node = what switch
        {
            "crashing" => well with { Process = ProcessState.Crashing },
            "waiting" => well with { Process = ProcessState.Waiting },
            "never answered" => well with { Snapshot = null },
            "silent" => well with { Snapshot = snapshot with { IsReachable = false } },
            "another genesis" => well with { Snapshot = snapshot with { GenesisRoot = "0xother" } },
            "another final block" => well with { Snapshot = snapshot with { FinalizedRoot = "0xother" } },
            "clock four hours off" => well with { Snapshot = snapshot with { ClockSkew = TimeSpan.FromHours(-4) } },
            "clock half a second off" => well with { Snapshot = snapshot with { ClockSkew = TimeSpan.FromSeconds(0.5) } },
            "alone for long" => well with { Snapshot = snapshot with { AloneSince = Now - TimeSpan.FromSeconds(15) } },
            "alone for a moment" => well with { Snapshot = snapshot with { AloneSince = Now - TimeSpan.FromSeconds(14) } },
            "catching up" => well with { Snapshot = snapshot with { IsSyncing = true } },
            "head stands still" => well with { Snapshot = snapshot with { HeadChangedAt = Now - TimeSpan.FromSeconds(15) } },
            _ => well,
        };
        ChainHealth health = Of([node, .. Enumerable.Range(1, 4).Select(Node)]);
        Assert.Equal(state, health.Nodes[0].State);
        Assert.All(health.Nodes.Skip(1), other => Assert.Equal(NodeState.Up, other.State));
    }

    [Fact]
    public void One_node_forms_no_camp_and_decides_nothing()
    {
        NodeFacts liar = Node(0) with { Snapshot = Node(0).Snapshot! with { FinalizedEpoch = 1_000_000, FinalizedRoot = "0xlie" } };
        ChainHealth health = Of([liar, .. Enumerable.Range(1, 4).Select(Node)]);
        Camp camp = Assert.Single(health.Camps);
        Assert.Equal((10, 2L), (camp.FinalizedEpoch, health.Lag!.Value));
        Assert.Equal(4, camp.Nodes.Length);
        Assert.Empty(health.Conflicts);
    }

    [Fact]
    public void The_only_node_is_a_camp() => Assert.Equal(2, Of([Node(0)]).Lag);

    [Fact]
    public void When_nobody_answers_nothing_is_known()
    {
        ChainHealth health = Of([.. Enumerable.Range(0, 4).Select(number => Node(number) with { Snapshot = Node(number).Snapshot! with { IsReachable = false } })]);
        Assert.Equal((null, null, false), (health.Lag, health.Participation, health.IsLeaking));
    }

    [Fact]
    public void Camps_conflict_when_the_one_that_is_further_goes_past_what_the_other_has()
    {
        ChainHealth ancestors = Of(Halves(left => left, right => right with { FinalizedEpoch = 9, FinalizedRoot = "0xearlier" }));
        Assert.Equal(2, ancestors.Camps.Length);
        Assert.Empty(ancestors.Conflicts);

        ChainHealth conflict = Of(Halves(left => left with { Foreign = ["0xearlier"] }, right => right with { FinalizedEpoch = 9, FinalizedRoot = "0xearlier" }));
        Assert.Equal(new FinalityConflict("0xearlier", "0xfinal", 9, 10), Assert.Single(conflict.Conflicts));
    }

    [Fact]
    public void A_chain_without_blocks_has_no_votes_whatever_it_counted_last()
    {
        ImmutableArray<NodeFacts> nodes = [.. Enumerable.Range(0, 4).Select(number => Node(number) with { Snapshot = Node(number).Snapshot! with { HeadSlot = 8 * 10 } })];
        ChainHealth health = Of(nodes);
        Assert.True(health.IsStandingStill);
        Assert.Equal(0, health.Participation);
    }

    [Fact]
    public void Stake_of_others_is_what_the_chain_counts_beyond_our_keys()
    {
        ImmutableArray<NodeFacts> nodes = [.. Enumerable.Range(0, 4).Select(number => Node(number) with { Snapshot = Node(number).Snapshot! with { Votes = new VoteFacts(1000, 600, 600, 50) } })];
        ChainHealth health = Of(nodes);
        Assert.Equal((50, 10, 0.8, 0.6), (health.ActiveKeys, health.OutsideKeys, health.OperatorShare, health.Participation!.Value));
        Assert.Equal(10, Evidence.AbsentOutside(health));
    }

    [Theory]
    [InlineData(0, 34, 34)]
    [InlineData(20, 34, 14)]
    [InlineData(34, 34, 0)]
    [InlineData(34, 40, 6)]
    public void Others_who_were_slashed_are_not_absent(int slashed, int notVoting, int absent)
    {
        const long Full = 32_000_000_000;
        var votes = new VoteFacts(100 * Full, (100 - notVoting) * Full, (100 - notVoting) * Full, 100)
        {
            Exits = new ExitFacts(new ExitingFacts(slashed, slashed * Full, 20, 30), default, 276, 286, slashed * Full),
        };
        ChainHealth health = Of([.. Enumerable.Range(0, 4).Select(number => Node(number) with { Snapshot = Node(number).Snapshot! with { Votes = votes } })]);
        Assert.Equal((60, slashed, absent), (health.OutsideKeys, health.SlashedKeys, Evidence.AbsentOutside(health)));
    }

    /// <summary>Those who vote keep their balance: what the others have lost of theirs does not make them fewer.</summary>
    [Fact]
    public void Those_who_do_not_vote_are_counted_by_the_stake_that_does()
    {
        const long Full = 32_000_000_000;
        VoteFacts votes = new((60 * Full) + (40 * 20_000_000_000L), 60 * Full, 60 * Full, 100);
        ChainHealth health = Of([.. Enumerable.Range(0, 4).Select(number => Node(number) with { Snapshot = Node(number).Snapshot! with { Votes = votes } })]);
        Assert.Equal((0, 40), (health.SlashedKeys, health.SilentKeys));
        Assert.Null(Of([Node(0), Node(1)]).SilentKeys);
    }

    private static IEnumerable<NodeFacts> Halves(Func<NodeSnapshot, NodeSnapshot> left, Func<NodeSnapshot, NodeSnapshot> right) =>
        Enumerable.Range(0, 4).Select(number => Node(number) with { Snapshot = number < 2 ? left(Node(number).Snapshot!) : right(Node(number).Snapshot!) });

    private static ChainHealth Of(IEnumerable<NodeFacts> nodes)
    {
        ImmutableArray<NodeFacts> all = [.. nodes];
        return ChainHealth.Of(
            new HealthInput { Iteration = 1, Genesis = PlanWorld.Start, GenesisRoot = "0xg", Clock = new Steps.ChainClock(TimeSpan.FromSeconds(1), 8), Keys = all.Sum(node => node.Keys), Nodes = all }, Now);
    }

    private static NodeFacts Node(int number) => new($"n{number}", 10)
    {
        Process = ProcessState.Running,
        Snapshot = new NodeSnapshot
        {
            Node = $"n{number}",
            PodUid = "pod",
            At = Now,
            LastSeen = Now,
            IsReachable = true,
            GenesisRoot = "0xg",
            HeadSlot = 95,
            HeadRoot = "0xhead",
            HeadChangedAt = Now,
            JustifiedEpoch = 11,
            JustifiedRoot = "0xjustified",
            FinalizedEpoch = 10,
            FinalizedRoot = "0xfinal",
            Peers = 4,
            IsSyncing = false,
        },
    };
}
