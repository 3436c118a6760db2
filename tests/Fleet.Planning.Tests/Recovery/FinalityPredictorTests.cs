using System.Collections.Immutable;
using Beacon.Types;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>What is foretold against what our own state transition then does.</summary>
public sealed class FinalityPredictorTests(ITestOutputHelper output)
{
    /// <summary>How far a prediction may be off, in epochs.</summary>
    private const int Tolerance = 2;

    /// <summary>Epochs in which everybody votes, so that the chain finalizes before it loses somebody.</summary>
    private const int Healthy = 6;

    private static readonly ChainSpec Spec = ChainSpec.Minimal;

    /// <summary>Epochs after the loss at whose beginning the rest is foretold anew.</summary>
    private static readonly ImmutableArray<int> Looks = [0, 1, 5, 20, 100, 500, 1_000, 2_000, 4_000];

    [Theory]
    [InlineData(64, 34)]
    [InlineData(64, 40)]
    [InlineData(64, 50)]
    [InlineData(64, 80)]
    [InlineData(100, 34)]
    [InlineData(100, 40)]
    [InlineData(100, 50)]
    [InlineData(1024, 34)]
    [InlineData(1024, 40)]
    [InlineData(1024, 50)]
    public void Stake_that_leaves_is_overcome_when_foretold(int validators, int missingPercent)
    {
        ReferenceChain chain = Finalizing(validators);
        chain.Leave(Share(validators, missingPercent));

        CheckUntilJustified(chain, $"{missingPercent} % of {validators} missing");
    }

    [Theory]
    [InlineData(64, 34, 0)]
    [InlineData(64, 60, 0)]
    [InlineData(100, 40, 0)]
    [InlineData(100, 50, 70)]
    [InlineData(1024, 34, 40)]
    [InlineData(1024, 60, 0)]
    public void Stake_that_is_slashed_at_once_is_overcome_when_foretold(int validators, int slashedPercent, int absentPercent)
    {
        ReferenceChain chain = Finalizing(validators);
        chain.Leave(Share(validators, absentPercent));
        chain.Slash(Share(validators, slashedPercent));

        CheckUntilJustified(chain, $"{slashedPercent} % of {validators} slashed, {absentPercent} % missing");
    }

    [Fact]
    public void Slashed_stake_that_waits_for_its_exit_is_taken_half_a_period_before_withdrawal()
    {
        // One exit per epoch: without the second penalty, 52 slashed would outweigh 12 voters for 50 epochs.
        ChainSpec spec = new(ChainConfig.Minimal.With(
            KeyValuePair.Create("MIN_PER_EPOCH_CHURN_LIMIT", "1"), KeyValuePair.Create("CHURN_LIMIT_QUOTIENT", "65536"), KeyValuePair.Create("MIN_VALIDATOR_WITHDRAWABILITY_DELAY", "1")));
        ReferenceChain chain = Finalizing(64, spec);
        chain.Slash(52);

        CheckUntilJustified(chain, "52 of 64 slashed, one exit per epoch");
        Assert.InRange(chain.Epoch, 30UL, 45UL);
    }

    [Theory]
    [InlineData(64, 0, 0)]
    [InlineData(100, 40, 300)]
    public void A_stopped_chain_can_sleep_as_long_as_foretold(int validators, int missingPercent, int epochsBefore)
    {
        ReferenceChain chain = Finalizing(validators);
        chain.Leave(Share(validators, missingPercent));
        for (int i = 0; i < epochsBefore; i++)
        {
            chain.EndEpoch();
        }

        int limit = FinalityPredictor.SleepLimit(chain.Observe());
        chain.Sleep(limit - Tolerance);
        Assert.False(chain.AllExit, $"everybody is ejected before {limit - Tolerance} epochs");

        // The epoch after the limit is the one too many.
        chain.Sleep(Tolerance + 1 + Tolerance);
        Assert.True(chain.AllExit, $"somebody is left after {limit + 1 + Tolerance} epochs");
        output.WriteLine($"{validators} validators, {missingPercent} % missing for {epochsBefore} epochs: {limit} epochs");
    }

    /// <summary>
    /// The penalties of those who are missing are in proportion to the root of all stake, which shrinks faster the more of it is missing. That is worth two epochs at most while half
    /// of the stake votes; and where less than half does, and all who are missing have to be ejected whatever their share, a few percent (which the state transition confirms, see above).
    /// </summary>
    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(1_024)]
    [InlineData(65_536)]
    public void More_missing_stake_never_takes_fewer_epochs(int validators)
    {
        double[] epochs = [.. Enumerable.Range(0, 101).Select(percent => FinalityPredictor.EpochsToTwoThirds(Missing(Spec, validators, Share(validators, percent))) ?? double.PositiveInfinity)];

        Assert.All(epochs[..33], few => Assert.Equal(0, few));
        Assert.All(Enumerable.Range(1, 50), percent => Assert.True(epochs[percent] >= epochs[percent - 1] - Tolerance, $"{percent} %: {epochs[percent]} after {epochs[percent - 1]}"));
        Assert.All(Enumerable.Range(51, 50), percent => Assert.True(epochs[percent] >= epochs[50] * 0.97, $"{percent} %: {epochs[percent]}, half: {epochs[50]}"));
        Assert.Equal(double.PositiveInfinity, epochs[100]);
    }

    [Fact]
    public void Groups_fare_like_their_members()
    {
        StakeObservation groups = Missing(Spec, 300, 130);
        StakeObservation single = groups with { Groups = [.. groups.Groups.SelectMany(static group => Enumerable.Repeat(group with { Count = 1 }, group.Count))] };

        Assert.Equal(FinalityPredictor.EpochsToTwoThirds(groups), FinalityPredictor.EpochsToTwoThirds(single));
        Assert.Equal(groups.Groups, ValidatorGroup.Join(single.Groups, Spec));
    }

    [Fact]
    public void Where_nobody_votes_or_nobody_is_left_nothing_is_foretold()
    {
        Assert.Null(FinalityPredictor.EpochsToTwoThirds(Missing(Spec, 64, 64)));
        Assert.Null(FinalityPredictor.EpochsToTwoThirds(Missing(Spec, 0, 0)));
        Assert.Equal(0, FinalityPredictor.SleepLimit(Missing(Spec, 0, 0)));
    }

    private static StakeObservation Missing(ChainSpec spec, int validators, int missing)
    {
        StakeObservation healthy = StakeObservation.Healthy(spec, validators);
        ValidatorGroup all = healthy.Groups[0];
        return healthy with { Groups = [all with { Count = validators - missing }, all with { Count = missing, Votes = false }] };
    }

    private static ReferenceChain Finalizing(int validators, ChainSpec? spec = null)
    {
        var chain = new ReferenceChain(spec ?? Spec, validators);
        for (int i = 0; i < Healthy; i++)
        {
            chain.EndEpoch();
        }

        Assert.Equal(chain.Epoch - 2, chain.Observe().FinalizedEpoch.Value);
        Assert.Equal(0, FinalityPredictor.EpochsToTwoThirds(chain.Observe()));
        return chain;
    }

    private void CheckUntilJustified(ReferenceChain chain, string story)
    {
        // The last epoch of the healthy chain is justified by its late votes; what was lost shows from the next one on.
        chain.EndEpoch();
        List<(int At, int? Foretold)> predictions = [];
        int epochs = 0;
        do
        {
            if (Looks.Contains(epochs))
            {
                predictions.Add((epochs, FinalityPredictor.EpochsToTwoThirds(chain.Observe())));
            }

            Assert.True(epochs < 10_000, $"{story}: never overcome");
            epochs++;
        }
        while (!chain.EndEpoch());

        int happened = epochs - 1;
        string all = $"{story}: {happened} epochs; foretold {string.Join(", ", predictions.Select(prediction => $"{prediction.At}+{prediction.Foretold}"))}";
        output.WriteLine(all);
        Assert.All(predictions, prediction => Assert.True(prediction.Foretold is { } rest && Math.Abs(prediction.At + rest - happened) <= Tolerance, all));
    }

    private static int Share(int validators, int percent) => ((validators * percent) + 99) / 100;
}
