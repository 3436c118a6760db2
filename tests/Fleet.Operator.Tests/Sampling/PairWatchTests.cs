using Fleet.Api;
using Fleet.Planning.Canary;
using Fleet.Planning.Rollouts;
using static Fleet.Operator.Tests.Sampling.PairWorld;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>What is seen of a pair.</summary>
public sealed class PairWatchTests : IDisposable
{
    private readonly PairWorld _world = new();

    private DateTimeOffset Now => _world.Time.GetUtcNow();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Both_sides_are_scraped()
    {
        _world.Measure(7, 3);
        DateTimeOffset start = Now;
        for (int i = 0; i < 3; i++)
        {
            await _world.LookAsync();
        }

        PairFacts facts = _world.Watch.Facts()!;
        Assert.Equal(start + TimeSpan.FromSeconds(2), facts.Since);
        Assert.Null(facts.BaselineSilentSince);
        Assert.Null(facts.CanarySilentSince);
        MetricObservation peers = Of(facts, "peers");
        Assert.Equal([7, 7, 7], peers.Baseline.Samples.Select(static sample => sample.Value));
        Assert.Equal([3, 3, 3], peers.Canary.Samples.Select(static sample => sample.Value));
    }

    [Fact]
    public async Task Nothing_is_known_before_both_have_run_at_the_same_time()
    {
        _world.Measure(7, 3);
        _world.Stop(Canary);
        Assert.Null(await _world.LookAsync());
        Assert.Empty(_world.Nodes.Requests);

        _world.Start(Canary, "first");
        Assert.Equal(Now + TimeSpan.FromSeconds(2), (await _world.LookAsync())!.Since);
    }

    [Theory]
    [InlineData(Baseline)]
    [InlineData(Canary)]
    public async Task Another_pod_begins_everything_anew(string side)
    {
        _world.Measure(7, 3);
        _world.Nodes.Config(Host(Canary), "SLOT_DURATION_MS", "2000");
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            _world.Count("net-eu-0", epoch, 4 * epoch);
            _world.Advance(100 + epoch, 1, ofCanary: 2);
            await _world.LookAsync();
        }

        PairFacts before = _world.Watch.Facts()!;
        Assert.NotNull(before.Duties);
        Assert.NotNull(before.ForkedSince);
        Assert.NotNull(before.ConfigMismatch);

        _world.Start(side, "another");
        _world.Nodes.Config(Host(Canary), "SLOT_DURATION_MS", "1000");
        PairFacts after = (await _world.LookAsync())!;
        Assert.Equal(Now, after.Since);
        Assert.Null(after.Duties);
        Assert.Null(after.ConfigMismatch);
        Assert.Equal(Now, after.ForkedSince);
        Assert.Single(Of(after, "peers").Baseline.Samples);
        Assert.Single(Of(after, "peers").Canary.Samples);
    }

    [Fact]
    public async Task A_pod_that_is_away_for_a_moment_is_silent_and_the_same_afterwards()
    {
        _world.Measure(7, 3);
        DateTimeOffset since = (await _world.LookAsync())!.Since;
        _world.Stop(Canary);
        PairFacts away = (await _world.LookAsync())!;
        Assert.Equal(Now, away.CanarySilentSince);
        Assert.Null(away.BaselineSilentSince);
        Assert.Equal("its pod is not there", Of(away, "peers").Canary.Problem);

        _world.Start(Canary, Canary + "-uid");
        PairFacts back = (await _world.LookAsync())!;
        Assert.Null(back.CanarySilentSince);
        Assert.Equal(since, back.Since);
        Assert.Equal(2, Of(back, "peers").Canary.Samples.Length);
    }

    [Fact]
    public async Task Silence_is_told_of_the_side_that_is_silent_and_since_when()
    {
        _world.Measure(7, 3);
        await _world.LookAsync();
        _world.Nodes.Refuse(Host(Canary), "/metrics");
        _world.ProbeInVain(Canary);
        PairFacts one = (await _world.LookAsync())!;
        DateTimeOffset canarySince = Now;
        Assert.Equal(canarySince, one.CanarySilentSince);
        Assert.Null(one.BaselineSilentSince);

        _world.Nodes.Refuse(Host(Baseline), "/metrics");
        _world.ProbeInVain(Baseline);
        PairFacts both = (await _world.LookAsync())!;
        Assert.Equal(canarySince, both.CanarySilentSince);
        Assert.Equal(Now, both.BaselineSilentSince);

        _world.Measure(7, 3);
        PairFacts none = (await _world.LookAsync())!;
        Assert.Null(none.CanarySilentSince);
        Assert.Null(none.BaselineSilentSince);
    }

    [Fact]
    public async Task A_node_without_metrics_whose_api_answers_is_not_silent()
    {
        _world.Measure(7, 3);
        _world.Nodes.Refuse(Host(Canary), "/metrics");

        PairFacts facts = (await _world.LookAsync())!;

        Assert.Null(facts.CanarySilentSince);
        Assert.Equal("/metrics could not be read", Of(facts, "peers").Canary.Problem);
    }

    [Fact]
    public async Task What_a_pod_before_it_answered_is_no_answer_of_this_one()
    {
        _world.Measure(7, 3);
        _world.Nodes.Refuse(Host(Canary), "/metrics");
        _world.Probe(Canary, headSlot: 9, podUid: "the-one-before");

        Assert.Equal(Now + TimeSpan.FromSeconds(2), (await _world.LookAsync())!.CanarySilentSince);
    }

    [Fact]
    public async Task A_fork_is_noticed_two_slots_below_the_head_of_most_and_forgotten_when_it_ends()
    {
        _world.Advance(20, root: 1, ofCanary: 1);
        Assert.Null((await _world.LookAsync())!.ForkedSince);

        _world.Advance(22, root: 2, ofCanary: 9);
        Assert.Equal(Now + TimeSpan.FromSeconds(2), (await _world.LookAsync())!.ForkedSince);
        DateTimeOffset since = Now;
        _world.Advance(24, root: 3, ofCanary: null);
        Assert.Equal(since, (await _world.LookAsync())!.ForkedSince);
        _world.Advance(26, root: 4, ofCanary: 4);
        Assert.Null((await _world.LookAsync())!.ForkedSince);
    }

    [Fact]
    public async Task A_head_that_does_not_move_is_asked_for_once()
    {
        _world.Advance(20, root: 1, ofCanary: 9);
        await _world.LookAsync();
        await _world.LookAsync();

        Assert.Single(_world.Nodes.Requests, static uri => uri.Host == Host(Canary) && uri.AbsolutePath == "/eth/v1/beacon/headers/18");
    }

    [Fact]
    public async Task Without_most_on_one_block_and_without_the_canarys_word_nothing_is_concluded()
    {
        _world.Advance(20, root: 1, ofCanary: 9);
        _world.Nodes.Block(Host("net-eu-0"), 18, 2);
        _world.Nodes.Block(Host("net-eu-1"), 18, 3);
        Assert.Null((await _world.LookAsync())!.ForkedSince);

        _world.Advance(22, root: 1, ofCanary: 9);
        _world.Nodes.Refuse(Host(Canary), "/eth/v1/beacon/headers/20");
        Assert.Null((await _world.LookAsync())!.ForkedSince);

        // Two of three are most, whatever the third says.
        _world.Advance(24, root: 1, ofCanary: 1);
        _world.Nodes.Block(Host("net-eu-2"), 22, 9);
        Assert.Null((await _world.LookAsync())!.ForkedSince);
        _world.Advance(26, root: 1, ofCanary: 9);
        _world.Nodes.Block(Host("net-eu-2"), 24, 9);
        Assert.Equal(Now + TimeSpan.FromSeconds(2), (await _world.LookAsync())!.ForkedSince);
    }

    [Fact]
    public async Task A_chain_that_begins_anew_is_followed_from_its_beginning()
    {
        _world.Advance(1_000, root: 1, ofCanary: 1);
        await _world.LookAsync();
        _world.Start(Baseline, "of-the-new-chain");
        _world.Start(Canary, "of-the-new-chain-too");
        _world.Advance(10, root: 5, ofCanary: 6);

        Assert.Equal(Now + TimeSpan.FromSeconds(2), (await _world.LookAsync())!.ForkedSince);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_witness_that_goes_away_while_the_pair_is_looked_at_disturbs_nothing(int lookUp)
    {
        _world.Measure(7, 3);
        _world.Advance(20, root: 1, ofCanary: 9);
        int asked = 0;
        _world.OnLookUp = name =>
        {
            // Such as between being chosen and being asked.
            if (name == Names.Pod("net-eu-2") && ++asked == lookUp)
            {
                _world.Stop("net-eu-2");
            }
        };

        PairFacts facts = (await _world.LookAsync())!;

        Assert.Equal(Now, facts.ForkedSince);
        Assert.Single(Of(facts, "peers").Canary.Samples);
    }

    [Fact]
    public async Task Another_value_of_the_configuration_is_told()
    {
        _world.Nodes.Config(Host(Canary), "SLOT_DURATION_MS", "2000");

        Assert.Equal("SLOT_DURATION_MS is 2000, not 1000", (await _world.LookAsync())!.ConfigMismatch);
    }

    [Theory]
    [InlineData("GENESIS_FORK_VERSION", "0x00000aBc")]
    [InlineData("MIN_GENESIS_TIME", "5")]
    [InlineData("SOMETHING_ELSE", "1")]
    public async Task Other_spellings_and_further_keys_are_no_difference(string key, string value)
    {
        _world.Nodes.Config(Host(Canary), key, value);

        Assert.Null((await _world.LookAsync())!.ConfigMismatch);
    }

    [Fact]
    public async Task A_configuration_is_asked_for_until_it_is_known()
    {
        await _world.LookAsync();
        _world.Nodes.Config(Host(Canary), "SLOT_DURATION_MS", "2000");
        await _world.LookAsync();
        _world.Nodes.Config(Host(Canary), "SLOT_DURATION_MS", "1000");
        await _world.LookAsync();

        Assert.NotNull(_world.Watch.Facts()!.ConfigMismatch);
        Assert.Equal(2, _world.Nodes.Requests.Count(static uri => uri.AbsolutePath == "/eth/v1/config/spec"));
    }

    [Fact]
    public async Task Duties_are_counted_by_the_first_node_outside_that_answers_for_as_long_as_it_does()
    {
        _world.ProbeInVain("net-eu-0");
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            _world.Count("net-eu-0", epoch, 4 * epoch);
            _world.Count("net-eu-2", epoch, 1_000 + (8 * epoch));
            if (epoch == 2)
            {
                // The first one is back, but another one counts by now.
                _world.Probe("net-eu-0", headSlot: 0);
            }

            // The second in line can be reached, but has no metrics.
            Assert.Equal(epoch < 3, (await _world.LookAsync())!.Duties is null);
        }

        Assert.Equal(new PairDuties(2, new DutyCounts(0, 16), new DutyCounts(16, 16)), _world.Watch.Facts()!.Duties);
    }

    [Fact]
    public async Task When_another_node_counts_its_past_is_not_taken_for_news()
    {
        DateTimeOffset start = Now;
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            _world.Count("net-eu-0", epoch, 4 * epoch);
            await _world.LookAsync();
        }

        Assert.Equal(new PairDuties(2, new DutyCounts(0, 8), new DutyCounts(8, 8)), _world.Watch.Facts()!.Duties);

        _world.Nodes.Refuse(Host("net-eu-0"), "/metrics");
        _world.Count("net-eu-1", 3, 4_000);
        Assert.Null((await _world.LookAsync())!.Duties);
        _world.Count("net-eu-1", 4, 4_004);
        PairFacts facts = (await _world.LookAsync())!;

        Assert.Null(facts.Duties);
        MetricObservation inclusion = facts.Window(start, Now + TimeSpan.FromSeconds(1)).Metrics.Single(static metric => metric.Definition.Name == "attestation-inclusion");
        Assert.Equal(new DutyCounts(12, 12), inclusion.Baseline.Duties);
        Assert.Equal(new DutyCounts(0, 12), inclusion.Canary.Duties);
    }

    [Fact]
    public async Task Restarts_are_those_of_the_pods()
    {
        _world.Measure(7, 3);
        await _world.LookAsync();
        _world.Start(Canary, Canary + "-uid", restarts: 2);
        PairFacts facts = (await _world.LookAsync())!;

        Assert.Equal(0, Of(facts, "restarts").Baseline.Count);
        Assert.Equal(2, Of(facts, "restarts").Canary.Count);
    }

    private MetricObservation Of(PairFacts facts, string name) =>
        facts.Window(facts.Since, Now + TimeSpan.FromSeconds(1)).Metrics.Single(metric => metric.Definition.Name == name);
}
