using System.Collections.Immutable;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The specification's predicates.</summary>
public static class Predicates
{
    /// <summary>Whether a validator has duties in an epoch.</summary>
    [Spec("phase0/beacon-chain.md#is_active_validator")]
    public static bool IsActiveValidator(Validator validator, Epoch epoch) =>
        validator.ActivationEpoch.Value <= epoch.Value && epoch.Value < validator.ExitEpoch.Value;

    /// <summary>Whether a validator may be placed into the activation queue.</summary>
    [Spec("phase0/beacon-chain.md#is_eligible_for_activation_queue")]
    public static bool IsEligibleForActivationQueue(ChainSpec spec, Validator validator) =>
        validator.ActivationEligibilityEpoch == Epoch.FarFuture && validator.EffectiveBalance == spec.Preset.MaxEffectiveBalance;

    /// <summary>Whether a validator of the activation queue may be activated: its placement there is finalized.</summary>
    [Spec("phase0/beacon-chain.md#is_eligible_for_activation")]
    public static bool IsEligibleForActivation(BeaconState state, Validator validator) =>
        validator.ActivationEligibilityEpoch.Value <= state.FinalizedCheckpoint.Epoch.Value && validator.ActivationEpoch == Epoch.FarFuture;

    /// <summary>Whether a validator can be slashed in an epoch.</summary>
    [Spec("phase0/beacon-chain.md#is_slashable_validator")]
    public static bool IsSlashableValidator(Validator validator, Epoch epoch) =>
        !validator.Slashed && validator.ActivationEpoch.Value <= epoch.Value && epoch.Value < validator.WithdrawableEpoch.Value;

    /// <summary>Whether signing both is a double vote or a surround vote (the first surrounding the second).</summary>
    [Spec("phase0/beacon-chain.md#is_slashable_attestation_data")]
    public static bool IsSlashableAttestationData(AttestationData data1, AttestationData data2) =>
        (data1 != data2 && data1.Target.Epoch == data2.Target.Epoch)
        || (data1.Source.Epoch.Value < data2.Source.Epoch.Value && data2.Target.Epoch.Value < data1.Target.Epoch.Value);

    /// <summary>The part of <c>is_valid_indexed_attestation</c> that needs no signature: indices there, ascending, unique and known.</summary>
    [Spec("phase0/beacon-chain.md#is_valid_indexed_attestation")]
    public static bool HasValidIndices(BeaconState state, IndexedAttestation attestation)
    {
        ImmutableArray<ValidatorIndex> indices = attestation.AttestingIndices;
        if (indices.Length == 0)
        {
            return false;
        }

        for (int i = 1; i < indices.Length; i++)
        {
            if (indices[i].Value <= indices[i - 1].Value)
            {
                return false;
            }
        }

        return indices[^1].Value < (ulong)state.Validators.Count;
    }

    /// <summary>Whether an indexed attestation has valid indices and a valid aggregate signature.</summary>
    [Spec("phase0/beacon-chain.md#is_valid_indexed_attestation")]
    public static bool IsValidIndexedAttestation(CachedBeaconState state, IndexedAttestation attestation) =>
        HasValidIndices(state.State, attestation) && SignatureSets.IndexedAttestation(state, attestation) is { } set && Crypto.Bls.Verify(set.PublicKey, set.Message.Span, set.Signature);

    /// <summary>Whether a leaf is proved to be part of a tree.</summary>
    [Spec("phase0/beacon-chain.md#is_valid_merkle_branch")]
    public static bool IsValidMerkleBranch(Root leaf, ReadOnlySpan<Root> branch, int depth, ulong index, Root root) =>
        Merkle.IsValidMerkleBranch(leaf, branch, depth, index, root);
}
