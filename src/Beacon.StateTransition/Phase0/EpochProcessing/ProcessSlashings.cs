using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Slashings.</content>
public static partial class EpochTransition
{
    /// <summary>Takes from validators slashed half a slashings period ago in proportion to all that were slashed around then.</summary>
    /// <remarks>PERF: one pass over the slashings ring and one over the slashed validators.</remarks>
    [Spec("phase0/beacon-chain.md#slashings")]
    internal static void ProcessSlashings(CachedBeaconState state, EpochSummary summary)
    {
        Preset preset = state.Spec.Preset;
        ulong total = summary.TotalActiveBalance.Value;
        ulong slashed = 0;
        foreach (Gwei amount in state.State.Slashings)
        {
            slashed += amount.Value;
        }

        ulong adjusted = Math.Min(slashed * preset.ProportionalSlashingMultiplier, total);
        ulong withdrawable = summary.CurrentEpoch.Value + (preset.EpochsPerSlashingsVector / 2);
        ulong increment = preset.EffectiveBalanceIncrement.Value;
        foreach (int index in summary.Slashed)
        {
            if (state.State.Validators[index].WithdrawableEpoch.Value == withdrawable)
            {
                // The increment is factored out so that the product stays within 64 bits.
                ulong penalty = summary.EffectiveBalances[index] / increment * adjusted / total * increment;
                Mutators.DecreaseBalance(state, new ValidatorIndex((ulong)index), new Gwei(penalty));
            }
        }
    }
}
