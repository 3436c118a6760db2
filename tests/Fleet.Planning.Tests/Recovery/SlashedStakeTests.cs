using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>What is decided about a chain whose validators were slashed or are exiting, and what people are told.</summary>
public sealed class SlashedStakeTests
{
    private const long Full = 32_000_000_000;
    private const long Epoch = 20;

    [Fact]
    public void While_some_stay_a_chain_that_loses_its_finality_to_slashings_is_waited_for()
    {
        RecoveryVerdict verdict = Decide(Told(slashed: 40, exiting: 0, voting: 60), new StakeForecast(_ => 7, _ => 4_000));
        Assert.Equal(RecoveryOutcome.Watch, verdict.Outcome);
        Assert.Equal("40% of the stake was slashed, and does not vote until it leaves. As things are, two thirds vote again in about 7 epochs as the slashed leave; the operator waits for that.", verdict.Sentence);
    }

    [Fact]
    public void Slashed_stake_that_does_not_leave_in_time_is_gone()
    {
        RecoveryVerdict verdict = Decide(Told(slashed: 40, exiting: 0, voting: 60), new StakeForecast(_ => 101, _ => 4_000));
        Assert.Equal((RecoveryOutcome.ResetRequired, "U1"), (verdict.Outcome, verdict.Criterion));
        Assert.StartsWith("Two thirds of the stake will not vote again within 100 epochs (it would take 101): 40% of the stake was slashed.", verdict.Sentence, StringComparison.Ordinal);
        Assert.Equal(["40 of 100 active validators were slashed and leave in epochs 21 to 33", "epochs until two thirds: 101, limit 100"], verdict.Evidence);
    }

    [Fact]
    public void Where_less_than_a_third_was_slashed_and_nobody_is_gone_no_stake_is_gone() =>
        Assert.Equal(RecoveryOutcome.Watch, Decide(Told(slashed: 30, exiting: 0, voting: 60), new StakeForecast(_ => 101, _ => 4_000)).Outcome);

    [Fact]
    public void The_forecast_is_asked_with_the_slashed_apart()
    {
        var asked = new List<StakeOutlook>();
        Decide(Told(slashed: 40, exiting: 0, voting: 55), new StakeForecast(
            outlook =>
            {
                asked.Add(outlook);
                return 7;
            },
            _ => 4_000));
        Assert.Contains((60, 0, 40), asked.Select(outlook => (outlook.Present, outlook.Absent, outlook.Slashed)));
        Assert.Contains((55, 5, 40), asked.Select(outlook => (outlook.Present, outlook.Absent, outlook.Slashed)));
        Assert.All(asked, outlook => Assert.Equal(100, outlook.Present + outlook.Absent + outlook.Slashed));
    }

    [Fact]
    public void When_age_decides_the_slashed_are_named()
    {
        RecoveryVerdict verdict = Decide(Told(slashed: 10, exiting: 0, voting: 55), new StakeForecast(_ => 500, _ => 4_000), lag: 150);
        Assert.Equal("U2", verdict.Criterion);
        Assert.Contains("55.2% of the stake votes for one chain and 10% was slashed; neither the exits of the slashed, the inactivity leak nor the trend brings two thirds", verdict.Sentence, StringComparison.Ordinal);
        Assert.Contains("10 of 100 active validators were slashed and leave in epochs 21 to 33", verdict.Evidence);
    }

    [Theory]
    [InlineData(40, 60, 10, "U6")]
    [InlineData(0, 100, 10, "U6")]
    [InlineData(40, 59, 10, null)]
    [InlineData(40, 60, 5, null)]
    public void Where_everybody_exits_nobody_will_be_left(int slashed, int exiting, int lag, string? criterion)
    {
        RecoveryVerdict verdict = Decide(Told(slashed, exiting, voting: 60), new StakeForecast(_ => 7, _ => 4_000), lag);
        Assert.Equal(criterion, verdict.Criterion);
        if (criterion is not null)
        {
            Assert.StartsWith("Every active validator is exiting; from epoch 60 on nobody is left to propose a block.", verdict.Sentence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void How_long_a_chain_can_sleep_is_asked_with_those_who_exit_apart()
    {
        StakeOutlook? asked = null;
        RecoveryVerdict verdict = Decide(Told(slashed: 10, exiting: 20, voting: 70), new StakeForecast(_ => 7, outlook =>
        {
            asked = outlook;
            return 3;
        }), headEpoch: 15);
        Assert.Equal((15L, 0, 90, 20, 10), (asked!.Epoch, asked.Present, asked.Absent, asked.AbsentExiting, asked.Slashed));
        Assert.Equal("U6", verdict.Criterion);
    }

    [Fact]
    public void One_node_that_says_that_everybody_exits_decides_nothing()
    {
        VoteFacts honest = Told(slashed: 0, exiting: 0, voting: 60);
        RecoveryHistory history = History([Told(slashed: 40, exiting: 60, voting: 60), honest, honest], lag: 10, Epoch);
        Assert.NotEqual("U6", RecoveryDecision.Decide(history, Policy(new StakeForecast(_ => 7, _ => 4_000)), history.At).Criterion);
    }

    private static RecoveryVerdict Decide(VoteFacts told, StakeForecast forecast, int lag = 10, long headEpoch = Epoch)
    {
        RecoveryHistory history = History([told, told, told, told], lag, headEpoch);
        return RecoveryDecision.Decide(history, Policy(forecast), history.At);
    }

    private static RecoveryPolicy Policy(StakeForecast forecast) => new() { FinalityLostEpochs = 100, Forecast = forecast };

    private static VoteFacts Told(int slashed, int exiting, int voting) => new(((100 - slashed) * Full) + (slashed * 31_000_000_000L), voting * Full, voting * Full, 100)
    {
        Exits = new ExitFacts(
            slashed == 0 ? default : new ExitingFacts(slashed, slashed * 31_000_000_000L, 21, 33),
            exiting == 0 ? default : new ExitingFacts(exiting, exiting * Full, 34, 60),
            slashed == 0 ? 0 : 277,
            slashed == 0 ? 0 : 289,
            slashed * Full),
    };

    private static RecoveryHistory History(VoteFacts[] told, int lag, long headEpoch)
    {
        long epoch = Epoch + Math.Max(0, lag - 10);
        headEpoch += epoch - Epoch;
        ChainHealth health = ToldHealth.Of(epoch, headSlot: 8 * headEpoch, finalizedEpoch: epoch - lag, keys: 100, told);
        return RecoveryHistory.Empty(1, health.At) with
        {
            WasObserved = true,
            Epoch = epoch,
            FinalizedEpoch = epoch - lag,
            Observed = [new EpochRange(epoch - lag, epoch)],
            Health = health,
        };
    }
}
