using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Effective balances.</content>
public static partial class EpochTransition
{
    /// <summary>Lets effective balances follow the balances, with hysteresis.</summary>
    /// <remarks>PERF: one pass over the balances; only validators that change are written.</remarks>
    [Spec("phase0/beacon-chain.md#effective-balances-updates")]
    internal static void ProcessEffectiveBalanceUpdates(CachedBeaconState state, EpochSummary summary)
    {
        Preset preset = state.Spec.Preset;
        ulong increment = preset.EffectiveBalanceIncrement.Value;
        ulong hysteresis = increment / preset.HysteresisQuotient;
        ulong downward = hysteresis * preset.HysteresisDownwardMultiplier;
        ulong upward = hysteresis * preset.HysteresisUpwardMultiplier;
        int index = 0;
        foreach (Gwei gwei in state.State.Balances)
        {
            ulong balance = gwei.Value;
            ulong effective = summary.EffectiveBalances[index];
            if (balance + downward < effective || effective + upward < balance)
            {
                effective = Math.Min(balance - (balance % increment), preset.MaxEffectiveBalance.Value);
                summary.EffectiveBalances[index] = effective;
                state.State.Validators[index] = state.State.Validators[index] with { EffectiveBalance = new Gwei(effective) };
            }

            index++;
        }
    }
}
