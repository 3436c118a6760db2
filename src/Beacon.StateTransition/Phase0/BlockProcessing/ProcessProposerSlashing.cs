using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Proposer slashings.</content>
public static partial class BlockProcessing
{
    /// <summary>Slashes a proposer that signed two blocks for one slot.</summary>
    [Spec("phase0/beacon-chain.md#proposer-slashings")]
    public static void ProcessProposerSlashing(CachedBeaconState state, ProposerSlashing slashing, SignatureVerifier verifier)
    {
        BeaconBlockHeader header1 = slashing.SignedHeader1.Message;
        BeaconBlockHeader header2 = slashing.SignedHeader2.Message;
        Require(
            header1.Slot == header2.Slot, InvalidReason.ProposerSlashingSlotsDiffer, $"The headers are of slots {header1.Slot.Value} and {header2.Slot.Value}.");
        Require(
            header1.ProposerIndex == header2.ProposerIndex,
            InvalidReason.ProposerSlashingProposersDiffer,
            $"The headers are by validators {header1.ProposerIndex.Value} and {header2.ProposerIndex.Value}.");
        Require(header1 != header2, InvalidReason.ProposerSlashingSameHeader, $"Both headers are the same.");
        Validator proposer = ValidatorAt(state, header1.ProposerIndex);
        Require(
            Predicates.IsSlashableValidator(proposer, Accessors.GetCurrentEpoch(state)),
            InvalidReason.ProposerSlashingNotSlashable,
            $"Validator {header1.ProposerIndex.Value} cannot be slashed.");
        verifier.Require(InvalidReason.ProposerSlashingSignature, (state, slashing), static input => SignatureSets.BlockHeader(input.state, input.slashing.SignedHeader1));
        verifier.Require(InvalidReason.ProposerSlashingSignature, (state, slashing), static input => SignatureSets.BlockHeader(input.state, input.slashing.SignedHeader2));
        Mutators.SlashValidator(state, header1.ProposerIndex);
    }
}
