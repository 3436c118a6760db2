using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>The steps that reset and rotate: each touches an element or two.</content>
public static partial class EpochTransition
{
    /// <summary>Ends the eth1 voting period when it is over.</summary>
    [Spec("phase0/beacon-chain.md#eth1-data-votes-updates")]
    internal static void ProcessEth1DataReset(CachedBeaconState state)
    {
        if (NextEpoch(state).Value % state.Spec.Preset.EpochsPerEth1VotingPeriod == 0)
        {
            state.State.Eth1DataVotes.Clear();
        }
    }

    /// <summary>Forgets what was slashed a whole ring ago.</summary>
    [Spec("phase0/beacon-chain.md#slashings-balances-updates")]
    internal static void ProcessSlashingsReset(CachedBeaconState state) =>
        state.State.Slashings[NextEpoch(state).Value % state.Spec.Preset.EpochsPerSlashingsVector] = new Gwei(0);

    /// <summary>Starts the next epoch's randao mix from the current one.</summary>
    [Spec("phase0/beacon-chain.md#randao-mixes-updates")]
    internal static void ProcessRandaoMixesReset(CachedBeaconState state) =>
        state.State.RandaoMixes[NextEpoch(state).Value % state.Spec.Preset.EpochsPerHistoricalVector] =
            Accessors.GetRandaoMix(state.Spec, state.State, Accessors.GetCurrentEpoch(state));

    /// <summary>Appends the root of the block and state roots when their rings are full.</summary>
    /// <remarks>PERF: the roots of both rings are cached; one hash.</remarks>
    [Spec("phase0/beacon-chain.md#historical-roots-updates")]
    internal static void ProcessHistoricalRootsUpdate(CachedBeaconState state)
    {
        Preset preset = state.Spec.Preset;
        if (NextEpoch(state).Value % (preset.SlotsPerHistoricalRoot / preset.SlotsPerEpoch) == 0)
        {
            // The root of a HistoricalBatch of the two vectors.
            state.State.HistoricalRoots.Add(Hasher.Combine(state.State.BlockRoots.HashTreeRoot(), state.State.StateRoots.HashTreeRoot()));
        }
    }

    /// <summary>The current epoch's attestations become the previous epoch's.</summary>
    [Spec("phase0/beacon-chain.md#participation-records-rotation")]
    internal static void ProcessParticipationRecordUpdates(CachedBeaconState state)
    {
        state.State.PreviousEpochAttestations = state.State.CurrentEpochAttestations;
        state.State.CurrentEpochAttestations = state.State.PreviousEpochAttestations.CreateEmpty();
    }
}
