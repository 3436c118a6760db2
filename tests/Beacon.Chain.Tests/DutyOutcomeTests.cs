using Beacon.Chain.Duties;
using Beacon.Metrics;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Chain.Tests;

/// <summary>A chain on which it is known who did what, and what the metrics say of it.</summary>
public sealed class DutyOutcomeTests
{
    private static readonly Root Elsewhere = new([.. Enumerable.Repeat((byte)7, 32)]);

    /// <summary>Four groups of eight: right, absent, for another target, for another head.</summary>
    private static readonly DutyGroup[] Groups = [new("right", 0, 7), new("absent", 8, 15), new("target", 16, 23), new("head", 24, 31)];

    [Fact]
    public async Task Every_duty_is_counted_once_by_what_the_canonical_chain_has_of_it_also_over_a_restart()
    {
        const ulong Gap = 13;
        const ulong Orphan = 21;
        const ulong Last = 34;
        var store = new UndisposedStore();
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)ChainHarness.GenesisTime));
        var options = new ChainOptions { DutyGroups = Groups };
        await using ChainHarness other = ChainHarness.Start(time: time);
        ChainHarness harness = ChainHarness.Start(store, time, options);
        var proposers = new Dictionary<ulong, ulong>();
        try
        {
            for (ulong slot = 0; slot <= Last; slot++)
            {
                harness.MoveTo(slot);
                if (slot % 8 == 0)
                {
                    foreach (ProposerDuty duty in harness.Chain.GetProposerDuties(new Epoch(slot / 8)).Items)
                    {
                        proposers[duty.Slot.Value] = duty.Validator.Value;
                    }
                }

                if (slot is > 0 and not (Gap or Orphan))
                {
                    // The block after the orphan is made by who never saw it.
                    SignedBeaconBlock block = (slot == Orphan + 1 ? other : harness).Propose(slot);
                    Assert.True((await harness.Chain.PublishAsync(block, CancellationToken.None)).Import!.Value.IsInChain);
                    Assert.True((await other.Chain.ImportAsync(block, CancellationToken.None)).IsInChain);
                    Assert.Equal(block.Message.HashTreeRoot(), harness.Chain.Head.Root);
                }

                if (slot == 30)
                {
                    await harness.DisposeAsync();
                    harness = ChainHarness.Start(store, time, options);
                }

                harness.MoveTo(slot, 333);
                foreach (Attestation attestation in Misbehave(harness, slot))
                {
                    harness.Chain.AttestationPool.Add(attestation);
                    other.Chain.AttestationPool.Add(attestation);
                }

                if (slot == Orphan)
                {
                    harness.MoveTo(slot, 600);
                    Assert.True((await harness.Chain.PublishAsync(harness.Propose(slot), CancellationToken.None)).Import!.Value.IsInChain);
                    Assert.Equal(Orphan, harness.Chain.Head.Slot.Value);
                }
            }

            IReadOnlyDictionary<string, long> samples = Scrape(harness);
            foreach (DutyGroup group in Groups)
            {
                string result = group.Name switch { "right" => "included", "absent" => "missed", "target" => "wrong_target", _ => "wrong_head" };
                foreach (string each in new[] { "included", "late", "wrong_head", "wrong_target", "missed" })
                {
                    Assert.Equal((group.Name, each, each == result ? 24 : 0), (group.Name, each, samples[$"fleet_duty_attestation_total{{key_group=\"{group.Name}\",result=\"{each}\"}}"]));
                }

                // Two slots lack a canonical block, so what was attested in the slot before each is included one slot later.
                long longer = group.Name == "absent" ? 0 : Assigned(harness, group, Gap - 1) + Assigned(harness, group, Orphan - 1);
                Assert.Equal(group.Name == "absent" ? 0 : 24 + longer, samples[$"fleet_duty_inclusion_distance_slots_total{{key_group=\"{group.Name}\"}}"]);
                Assert.Equal(2, samples[$"fleet_duty_epoch{{key_group=\"{group.Name}\"}}"]);
                Assert.Equal(Proposals(group, static slot => slot is not (Gap or Orphan)), samples[$"fleet_duty_proposal_total{{key_group=\"{group.Name}\",result=\"proposed\"}}"]);
                Assert.Equal(Proposals(group, static slot => slot == Gap), samples[$"fleet_duty_proposal_total{{key_group=\"{group.Name}\",result=\"missed\"}}"]);
                Assert.Equal(Proposals(group, static slot => slot == Orphan), samples[$"fleet_duty_proposal_total{{key_group=\"{group.Name}\",result=\"orphaned\"}}"]);
            }
        }
        finally
        {
            await harness.DisposeAsync();
        }

        int Proposals(DutyGroup group, Func<ulong, bool> which) =>
            proposers.Count(entry => entry.Key < 24 && which(entry.Key) && group.First <= entry.Value && entry.Value <= group.Last);
    }

    [Fact]
    public async Task An_epoch_is_counted_when_blocks_settle_it_and_never_by_the_clock_alone()
    {
        await using ChainHarness harness = ChainHarness.Start(options: new ChainOptions { DutyGroups = [new("all", 0, 10_000)] });
        await harness.RunSlotsAsync(1, 17);
        Assert.DoesNotContain("fleet_duty_epoch{key_group=\"all\"}", Scrape(harness).Keys);
        Assert.Equal(0, Sum(harness, "attestation"));
        await harness.RunSlotsAsync(18, 18);
        Assert.Equal((0, 32, 7), (Scrape(harness)["fleet_duty_epoch{key_group=\"all\"}"], Sum(harness, "attestation"), Sum(harness, "proposal")));

        // Nobody can be said to have missed what may still come from elsewhere.
        harness.MoveTo(60);
        Assert.Equal(32, Sum(harness, "attestation"));
        await harness.RunSlotsAsync(60, 60);
        IReadOnlyDictionary<string, long> samples = Scrape(harness);
        Assert.Equal((5, 6 * 32, 7 + (5 * 8)), (samples["fleet_duty_epoch{key_group=\"all\"}"], Sum(harness, "attestation"), Sum(harness, "proposal")));
        Assert.Equal(18, samples["fleet_duty_proposal_total{key_group=\"all\",result=\"proposed\"}"]);
    }

    [Fact]
    public async Task What_comes_later_than_the_root_of_an_epochs_slots_is_late()
    {
        await using ChainHarness harness = ChainHarness.Start(options: new ChainOptions { DutyGroups = [new("late", 0, 31)] });
        IReadOnlyList<Attestation> third = [];
        for (ulong slot = 1; slot <= 18; slot++)
        {
            await harness.RunSlotsAsync(slot, slot, _ => slot != 3);
            third = slot == 3 ? harness.Attest(3) : third;
            if (slot == 5)
            {
                Assert.All(third, attestation => harness.Chain.AttestationPool.Add(attestation));
            }
        }

        // Nobody attested in slot 0; in slot 3 everybody did, and was heard three slots later.
        IReadOnlyDictionary<string, long> samples = Scrape(harness);
        Assert.Equal(
            (4, 4, 24),
            (samples["fleet_duty_attestation_total{key_group=\"late\",result=\"late\"}"],
            samples["fleet_duty_attestation_total{key_group=\"late\",result=\"missed\"}"],
            samples["fleet_duty_attestation_total{key_group=\"late\",result=\"included\"}"]));
        Assert.Equal(24 + (4 * 3), samples["fleet_duty_inclusion_distance_slots_total{key_group=\"late\"}"]);
    }

    [Fact]
    public async Task A_group_with_another_range_begins_anew_and_one_that_is_gone_is_forgotten()
    {
        var store = new UndisposedStore();
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)ChainHarness.GenesisTime));
        await using (ChainHarness first = ChainHarness.Start(store, time, new ChainOptions { DutyGroups = [new("same", 0, 7), new("moved", 8, 15), new("gone", 16, 23)] }))
        {
            await first.RunSlotsAsync(1, 27);
            Assert.Equal((16, 16, 16), (Sum(first, "attestation", "same"), Sum(first, "attestation", "moved"), Sum(first, "attestation", "gone")));
        }

        await using (ChainHarness second = ChainHarness.Start(store, time, new ChainOptions { DutyGroups = [new("same", 0, 7), new("moved", 8, 16)] }))
        {
            Assert.Equal((16, 0), (Sum(second, "attestation", "same"), Sum(second, "attestation", "moved")));
            await second.RunSlotsAsync(28, 42);
            Assert.Equal((4 * 8, 9), (Sum(second, "attestation", "same"), Sum(second, "attestation", "moved")));
        }

        await using ChainHarness third = ChainHarness.Start(store, time, new ChainOptions { DutyGroups = [new("gone", 16, 23)] });
        Assert.Equal(0, Sum(third, "attestation", "gone"));
    }

    [Theory]
    [InlineData("canary=0-15", "canary=0-15")]
    [InlineData("eu-0.a_b=7-7", "eu-0.a_b=7-7")]
    [InlineData("canary=16-15", null)]
    [InlineData("canary", null)]
    [InlineData("=0-1", null)]
    [InlineData("Canary=0-1", null)]
    [InlineData("a b=0-1", null)]
    [InlineData("a=0", null)]
    [InlineData("a=-1-1", null)]
    [InlineData("a=0-99999999999999999999", null)]
    public void A_group_is_a_name_and_a_range(string text, string? expected) => Assert.Equal(expected, DutyGroup.TryParse(text)?.ToString());

    /// <summary>The slot's attestations, as each group makes them.</summary>
    private static IEnumerable<Attestation> Misbehave(ChainHarness harness, ulong slot)
    {
        Root before = slot < 8 ? Elsewhere : harness.Chain.GetCanonicalRootAtOrBefore(new Slot((slot / 8 * 8) - 1))!.Value;
        foreach (DutyGroup group in Groups.Where(static group => group.Name != "absent"))
        {
            foreach (AttesterDuty duty in DutiesOf(harness, group, slot))
            {
                AttestationData data = harness.Chain.GetAttestationData(duty.Slot, duty.Committee);
                data = group.Name switch
                {
                    "target" => data with { Target = data.Target with { Root = before } },
                    "head" => data with { BeaconBlockRoot = Elsewhere },
                    _ => data,
                };
                yield return new Attestation
                {
                    AggregationBits = Bitlist.Single((int)duty.CommitteeLength, (int)duty.Position),
                    Data = data,
                    Signature = harness.Sign(duty.Validator, data.HashTreeRoot(), DomainType.BeaconAttester),
                };
            }
        }
    }

    private static int Assigned(ChainHarness harness, DutyGroup group, ulong slot)
    {
        CachedBeaconState state = harness.Chain.GetStateAtSlot(new Slot(slot))!;
        CommitteeShuffling shuffling = Accessors.GetShuffling(state, new Epoch(slot / 8));
        return Enumerable.Range((int)group.First, (int)(group.Last - group.First) + 1)
            .Count(validator => shuffling.TryGetAssignment(new ValidatorIndex((ulong)validator), out CommitteeAssignment assignment) && assignment.Slot.Value == slot);
    }

    private static IEnumerable<AttesterDuty> DutiesOf(ChainHarness harness, DutyGroup group, ulong slot) =>
        harness.Chain.GetAttesterDuties(new Epoch(slot / 8), [.. Enumerable.Range((int)group.First, (int)(group.Last - group.First) + 1).Select(static index => new ValidatorIndex((ulong)index))])
            .Items.Where(duty => duty.Slot.Value == slot);

    private static long Sum(ChainHarness harness, string duty, string group = "all") => Scrape(harness)
        .Where(sample => sample.Key.StartsWith($"fleet_duty_{duty}_total{{key_group=\"{group}\"", StringComparison.Ordinal)).Sum(static sample => sample.Value);

    private static Dictionary<string, long> Scrape(ChainHarness harness)
    {
        using var registry = new MetricsRegistry(harness.Meters, processMetrics: false);
        return registry.Render().Split('\n').Where(static line => line.StartsWith("fleet_duty_", StringComparison.Ordinal))
            .ToDictionary(static line => line[..line.LastIndexOf(' ')], static line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }
}
