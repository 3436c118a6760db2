using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Registry updates.</content>
public static partial class EpochTransition
{
    /// <summary>Queues and activates new validators, ejects those whose balance is used up.</summary>
    /// <remarks>PERF: proportional to the validators concerned; n log n in the length of the activation queue.</remarks>
    [Spec("phase0/beacon-chain.md#registry-updates")]
    internal static void ProcessRegistryUpdates(CachedBeaconState state, EpochSummary summary)
    {
        BeaconState inner = state.State;
        foreach (int index in summary.EligibleForQueue)
        {
            inner.Validators[index] = inner.Validators[index] with { ActivationEligibilityEpoch = new Epoch(summary.CurrentEpoch.Value + 1) };
        }

        foreach (int index in summary.Ejectable)
        {
            Mutators.InitiateValidatorExit(state, new ValidatorIndex((ulong)index));
        }

        // Those queued just now are not finalized before the next epoch, so the queue as it was gathered is complete.
        ulong finalized = inner.FinalizedCheckpoint.Epoch.Value;
        List<(ulong Eligibility, int Index)> queue = summary.ActivationQueue;
        queue.RemoveAll(entry => entry.Eligibility > finalized);
        queue.Sort();
        int limit = (int)Math.Min((ulong)queue.Count, Accessors.GetValidatorChurnLimit(state));
        Epoch activation = Misc.ComputeActivationExitEpoch(state.Spec, summary.CurrentEpoch);
        for (int i = 0; i < limit; i++)
        {
            int index = queue[i].Index;
            inner.Validators[index] = inner.Validators[index] with { ActivationEpoch = activation };
        }
    }
}
