using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Attester slashings.</content>
public static partial class BlockProcessing
{
    /// <summary>Slashes the validators that signed two attestations contradicting each other.</summary>
    [Spec("phase0/beacon-chain.md#attester-slashings")]
    public static void ProcessAttesterSlashing(CachedBeaconState state, AttesterSlashing slashing, SignatureVerifier verifier)
    {
        IndexedAttestation attestation1 = slashing.Attestation1;
        IndexedAttestation attestation2 = slashing.Attestation2;
        Require(
            Predicates.IsSlashableAttestationData(attestation1.Data, attestation2.Data),
            InvalidReason.AttesterSlashingNotSlashableData,
            $"The attestations are neither a double vote nor is the second surrounded by the first.");
        RequireValid(state, attestation1, verifier);
        RequireValid(state, attestation2, verifier);

        bool slashed = false;
        foreach (ValidatorIndex index in SlashableIndices(state, slashing))
        {
            Mutators.SlashValidator(state, index);
            slashed = true;
        }

        Require(slashed, InvalidReason.AttesterSlashingNobodySlashed, $"Nobody who signed both attestations can be slashed.");
    }

    /// <summary>The validators a slashing would slash now, ascending.</summary>
    public static IReadOnlyList<ValidatorIndex> SlashableIndices(CachedBeaconState state, AttesterSlashing slashing)
    {
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        List<ValidatorIndex> found = [];
        int position = 0;
        foreach (ValidatorIndex index in slashing.Attestation1.AttestingIndices)
        {
            // Both lists are ascending: walk them together.
            while (position < slashing.Attestation2.AttestingIndices.Length && slashing.Attestation2.AttestingIndices[position].Value < index.Value)
            {
                position++;
            }

            if (position < slashing.Attestation2.AttestingIndices.Length
                && slashing.Attestation2.AttestingIndices[position] == index
                && Predicates.IsSlashableValidator(ValidatorAt(state, index), epoch))
            {
                found.Add(index);
            }
        }

        return found;
    }

    private static void RequireValid(CachedBeaconState state, IndexedAttestation attestation, SignatureVerifier verifier)
    {
        Require(
            Predicates.HasValidIndices(state.State, attestation),
            InvalidReason.IndexedAttestationIndices,
            $"An indexed attestation has no attesters, or they are not ascending, or one is unknown.");
        verifier.Require(
            InvalidReason.IndexedAttestationSignature, (state, attestation), static input => SignatureSets.IndexedAttestation(input.state, input.attestation));
    }
}
