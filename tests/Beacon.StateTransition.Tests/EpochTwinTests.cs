using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

/// <summary>The production epoch's end against the specification's text, on random states.</summary>
public sealed class EpochTwinTests
{
    private static readonly ChainSpec Spec = ChainSpec.Minimal;

    /// <summary>Seed, validators, epoch and share of attesters.</summary>
    public static TheoryData<int, int, int, double> States()
    {
        TheoryData<int, int, int, double> data = [];
        Random random = new(20250401);
        for (int seed = 0; seed < 24; seed++)
        {
            data.Add(seed, random.Next(17, 90), seed < 3 ? seed : random.Next(3, 30), seed % 3 == 0 ? 1.0 : random.NextDouble());
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(States))]
    public void A_whole_epoch_end_gives_the_state_of_the_specification(int seed, int validators, int epoch, double participation) =>
        AssertSame(RandomStates.AtEpochEnd(Spec, seed, validators, (ulong)epoch, participation), EpochSteps.All);

    [Theory]
    [MemberData(nameof(States))]
    public void Every_single_step_gives_the_state_of_the_specification(int seed, int validators, int epoch, double participation)
    {
        BeaconState state = RandomStates.AtEpochEnd(Spec, seed, validators, (ulong)epoch, participation);
        for (int step = 1; step < (int)EpochSteps.All; step <<= 1)
        {
            AssertSame(state.Clone(), (EpochSteps)step);
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Unrealized_checkpoints_are_those_the_epoch_end_would_set(int seed, int validators, int epoch, double participation)
    {
        BeaconState state = RandomStates.AtEpochEnd(Spec, seed, validators, (ulong)epoch, participation);
        (Checkpoint justified, Checkpoint finalized) = EpochTransition.ComputeUnrealized(new CachedBeaconState(Spec, state.Clone()));
        new SlowEpoch(Spec, state).Run(EpochSteps.JustificationAndFinalization);
        Assert.Equal(state.CurrentJustifiedCheckpoint, justified);
        Assert.Equal(state.FinalizedCheckpoint, finalized);
    }

    private static void AssertSame(BeaconState state, EpochSteps steps)
    {
        BeaconState expected = state.Clone();
        new SlowEpoch(Spec, expected).Run(steps);
        CachedBeaconState actual = new(Spec, state);
        Transition.ProcessEpoch(actual, steps);
        Assert.Equal(expected.Validators.ToArray(), state.Validators.ToArray());
        Assert.Equal(expected.Balances.ToArray(), state.Balances.ToArray());
        Assert.Equal(expected.HashTreeRoot(), actual.HashTreeRoot());
    }
}
