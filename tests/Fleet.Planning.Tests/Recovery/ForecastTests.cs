using System.Collections.Immutable;
using Beacon.Types;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>What is foretold from what nodes tell, which is sums and the ends of queues and not the registry.</summary>
public sealed class ForecastTests(ITestOutputHelper output)
{
    /// <summary>How far a forecast may be off, in epochs.</summary>
    private const int Tolerance = 2;

    private const long Full = 32_000_000_000;
    private const int Nodes = 4;

    private static readonly ImmutableArray<int> Looks = [0, 1, 2, 3, 5, 10, 20, 30];

    /// <summary>One exit per epoch, and no delay of withdrawal that would outlast it: the second penalty comes before most exits.</summary>
    private static readonly ChainSpec OneByOne = new(ChainConfig.Minimal.With(
        KeyValuePair.Create("MIN_PER_EPOCH_CHURN_LIMIT", "1"), KeyValuePair.Create("CHURN_LIMIT_QUOTIENT", "65536"), KeyValuePair.Create("MIN_VALIDATOR_WITHDRAWABILITY_DELAY", "1")));

    [Theory]
    [InlineData(64, 34)]
    [InlineData(64, 40)]
    [InlineData(64, 50)]
    [InlineData(64, 60)]
    [InlineData(100, 34)]
    [InlineData(100, 40)]
    [InlineData(100, 50)]
    [InlineData(100, 60)]
    [InlineData(1024, 34)]
    [InlineData(1024, 40)]
    [InlineData(1024, 50)]
    [InlineData(1024, 60)]
    public void Slashed_stake_leaves_when_foretold_from_what_nodes_tell(int validators, int slashedPercent)
    {
        ReferenceChain chain = Finalizing(ChainSpec.Minimal, validators);
        chain.Slash(Share(validators, slashedPercent));
        Check(chain, ChainSpec.Minimal, $"{slashedPercent} % of {validators} slashed");
    }

    [Theory]
    [InlineData(64, 40)]
    [InlineData(64, 60)]
    [InlineData(100, 40)]
    [InlineData(100, 50)]
    [InlineData(100, 60)]
    [InlineData(1024, 40)]
    [InlineData(1024, 60)]
    public void The_second_penalty_comes_when_foretold_from_what_nodes_tell(int validators, int slashedPercent)
    {
        ReferenceChain chain = Finalizing(OneByOne, validators);
        chain.Slash(Share(validators, slashedPercent));
        int epochs = Check(chain, OneByOne, $"{slashedPercent} % of {validators} slashed, one exit per epoch");
        Assert.True(epochs > 3, "the slashed left before the penalty mattered");
    }

    /// <summary>Where exits outlast half a slashings period the second penalties come one by one, and a sum does not tell who has had his: two thirds are foretold too early, never too late.</summary>
    [Fact]
    public void While_second_penalties_go_on_the_forecast_is_early()
    {
        ReferenceChain chain = Finalizing(OneByOne, 1024);
        chain.Slash(410);
        for (int i = 0; i <= 40; i++)
        {
            chain.EndEpoch();
        }

        int foretold = FinalityPredictor.EpochsToTwoThirds(Forecasts.Stake(Outlook(chain, chain.Told), OneByOne))!.Value;
        int epochs = 0;
        for (; !chain.EndEpoch(); epochs++)
        {
            Assert.True(epochs < 1_000, "never overcome");
        }

        Assert.InRange(foretold, 1, epochs);
    }

    [Fact]
    public void Slashed_in_two_waves_they_leave_when_foretold()
    {
        ReferenceChain chain = Finalizing(ChainSpec.Minimal, 100);
        chain.Slash(20);
        chain.EndEpoch();
        chain.EndEpoch();
        chain.Slash(50);
        Check(chain, ChainSpec.Minimal, "20 and then 50 of 100 slashed");
    }

    [Fact]
    public void Where_others_are_absent_too_the_exits_of_the_slashed_are_foretold()
    {
        ReferenceChain chain = Finalizing(ChainSpec.Minimal, 100);
        chain.Leave(10);
        chain.EndEpoch();
        chain.Slash(34);
        Check(chain, ChainSpec.Minimal, "34 of 100 slashed, and some others absent");
    }

    [Fact]
    public void Those_who_exit_by_their_own_will_vote_until_they_have_left()
    {
        ReferenceChain chain = Finalizing(ChainSpec.Minimal, 100);
        chain.Slash(50);
        chain.Exit(75);
        Check(chain, ChainSpec.Minimal, "50 of 100 slashed, and some others exit behind them");
    }

    [Fact]
    public void A_node_that_does_not_tell_leaves_them_absent()
    {
        ReferenceChain chain = Finalizing(ChainSpec.Minimal, 100);
        chain.Slash(40);
        chain.EndEpoch();
        StakeOutlook outlook = Outlook(chain, chain.Told with { Exits = null });
        Assert.Equal((60, 40, 0, null), (outlook.Present, outlook.Absent, outlook.Slashed, outlook.Exits));
        Assert.True(FinalityPredictor.EpochsToTwoThirds(Forecasts.Stake(outlook, ChainSpec.Minimal)) > 1000);
    }

    [Fact]
    public void The_slashed_are_not_counted_as_absent_again()
    {
        var exits = new ExitFacts(new ExitingFacts(34, 34 * 31_000_000_000L, 20, 31), new ExitingFacts(6, (2 * Full) + (4 * Full / 2), 18, 19), 276, 287, 34 * Full);
        var votes = new VoteFacts((50 * Full) + exits.Slashed.Gwei + (4 * Full / 2) + (12 * 20_000_000_000L), 50 * Full, 50 * Full, 100) { Exits = exits };
        ChainHealth health = Health(15, 100, votes);
        Assert.Equal((34, 16, false, true), (health.SlashedKeys, health.SilentKeys, health.NobodyStays, health.IsMainlySlashed));
        StakeOutlook outlook = StakeOutlook.Of(History(health), health.SilentKeys!.Value);
        Assert.Equal((50, 16, 34, 4, 20_000_000_000UL), (outlook.Present, outlook.Absent, outlook.Slashed, outlook.AbsentExiting, outlook.AbsentGwei));

        StakeObservation stake = Forecasts.Stake(outlook, ChainSpec.Minimal);
        Assert.Equal((100, 34 * (ulong)Full), (Count(stake, _ => true), stake.Slashing!.Value.Stake.Value));
        Assert.Equal((48, 12), (Count(stake, group => group.Votes && group.ExitEpoch == Epoch.FarFuture), Count(stake, group => !group.Votes && group.ExitEpoch == Epoch.FarFuture)));
        Assert.Equal([3, 3, 3, 3, 3, 2, 3, 3, 3, 3, 3, 2], stake.Groups.Where(group => group.IsSlashed).Select(group => group.Count));
        Assert.All(stake.Groups.Where(group => group.IsSlashed), group => Assert.Equal(group.ExitEpoch.Value + 256, group.WithdrawableEpoch.Value));
    }

    [Fact]
    public void Of_what_the_nodes_tell_of_exits_the_middle_counts()
    {
        VoteFacts honest = new(100 * Full, 90 * Full, 90 * Full, 100) { Exits = Exiting(5) };
        Assert.Equal(5, Health(15, 100, honest with { Exits = Exiting(100) }, honest, honest).Exits!.Validators);
        Assert.Equal(5, Health(15, 100, honest with { Exits = Exiting(0) }, honest, honest).Exits!.Validators);
        Assert.Equal(5, Health(15, 100, honest with { Exits = Exiting(100) }, honest).Exits!.Validators);
        Assert.Equal(5, Health(15, 100, honest with { Exits = null }, honest with { Exits = null }, honest).Exits!.Validators);
        Assert.Null(Health(15, 100, honest with { Exits = null }).Exits);

        static ExitFacts Exiting(int count) => new(default, new ExitingFacts(count, count * Full, 20, 25), 0, 0, 0);
    }

    [Fact]
    public void What_no_chain_can_have_makes_no_long_forecast()
    {
        var exits = new ExitFacts(new ExitingFacts(int.MaxValue, 1, 0, 999_999_999_999), new ExitingFacts(int.MaxValue, 1, 0, 999_999_999_999), 0, 999_999_999_999, 1_000_000_000_000_000_000);
        ChainHealth health = Health(15, 100, new VoteFacts(100 * Full, 50 * Full, 50 * Full, 100) { Exits = exits });
        Assert.Equal((100, 0), (health.SlashedKeys, health.SilentKeys));
        StakeOutlook outlook = StakeOutlook.Of(History(health), 50);
        Assert.InRange(Forecasts.Stake(outlook, ChainSpec.Minimal).Groups.Length, 1, 1_100);
        Assert.Null(FinalityPredictor.EpochsToTwoThirds(Forecasts.Stake(outlook, ChainSpec.Minimal)));
    }

    private static int Count(StakeObservation stake, Func<ValidatorGroup, bool> holds) => stake.Groups.Where(holds).Sum(group => group.Count);

    private int Check(ReferenceChain chain, ChainSpec spec, string story)
    {
        // Epochs of which the votes are still those before the slashing.
        chain.EndEpoch();
        List<(int At, int? Foretold)> forecasts = [];
        int epochs = 0;
        do
        {
            if (Looks.Contains(epochs))
            {
                forecasts.Add((epochs, FinalityPredictor.EpochsToTwoThirds(Forecasts.Stake(Outlook(chain, chain.Told), spec))));
            }

            Assert.True(epochs < 10_000, $"{story}: never overcome");
            epochs++;
        }
        while (!chain.EndEpoch());

        int happened = epochs - 1;
        string all = $"{story}: {happened} epochs; foretold {string.Join(", ", forecasts.Select(one => $"{one.At}+{one.Foretold}"))}";
        output.WriteLine(all);
        Assert.All(forecasts, one => Assert.True(one.Foretold is { } rest && Math.Abs(one.At + rest - happened) <= Tolerance, all));
        return happened;
    }

    private static StakeOutlook Outlook(ReferenceChain chain, VoteFacts told)
    {
        ChainHealth health = Health((long)chain.Epoch, told.Validators!.Value, told);
        RecoveryHistory history = History(health) with { FinalizedEpoch = (long)chain.Observe().FinalizedEpoch.Value };
        return StakeOutlook.Of(history, health.SilentKeys!.Value);
    }

    private static RecoveryHistory History(ChainHealth health) =>
        RecoveryHistory.Empty(1, health.At) with { WasObserved = true, Epoch = health.Epoch, FinalizedEpoch = health.Epoch - 8, Health = health };

    /// <summary>A chain of some nodes that tell something; one alone speaks for all.</summary>
    private static ChainHealth Health(long epoch, int keys, params VoteFacts[] told)
    {
        VoteFacts[] each = told.Length == 1 ? [.. Enumerable.Repeat(told[0], Nodes)] : told;
        return ToldHealth.Of(epoch, headSlot: (8 * epoch) + 3, finalizedEpoch: epoch - 8, keys, each);
    }

    private static ReferenceChain Finalizing(ChainSpec spec, int validators)
    {
        var chain = new ReferenceChain(spec, validators);
        for (int i = 0; i < 6; i++)
        {
            chain.EndEpoch();
        }

        Assert.Equal(chain.Epoch - 2, chain.Observe().FinalizedEpoch.Value);
        return chain;
    }

    private static int Share(int validators, int percent) => ((validators * percent) + 99) / 100;
}
