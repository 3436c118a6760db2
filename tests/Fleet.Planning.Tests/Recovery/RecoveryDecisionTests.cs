using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>What keeps the operator from a reset that is required, and what a reset says.</summary>
public sealed class RecoveryDecisionTests
{
    [Theory]
    [InlineData(RecoveryModes.Manual, "spec.recovery.mode is Manual: 'fleet reset' begins it anew.")]
    [InlineData(RecoveryModes.Never, "spec.recovery.mode is Never: it is left as it is.")]
    public void The_mode_decides_who_begins_anew(string mode, string sentence)
    {
        SimulatedNetwork net = Condemned(spec => spec.Recovery.Mode = mode);
        Assert.Empty(net.Made);
        Condition required = net.World.Condition(ConditionTypes.ResetRequired);
        Assert.Equal((ConditionStatuses.True, "U1"), (required.Status, required.Reason));
        Assert.EndsWith(sentence, required.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_reset_the_cooldown_has_to_pass()
    {
        SimulatedNetwork net = Condemned(_ => { }, net => Earlier(net, 0));
        Assert.Empty(net.Made);
        Assert.Contains("spec.recovery.cooldown ago; the next can be at 23:", net.World.Condition(ConditionTypes.ResetRequired).Message, StringComparison.Ordinal);
        net.Until(() => net.Made.Count > 0, 60);
        Assert.Single(net.Made);
        Assert.True(net.World.Now - net.World.Testnet.Status!.GenesisTime > TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(0, 0, "spec.recovery.maxResetsPerDay (0) is reached; 'fleet reset' begins it anew.")]
    [InlineData(2, 2, "spec.recovery.maxResetsPerDay (2) is reached; the next can be at")]
    public void So_many_resets_a_day_and_no_more(int limit, int earlier, string sentence)
    {
        SimulatedNetwork net = Condemned(
            spec =>
            {
                spec.Recovery.MaxResetsPerDay = limit;
                spec.Recovery.Cooldown = new Duration("0s");
            },
            net => Earlier(net, [.. Enumerable.Range(0, earlier).Select(hours => -hours)]));
        Assert.Empty(net.Made);
        Assert.Contains(sentence, net.World.Condition(ConditionTypes.ResetRequired).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_that_was_suppressed_is_not_made_again()
    {
        SimulatedNetwork net = Condemned(_ => { }, net => net.World.Observation = net.World.Observation with { Resets = [Reset(net, Names.Reset("devnet", 1), ResetPhases.Suppressed, 1, null)] });
        Assert.Empty(net.Made);
        Assert.Contains("devnet-i1 was to begin it anew and ended as Suppressed; delete it to have it tried again.", net.World.Condition(ConditionTypes.ResetRequired).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_genesis_right_after_a_reset_would_only_come_again()
    {
        var net = new SimulatedNetwork(edit: spec => spec.Recovery.Cooldown = new Duration("0s"));
        Earlier(net, 0);
        net.Do(..4, node => node.OtherGenesis = "0xbb00000001");
        net.Epochs(60);
        Assert.Empty(net.Made);
        Condition required = net.World.Condition(ConditionTypes.ResetRequired);
        Assert.Equal("U5", required.Reason);
        Assert.Contains("would differ again", required.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_three_nodes_only_a_person_can_tell_who_is_right()
    {
        string left = "0xa", right = "0xb";
        ChainHealth health = Health(3, [new FinalityConflict(left, right, 9, 9)]);
        RecoveryHistory history = RecoveryHistory.Empty(1, health.At) with { WasObserved = true, Epoch = 12, FinalizedEpoch = 9, Health = health, Conflict = new ConflictSighting(health.Conflicts[0], 10, 12) };
        Assert.Equal(RecoveryOutcome.Suppressed, RecoveryDecision.Decide(history, Policy, health.At).Outcome);
        ChainHealth larger = Health(4, health.Conflicts);
        Assert.Equal(RecoveryOutcome.ResetRequired, RecoveryDecision.Decide(history with { Health = larger }, Policy, health.At).Outcome);
    }

    [Fact]
    public void Nothing_is_decided_while_a_reset_is_under_way()
    {
        ChainHealth health = Health(4, [new FinalityConflict("0xa", "0xb", 9, 9)]);
        RecoveryHistory history = RecoveryHistory.Empty(1, health.At) with { WasObserved = true, Epoch = 12, FinalizedEpoch = 9, Health = health, Conflict = new ConflictSighting(health.Conflicts[0], 10, 12) };
        Assert.Equal(RecoveryOutcome.None, RecoveryDecision.Decide(history, Policy with { IsResetting = true }, health.At).Outcome);
    }

    [Fact]
    public void A_reset_says_the_criterion_since_when_it_holds_and_why()
    {
        SimulatedNetwork net = Condemned(_ => { });
        ChainReset reset = Assert.Single(net.Made);
        Assert.Equal(("U1", "fleet-operator", "devnet"), (reset.Spec.Criterion, reset.Spec.RequestedBy, reset.Spec.Testnet));
        Assert.StartsWith("Two thirds of the stake will not vote again within 100 epochs", reset.Spec.Reason, StringComparison.Ordinal);
        Assert.Equal(net.World.Testnet.Metadata.Uid, reset.Metadata.OwnerReferences!.Single().Uid);
    }

    private static readonly RecoveryPolicy Policy = new() { FinalityLostEpochs = 100, Forecast = new StakeForecast(_ => null, _ => 4000) };

    private static ChainHealth Health(int nodes, IEnumerable<FinalityConflict> conflicts)
    {
        var input = new HealthInput
        {
            Iteration = 1,
            Genesis = PlanWorld.Start,
            GenesisRoot = "0xg",
            Clock = new Steps.ChainClock(TimeSpan.FromSeconds(1), 8),
            Keys = nodes,
            Nodes = [.. Enumerable.Range(0, nodes).Select(number => new NodeFacts($"n{number}", 1))],
        };
        return ChainHealth.Of(input, PlanWorld.Start + TimeSpan.FromSeconds(8 * 12)) with { Conflicts = [.. conflicts] };
    }

    private static SimulatedNetwork Condemned(Action<TestnetSpec> edit, Action<SimulatedNetwork>? before = null)
    {
        var net = new SimulatedNetwork(edit: edit);
        before?.Invoke(net);
        net.Epochs(8);
        net.Do(..4, node => node.Process = ProcessState.Waiting);
        net.Until(() => net.WasCondemned, 40);
        Assert.True(net.WasCondemned);
        net.Epochs(3);
        return net;
    }

    private static void Earlier(SimulatedNetwork net, params IEnumerable<int> hours) => net.World.Observation = net.World.Observation with
    {
        Resets = [.. hours.Order().Select((hour, index) => Reset(net, $"earlier-{index}", ResetPhases.Completed, 0, net.World.Testnet.Status!.GenesisTime!.Value + TimeSpan.FromHours(hour)))],
    };

    private static ChainReset Reset(SimulatedNetwork net, string name, string phase, int from, DateTimeOffset? at) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = name, CreationTimestamp = net.World.Now },
        Spec = new ChainResetSpec { Testnet = "devnet", FromIteration = from, Reason = "because" },
        Status = new ChainResetStatus { Phase = phase, ToIteration = at is null ? null : 1, Timings = at is null ? null : [new ResetTiming { Phase = phase, At = at }] },
    };
}
