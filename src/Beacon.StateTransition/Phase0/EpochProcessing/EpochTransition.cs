using System.Collections.Immutable;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The epoch's end. The registry is looked at once, by <see cref="EpochSummary"/>; the steps work on what it found.</summary>
public static partial class EpochTransition
{
    /// <summary>What the next epoch's cache is made from.</summary>
    /// <param name="NextTotalActiveBalance">Combined effective balance of the validators active in the next epoch.</param>
    /// <param name="ActiveInTwoEpochs">Validators active in the epoch after the next, ascending.</param>
    internal readonly record struct Outcome(Gwei NextTotalActiveBalance, ImmutableArray<ValidatorIndex> ActiveInTwoEpochs);

    /// <summary>Runs steps on a state at an epoch's last slot.</summary>
    [Spec("phase0/beacon-chain.md#epoch-processing")]
    internal static Outcome Run(CachedBeaconState state, EpochSteps steps)
    {
        EpochSummary summary = EpochSummary.Gather(state, steps);
        if (steps.HasFlag(EpochSteps.JustificationAndFinalization))
        {
            ProcessJustificationAndFinalization(state, summary);
        }

        if (steps.HasFlag(EpochSteps.RewardsAndPenalties))
        {
            ProcessRewardsAndPenalties(state, summary);
        }

        if (steps.HasFlag(EpochSteps.RegistryUpdates))
        {
            ProcessRegistryUpdates(state, summary);
        }

        if (steps.HasFlag(EpochSteps.Slashings))
        {
            ProcessSlashings(state, summary);
        }

        if (steps.HasFlag(EpochSteps.Eth1DataReset))
        {
            ProcessEth1DataReset(state);
        }

        if (steps.HasFlag(EpochSteps.EffectiveBalanceUpdates))
        {
            ProcessEffectiveBalanceUpdates(state, summary);
        }

        if (steps.HasFlag(EpochSteps.SlashingsReset))
        {
            ProcessSlashingsReset(state);
        }

        if (steps.HasFlag(EpochSteps.RandaoMixesReset))
        {
            ProcessRandaoMixesReset(state);
        }

        if (steps.HasFlag(EpochSteps.HistoricalRootsUpdate))
        {
            ProcessHistoricalRootsUpdate(state);
        }

        if (steps.HasFlag(EpochSteps.ParticipationRecordUpdates))
        {
            ProcessParticipationRecordUpdates(state);
        }

        return new Outcome(summary.NextTotalActiveBalance(), summary.ActiveInTwoEpochs);
    }

    private static Epoch NextEpoch(CachedBeaconState state) => new(Accessors.GetCurrentEpoch(state).Value + 1);
}
