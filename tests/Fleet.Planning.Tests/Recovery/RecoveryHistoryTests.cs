using System.Collections.Immutable;
using System.Text;
using Fleet.Api;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>What is remembered of an incident: how much, how long, and how it survives.</summary>
public sealed class RecoveryHistoryTests
{
    [Theory]
    [InlineData("1-3", 4, 4, "1-4")]
    [InlineData("1-3", 5, 6, "1-3 5-6")]
    [InlineData("1-3 7-9", 3, 7, "1-9")]
    [InlineData("", 0, 0, "0-0")]
    [InlineData("1-3", 4, 3, "1-3")]
    public void Epochs_join(string before, long first, long last, string after) => Assert.Equal(after, Text(Ranges(before).With(first, last)));

    [Theory]
    [InlineData("1-3 7-9", 0, 6, "1-3 7-9")]
    [InlineData("1-3 7-9", 2, 4, "3-3 7-9")]
    [InlineData("1-3 7-9", 9, 0, "")]
    public void Epochs_after_another_are_counted(string ranges, long epoch, long count, string left)
    {
        Assert.Equal(count, Ranges(ranges).CountAfter(epoch));
        Assert.Equal(left, Text(Ranges(ranges).After(epoch)));
    }

    [Fact]
    public void Of_many_ranges_the_latest_stay()
    {
        ImmutableArray<EpochRange> ranges = [];
        for (long epoch = 0; epoch < 1000; epoch += 2)
        {
            ranges = ranges.With(epoch, epoch);
        }

        Assert.Equal(64, ranges.Length);
        Assert.Equal(new EpochRange(998, 998), ranges[^1]);
    }

    [Fact]
    public void Nothing_is_stored_while_the_chain_finalizes_and_nothing_is_left_when_it_does_again()
    {
        var net = new SimulatedNetwork();
        net.Epochs(10);
        Assert.Null(Stored(net));
        net.Do(..3, node => node.Signs = false);
        net.Epochs(8);
        Assert.NotNull(RecoveryHistory.FromJson(Stored(net)));
        net.Do(..3, node => node.Signs = true);
        net.Epochs(5);
        Assert.Null(Stored(net));
    }

    [Fact]
    public void It_is_written_once_an_epoch()
    {
        var net = new SimulatedNetwork();
        net.Epochs(10);
        net.Do(..3, node => node.Signs = false);
        net.Epochs(8);
        Assert.Empty(net.World.Pass().Actions);
        net.World.Now += TimeSpan.FromSeconds(20);
        Assert.Empty(net.World.Pass().Actions);
    }

    [Fact]
    public void It_is_small_after_a_thousand_epochs_and_is_read_back_as_it_was()
    {
        var net = new SimulatedNetwork(limit: 5000);
        net.Epochs(10);
        net.Do(..3, node => node.Signs = false);
        net.Do(7.., node => node.Process = ProcessState.Crashing);
        net.Epochs(1000);
        string text = Stored(net)!;
        Assert.InRange(Encoding.UTF8.GetByteCount(text), 200, 8192);
        Assert.Equal(text, RecoveryHistory.FromJson(text)!.ToJson());
        Assert.InRange(net.World.Observation.History!.Participation.Length, 8, 64);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void What_is_no_history_is_none(string text) => Assert.Null(RecoveryHistory.FromJson(text));

    [Fact]
    public void An_operator_that_was_away_for_long_gives_the_chain_time()
    {
        var net = new SimulatedNetwork(limit: 20);
        net.Epochs(10);
        net.Do(..3, node => node.Signs = false);
        net.Epochs(8);
        net.IsWatched = false;
        net.Epochs(30);
        net.IsWatched = true;
        net.Epochs(1);
        RecoveryHistory history = net.World.Observation.History!;
        Assert.True(history.IsInGrace);
        Assert.InRange(history.ObservedLag, 5, 15);
        Assert.Equal(net.Epoch, history.Gaps[^1].Last);
        net.Epochs(19);
        Assert.Empty(net.Made);
        net.Epochs(5);
        Assert.Equal("U2", Assert.Single(net.Made).Spec.Criterion);
    }

    [Fact]
    public void A_clock_that_is_set_back_or_forth_is_a_gap_as_well()
    {
        foreach (int hours in (int[])[-1, 3])
        {
            var net = new SimulatedNetwork();
            net.Epochs(90);
            net.Do(..3, node => node.Signs = false);
            net.Epochs(8);
            Assert.False(net.World.Observation.History!.IsInGrace);
            net.World.Now += TimeSpan.FromHours(hours);
            net.World.Pass();
            RecoveryHistory history = net.World.Observation.History!;
            Assert.True(hours > 0 ? history.IsInGrace : history.Since is null);
            Assert.Empty(net.Made);
        }
    }

    [Fact]
    public void The_chain_is_looked_at_every_epoch_during_an_incident()
    {
        var net = new SimulatedNetwork();
        net.Epochs(10);
        net.Do(..3, node => node.Signs = false);
        net.Epochs(10);
        Assert.InRange(net.World.Pass().LookAgainAfter!.Value, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(48));
    }

    [Fact]
    public void An_iteration_begins_without_what_was_before()
    {
        var net = new SimulatedNetwork();
        net.Epochs(10);
        net.Do(..3, node => node.Signs = false);
        net.Epochs(10);
        RecoveryHistory history = net.World.Observation.History!;
        ChainHealth next = history.Health! with { Input = history.Health!.Input with { Iteration = 2 }, Epoch = 1, Camps = [] };
        RecoveryHistory after = history.Advance(next, new RecoveryPolicy { FinalityLostEpochs = 100, Forecast = new StakeForecast(_ => null, _ => 4000) });
        Assert.Equal((2, null, 0), (after.Iteration, after.Since, after.Participation.Length));
    }

    private static string? Stored(SimulatedNetwork net) => net.World.Observation.ConfigMaps.GetValueOrDefault(Names.Health("devnet"))?.Data?["history.json"];

    private static ImmutableArray<EpochRange> Ranges(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(range => range.Split('-')).Select(ends => new EpochRange(long.Parse(ends[0], null), long.Parse(ends[1], null)))];

    private static string Text(ImmutableArray<EpochRange> ranges) => string.Join(' ', ranges.Select(range => $"{range.First}-{range.Last}"));
}
