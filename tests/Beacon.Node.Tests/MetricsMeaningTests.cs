using System.Globalization;
using Beacon.Chain;
using Beacon.Chain.Tests;
using Beacon.Ssz;

namespace Beacon.Node.Tests;

/// <summary>What the numbers in <c>/metrics</c> mean, read as a scraper reads them.</summary>
public sealed class MetricsMeaningTests
{
    private const double Stake = 32e9 * ChainHarness.Validators;

    [Fact]
    public async Task Gauges_follow_the_chain_and_participation_is_that_of_the_last_complete_epoch()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.Harness.RunSlotsAsync(1, 25, static validator => validator.Value % 4 != 0);
        Samples samples = await ScrapeAsync(host);
        Assert.Equal((25, 25), (samples["beacon_head_slot"], samples["beacon_clock_time_slot"]));

        // Three quarters of seven slots are less than two thirds, so the epoch before the head's is not justified by its own end.
        Assert.Equal((1, 0), (samples["beacon_current_justified_epoch"], samples["beacon_finalized_epoch"]));
        Assert.Equal(ChainHarness.Validators, samples["beacon_current_active_validators"]);
        Assert.Equal((Stake, Stake * 3 / 4, Stake * 3 / 4), (samples["fleet_previous_epoch_active_gwei"], samples["fleet_previous_epoch_target_gwei"], samples["fleet_previous_epoch_head_gwei"]));
        Assert.Equal(26, samples["fleet_block_tree_size"]);
        Assert.Equal(25, samples["fleet_block_imports_total{outcome=\"imported\"}"]);
        Assert.Equal(25, samples["fleet_block_import_seconds_count"]);
        Assert.Equal(0, samples["fleet_orphan_blocks"]);
        Assert.True(samples["fleet_database_bytes"] > 0);
        Assert.True(samples["fleet_signature_batch_size_count"] > 0);

        // A chain on which time goes on and nobody attests shows it; the specification's sums of stake are never below one ETH.
        host.Harness.MoveTo(48);
        samples = await ScrapeAsync(host);
        Assert.Equal((25, 48), (samples["beacon_head_slot"], samples["beacon_clock_time_slot"]));
        Assert.Equal((Stake, 1e9), (samples["fleet_previous_epoch_active_gwei"], samples["fleet_previous_epoch_target_gwei"]));
    }

    [Fact]
    public async Task A_slashed_validator_is_told_until_it_has_left()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ChainHarness harness = host.Harness;
        await harness.RunSlotsAsync(1, 8);
        Samples samples = await ScrapeAsync(host);
        Assert.Equal((0, 0, 0), (samples["fleet_exiting_validators{slashed=\"true\"}"], samples["fleet_exiting_last_epoch{slashed=\"true\"}"], samples["fleet_slashings_gwei"]));

        // Somebody who need not propose within the epoch; his votes count no more, so he leaves them.
        Types.ValidatorIndex[] proposers = [.. harness.Chain.GetProposerDuties(new Types.Epoch(1)).Items.Select(static duty => duty.Validator)];
        Types.ValidatorIndex slashed = Enumerable.Range(0, ChainHarness.Validators).Select(static i => new Types.ValidatorIndex((ulong)i)).First(index => !proposers.Contains(index));
        Types.BeaconBlock block = harness.Chain.GetBlock(harness.Chain.Head.Root)!.Message with { ProposerIndex = slashed };
        var slashing = new Types.ProposerSlashing { SignedHeader1 = harness.Sign(block).ToHeader(), SignedHeader2 = harness.Sign(block with { StateRoot = Root.Zero }).ToHeader() };
        Assert.Equal(GossipVerdict.Accept, await host.Chain.PublishAsync(slashing, CancellationToken.None));
        await harness.RunSlotsAsync(9, 15, validator => validator != slashed);
        harness.MoveTo(16);
        samples = await ScrapeAsync(host);

        // Slashed in epoch 1: the exit is at 1 + 1 + MAX_SEED_LOOKAHEAD, and withdrawal 256 epochs after it.
        Assert.Equal((1, 32e9, 6, 6), (
            samples["fleet_exiting_validators{slashed=\"true\"}"], samples["fleet_exiting_gwei{slashed=\"true\"}"],
            samples["fleet_exiting_first_epoch{slashed=\"true\"}"], samples["fleet_exiting_last_epoch{slashed=\"true\"}"]));
        Assert.Equal((262, 262, 32e9), (samples["fleet_slashed_first_withdrawable_epoch"], samples["fleet_slashed_last_withdrawable_epoch"], samples["fleet_slashings_gwei"]));
        Assert.Equal(0, samples["fleet_exiting_validators{slashed=\"false\"}"]);
        harness.MoveTo(48);
        samples = await ScrapeAsync(host);
        Assert.Equal((0, 0, 32e9), (samples["fleet_exiting_validators{slashed=\"true\"}"], samples["fleet_slashed_first_withdrawable_epoch"], samples["fleet_slashings_gwei"]));
    }

    [Fact]
    public async Task Arrival_counts_blocks_that_arrive_and_not_those_that_sync_imports()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using ChainHarness other = ChainHarness.Start();
        await other.RunSlotsAsync(1, 4, static _ => false);
        host.Harness.MoveTo(4, 250);
        foreach (ulong slot in new ulong[] { 1, 2, 3 })
        {
            Assert.True((await host.Chain.ImportAsync(other.Chain.GetBlock(other.Chain.GetCanonicalRoot(new Types.Slot(slot))!.Value)!, CancellationToken.None)).IsInChain);
        }

        Assert.Equal(GossipVerdict.Accept, await host.Chain.OnGossipBlockAsync(other.Chain.GetBlock(other.Chain.Head.Root)!, CancellationToken.None));
        Samples samples = await ScrapeAsync(host);
        Assert.Equal((1, 0.25), (samples["fleet_block_arrival_delay_seconds_count"], samples["fleet_block_arrival_delay_seconds_sum"]));
        Assert.Equal(1, samples["fleet_gossip_messages_total{outcome=\"accept\",reason=\"\",topic=\"beacon_block\"}"]);
        Assert.Equal(GossipOutcome.Reject, (await host.Chain.OnGossipBlockAsync(other.Sign(other.Chain.GetBlock(other.Chain.Head.Root)!.Message with { Slot = new Types.Slot(3), StateRoot = Root.Zero }), CancellationToken.None)).Outcome);
        samples = await ScrapeAsync(host);
        Assert.Contains(samples.Keys, static key => key.StartsWith("fleet_gossip_messages_total{outcome=\"reject\",reason=\"not_later_than_parent\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_are_counted_by_class_and_probes_are_not()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.GetAsync("/eth/v1/beacon/genesis");
        await host.GetAsync("/eth/v1/beacon/blocks/999");
        host.Context.Chain = null;
        host.Context.IsReady = false;
        await host.GetAsync("/eth/v1/beacon/genesis");
        await host.GetAsync("/eth/v1/beacon/genesis");
        await host.GetAsync("/eth/v1/node/health");
        await host.GetAsync("/healthz");
        Samples samples = await ScrapeAsync(host);
        Assert.Equal((1, 1, 2), (samples["fleet_api_requests_total{status=\"2xx\"}"], samples["fleet_api_requests_total{status=\"4xx\"}"], samples["fleet_api_requests_total{status=\"5xx\"}"]));
    }

    private static async Task<Samples> ScrapeAsync(ApiHost host)
    {
        Answer answer = await host.GetAsync("/metrics");
        Assert.StartsWith("text/plain", answer.ContentType);
        return new Samples(answer.Text);
    }

    /// <summary>Samples by series.</summary>
    private sealed class Samples : Dictionary<string, double>
    {
        public Samples(string text)
        {
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line[0] != '#'))
            {
                int space = line.LastIndexOf(' ');
                Add(line[..space], double.Parse(line[(space + 1)..].Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture));
            }
        }
    }
}
