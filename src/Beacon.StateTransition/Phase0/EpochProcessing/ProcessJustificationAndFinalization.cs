using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Justification and finalization.</content>
public static partial class EpochTransition
{
    /// <summary>Weighs the votes for targets. Skipped in the first two epochs.</summary>
    [Spec("phase0/beacon-chain.md#justification-and-finalization")]
    internal static void ProcessJustificationAndFinalization(CachedBeaconState state, EpochSummary summary)
    {
        if (ComputeJustification(state, summary) is { } change)
        {
            state.State.PreviousJustifiedCheckpoint = change.PreviousJustified;
            state.State.CurrentJustifiedCheckpoint = change.CurrentJustified;
            state.State.FinalizedCheckpoint = change.Finalized;
            state.State.JustificationBits = change.Bits;
        }
    }

    /// <summary>The checkpoints a state would have after its epoch's end, without changing it: what fork choice calls unrealized.</summary>
    /// <returns>Justified and finalized checkpoint.</returns>
    [Spec("phase0/fork-choice.md#pull-up-tip-helpers")]
    public static (Checkpoint Justified, Checkpoint Finalized) ComputeUnrealized(CachedBeaconState state) =>
        ComputeJustification(state, EpochSummary.Gather(state)) is { } change
            ? (change.CurrentJustified, change.Finalized)
            : (state.State.CurrentJustifiedCheckpoint, state.State.FinalizedCheckpoint);

    private static JustificationChange? ComputeJustification(CachedBeaconState state, EpochSummary summary)
    {
        if (summary.CurrentEpoch.Value <= PresetLimits.GenesisEpoch + 1)
        {
            return null;
        }

        return JustificationChange.Weigh(
            JustificationChange.Of(state.State),
            summary.TotalActiveBalance,
            new Checkpoint { Epoch = summary.PreviousEpoch, Root = Accessors.GetBlockRoot(state, summary.PreviousEpoch) },
            summary.PreviousTargetBalance,
            CurrentCheckpoint(state, summary.CurrentEpoch),
            summary.CurrentTargetBalance);
    }

    /// <summary>The current epoch's checkpoint. On an epoch's first slot its block root is not in the ring yet; then nobody can have voted for it either.</summary>
    private static Checkpoint CurrentCheckpoint(CachedBeaconState state, Epoch epoch)
    {
        Slot start = Misc.ComputeStartSlotAtEpoch(state.Spec, epoch);
        return new Checkpoint { Epoch = epoch, Root = start.Value < state.Slot.Value ? Accessors.GetBlockRootAtSlot(state, start) : Root.Zero };
    }
}

/// <summary>The part of the state that justification reads and writes.</summary>
/// <param name="Bits">Which of the last four epochs are justified; bit 0 is the most recent.</param>
/// <param name="PreviousJustified">Justified checkpoint as of the epoch before.</param>
/// <param name="CurrentJustified">Justified checkpoint.</param>
/// <param name="Finalized">Finalized checkpoint.</param>
public sealed record JustificationChange(Bitvector Bits, Checkpoint PreviousJustified, Checkpoint CurrentJustified, Checkpoint Finalized)
{
    /// <summary>The values of a state.</summary>
    public static JustificationChange Of(BeaconState state) =>
        new(state.JustificationBits, state.PreviousJustifiedCheckpoint, state.CurrentJustifiedCheckpoint, state.FinalizedCheckpoint);

    /// <summary>The values after an epoch's end.</summary>
    /// <param name="before">The values before.</param>
    /// <param name="totalActiveBalance">All active stake.</param>
    /// <param name="previous">Checkpoint of the previous epoch.</param>
    /// <param name="previousTargetBalance">Stake that voted for it.</param>
    /// <param name="current">Checkpoint of the epoch that ends.</param>
    /// <param name="currentTargetBalance">Stake that voted for it.</param>
    [Spec("phase0/beacon-chain.md#justification-and-finalization")]
    public static JustificationChange Weigh(
        JustificationChange before, Gwei totalActiveBalance, Checkpoint previous, Gwei previousTargetBalance, Checkpoint current, Gwei currentTargetBalance)
    {
        ulong total = checked(totalActiveBalance.Value * 2);
        Bitvector bits = before.Bits.ShiftedUp();
        Checkpoint justified = before.CurrentJustified;
        if (checked(previousTargetBalance.Value * 3) >= total)
        {
            justified = previous;
            bits = bits.With(1, true);
        }

        if (checked(currentTargetBalance.Value * 3) >= total)
        {
            justified = current;
            bits = bits.With(0, true);
        }

        // The later rules win over the earlier ones, so their order matters.
        Checkpoint finalized = before.Finalized;
        Checkpoint oldPrevious = before.PreviousJustified;
        Checkpoint oldCurrent = before.CurrentJustified;
        ulong epoch = current.Epoch.Value;
        if (bits[1] && bits[2] && bits[3] && oldPrevious.Epoch.Value + 3 == epoch)
        {
            finalized = oldPrevious;
        }

        if (bits[1] && bits[2] && oldPrevious.Epoch.Value + 2 == epoch)
        {
            finalized = oldPrevious;
        }

        if (bits[0] && bits[1] && bits[2] && oldCurrent.Epoch.Value + 2 == epoch)
        {
            finalized = oldCurrent;
        }

        if (bits[0] && bits[1] && oldCurrent.Epoch.Value + 1 == epoch)
        {
            finalized = oldCurrent;
        }

        return new JustificationChange(bits, before.CurrentJustified, justified, finalized);
    }
}
