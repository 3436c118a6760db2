using System.Collections.Immutable;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Attestations.</content>
public static partial class BlockProcessing
{
    /// <summary>Checks an attestation and records it until the epoch's end.</summary>
    [Spec("phase0/beacon-chain.md#attestations")]
    public static void ProcessAttestation(CachedBeaconState state, Attestation attestation, SignatureVerifier verifier)
    {
        ImmutableArray<ValidatorIndex> attesters = CheckAttestation(state, attestation);
        AttestationData data = attestation.Data;
        bool current = data.Target.Epoch == Accessors.GetCurrentEpoch(state);
        PersistentList<PendingAttestation> pending = current ? state.State.CurrentEpochAttestations : state.State.PreviousEpochAttestations;
        Require((ulong)pending.Count < pending.Limit, InvalidReason.ListFull, $"The list of pending attestations is full.");
        pending.Add(new PendingAttestation
        {
            Data = data,
            AggregationBits = attestation.AggregationBits,
            InclusionDelay = new Slot(state.Slot.Value - data.Slot.Value),
            ProposerIndex = Accessors.GetBeaconProposerIndex(state),
        });
        verifier.Require(
            InvalidReason.IndexedAttestationSignature,
            (state, attestation, attesters),
            static input => SignatureSets.Attesters(input.state, input.attesters.AsSpan(), input.attestation.Data, input.attestation.Signature));
    }

    /// <summary>All of <c>process_attestation</c> that neither changes the state nor needs the signature: whether a block on this state could include it.</summary>
    /// <returns>The attesters, in committee order.</returns>
    /// <exception cref="StateTransitionException">The attestation cannot be included.</exception>
    [Spec("phase0/beacon-chain.md#attestations")]
    public static ImmutableArray<ValidatorIndex> CheckAttestation(CachedBeaconState state, Attestation attestation)
    {
        Preset preset = state.Spec.Preset;
        AttestationData data = attestation.Data;
        ulong slot = state.Slot.Value;
        Epoch current = Accessors.GetCurrentEpoch(state);
        Require(
            data.Target.Epoch == current || data.Target.Epoch == Accessors.GetPreviousEpoch(state),
            InvalidReason.AttestationTargetEpoch,
            $"The attestation's target epoch is {data.Target.Epoch.Value}; at slot {slot} it must be the current or previous one.");
        Require(
            data.Target.Epoch == Misc.ComputeEpochAtSlot(state.Spec, data.Slot),
            InvalidReason.AttestationTargetSlotMismatch,
            $"The attestation's target epoch is {data.Target.Epoch.Value}, its slot {data.Slot.Value}.");
        Require(
            data.Slot.Value + preset.MinAttestationInclusionDelay <= slot,
            InvalidReason.AttestationTooEarly,
            $"An attestation of slot {data.Slot.Value} cannot be included at slot {slot}.");
        Require(
            slot <= data.Slot.Value + preset.SlotsPerEpoch,
            InvalidReason.AttestationTooLate,
            $"An attestation of slot {data.Slot.Value} can no longer be included at slot {slot}.");
        CommitteeShuffling shuffling = Accessors.GetShuffling(state, data.Target.Epoch);
        Require(
            data.Index.Value < shuffling.CommitteesPerSlot,
            InvalidReason.AttestationCommitteeIndex,
            $"The attestation is of committee {data.Index.Value}; there are {shuffling.CommitteesPerSlot} per slot.");
        ImmutableArray<ValidatorIndex> attesters = Accessors.GetAttestingIndices(shuffling.GetCommittee(data.Slot, data.Index), attestation.AggregationBits);
        Checkpoint source = data.Target.Epoch == current ? state.State.CurrentJustifiedCheckpoint : state.State.PreviousJustifiedCheckpoint;
        Require(
            data.Source == source,
            InvalidReason.AttestationSource,
            $"The attestation's source is epoch {data.Source.Epoch.Value} ({data.Source.Root}); the state's is epoch {source.Epoch.Value} ({source.Root}).");
        Require(attesters.Length > 0, InvalidReason.IndexedAttestationIndices, $"The attestation has no attesters.");
        return attesters;
    }
}
