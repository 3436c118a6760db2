using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Rewards and penalties.</content>
public static partial class EpochTransition
{
    /// <summary>Applies the rewards and penalties for the previous epoch's attestations. There are none at the end of the first epoch.</summary>
    /// <remarks>PERF: six passes over arrays, one over the balances, which are written leaf by leaf.</remarks>
    [Spec("phase0/beacon-chain.md#process_rewards_and_penalties")]
    internal static void ProcessRewardsAndPenalties(CachedBeaconState state, EpochSummary summary)
    {
        if (summary.CurrentEpoch.Value == PresetLimits.GenesisEpoch)
        {
            return;
        }

        (ulong[] rewards, ulong[] penalties) = new AttestationDeltas(state, summary).Total();
        Gwei[] balances = state.State.Balances.ToArray();
        for (int i = 0; i < balances.Length; i++)
        {
            balances[i] = new Gwei(SpecMath.SaturatingSub(balances[i].Value + rewards[i], penalties[i]));
        }

        state.State.Balances.Replace(balances);
    }
}
