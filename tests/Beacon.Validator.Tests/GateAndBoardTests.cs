using System.Collections.Immutable;
using Beacon.ApiClient;
using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Duties;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Validator.Tests;

public sealed class GateAndBoardTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("peers: []\n", false)]
    [InlineData("fence:\npeers: []\n", false)]
    [InlineData("fence: []\n", false)]
    [InlineData("fence: [1, 3]\n", false)]
    [InlineData("fence: [1, 2]\n", true)]
    [InlineData("fence:\n- 2\n", true)]
    [InlineData("fence: two\n", true)]
    [InlineData("fence: [x]\n", true)]
    [InlineData("[]\n", true)]
    [InlineData("fence: [", true)]
    [InlineData("fence: [1\n]: [a/ #", true)]
    public void A_fence_forbids_its_iterations_and_what_cannot_be_read_forbids_all(string yaml, bool forbids) =>
        Assert.Equal(forbids, SigningGate.JudgeFence(yaml, 2) is not null);

    [Fact]
    public void The_gate_follows_fence_manifest_and_stop()
    {
        using var network = new TestNetwork();
        using var stop = new CancellationTokenSource();
        var gate = new SigningGate(network.Options(), NullLogger.Instance, stop.Token);
        Assert.Null(gate.Refusal());
        network.WriteFence(1);
        Assert.Contains("fenced", gate.Refusal(), StringComparison.Ordinal);
        network.WriteFence();
        Assert.Null(gate.Refusal());
        network.WriteManifest(2);
        Assert.Contains("iteration 2", gate.Refusal(), StringComparison.Ordinal);
        Assert.True(gate.ChainIsGone);
        network.WriteManifest(1);
        Assert.Null(gate.Refusal());
        stop.Cancel();
        Assert.Equal("stopping", gate.Refusal());
    }

    [Fact]
    public void A_head_removes_exactly_the_duties_with_another_dependent_root()
    {
        DutyBoard board = Board(previous: 1, current: 2);
        Assert.Same(board, board.After(Head(previous: 1, current: 2), new Epoch(5)));

        DutyBoard one = board.After(Head(previous: 9, current: 2), new Epoch(5));
        Assert.Equal([new Epoch(6)], one.Attesters.Keys);
        Assert.Single(one.Proposers);

        DutyBoard other = board.After(Head(previous: 1, current: 9), new Epoch(5));
        Assert.Equal([new Epoch(5)], other.Attesters.Keys);
        Assert.Empty(other.Proposers);
    }

    [Theory]
    [InlineData(1u, true)]
    [InlineData(16u, true)]
    [InlineData(31u, true)]
    public void Small_committees_have_only_aggregators(ulong length, bool expected) =>
        Assert.Equal(expected, DutyKeeper.IsAggregator(length, BlsSignature.Infinity));

    [Fact]
    public void About_sixteen_members_of_a_large_committee_aggregate()
    {
        int aggregators = Enumerable.Range(0, 1024).Count(static i => DutyKeeper.IsAggregator(1024, new BlsSignature([(byte)i, (byte)(i >> 8), .. new byte[94]])));
        Assert.InRange(aggregators, 4, 40);
    }

    [Fact]
    public void The_clock_counts_slots_in_milliseconds_and_follows_steps()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(999));
        time.AutoAdvanceAmount = TimeSpan.Zero;
        var clock = new SlotClock(time, 1000, new ChainSpec(ChainConfig.Minimal.With([new("SLOT_DURATION_MS", "250")])));
        Assert.Null(clock.Current);
        Assert.Equal(TimeSpan.FromSeconds(1), clock.Until(new Slot(0)));
        time.Advance(TimeSpan.FromMilliseconds(1000));
        Assert.Equal(new Slot(0), clock.Current);
        time.Advance(TimeSpan.FromMilliseconds(2249));
        Assert.Equal(new Slot(8), clock.Current);
        Assert.Equal(new Epoch(1), clock.EpochOf(new Slot(8)));
        Assert.Equal(TimeSpan.FromMilliseconds(1), clock.Until(new Slot(9)));
        Assert.Equal(new Slot(16), clock.FirstSlotOf(new Epoch(2)));
    }

    [Fact]
    public async Task Waiting_for_a_slot_ends_when_the_clock_gets_there()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1000));
        var clock = new SlotClock(time, 1000, new ChainSpec(ChainConfig.Minimal.With([new("SLOT_DURATION_MS", "250")])));
        Task waiting = clock.WaitAsync(new Slot(1), 0.5, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMilliseconds(374));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(2));
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Domains_are_those_of_the_specification()
    {
        // compute_domain(DOMAIN_DEPOSIT, 0x00000000, zero root), known from every deposit contract tool.
        var fork = new SigningFork(new Fork { PreviousVersion = default, CurrentVersion = ForkVersion.Parse("0x00000001"), Epoch = new Epoch(3) }, Root.Zero);
        Assert.Equal("0x03000000f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a9", fork.DomainAt(DomainType.Deposit, new Epoch(2)).ToString());
        Assert.NotEqual(fork.DomainAt(DomainType.Deposit, new Epoch(2)), fork.DomainAt(DomainType.Deposit, new Epoch(3)));
    }

    private static DutyBoard Board(byte previous, byte current) => new()
    {
        Attesters = ImmutableDictionary<Epoch, AttesterEpoch>.Empty
            .Add(new Epoch(5), new AttesterEpoch(new Epoch(5), Filled(previous), new Epoch(5), Array.Empty<AttesterTask>().ToLookup(static task => task.Duty.Slot)))
            .Add(new Epoch(6), new AttesterEpoch(new Epoch(6), Filled(current), new Epoch(5), Array.Empty<AttesterTask>().ToLookup(static task => task.Duty.Slot))),
        Proposers = ImmutableDictionary<Epoch, ProposerEpoch>.Empty
            .Add(new Epoch(5), new ProposerEpoch(new Epoch(5), Filled(current), new Epoch(5), ImmutableDictionary<Slot, ProposerDuty>.Empty)),
    };

    private static HeadEvent Head(byte previous, byte current) => new()
    {
        Slot = new Slot(41),
        Block = default,
        State = default,
        EpochTransition = false,
        PreviousDutyDependentRoot = Filled(previous),
        CurrentDutyDependentRoot = Filled(current),
    };

    private static Root Filled(byte value) => new(Enumerable.Repeat(value, 32).ToArray());
}
