using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Operations.</content>
public static partial class BlockProcessing
{
    /// <summary>Applies a block's operations in the specification's order.</summary>
    [Spec("phase0/beacon-chain.md#operations")]
    public static void ProcessOperations(CachedBeaconState state, BeaconBlockBody body, SignatureVerifier verifier)
    {
        Preset preset = state.Spec.Preset;

        // The SSZ limits say the same for blocks from outside; blocks made here have passed no decoder.
        Require(
            (ulong)body.ProposerSlashings.Length <= preset.MaxProposerSlashings
            && (ulong)body.AttesterSlashings.Length <= preset.MaxAttesterSlashings
            && (ulong)body.Attestations.Length <= preset.MaxAttestations
            && (ulong)body.VoluntaryExits.Length <= preset.MaxVoluntaryExits,
            InvalidReason.BlockTooManyOperations,
            $"The block has more operations of one kind than the preset permits.");
        ulong outstanding = Math.Min(preset.MaxDeposits, state.State.Eth1Data.DepositCount - state.State.Eth1DepositIndex);
        Require(
            (ulong)body.Deposits.Length == outstanding,
            InvalidReason.DepositCountMismatch,
            $"The block has {body.Deposits.Length} deposits; {outstanding} are outstanding.");

        foreach (ProposerSlashing slashing in body.ProposerSlashings)
        {
            ProcessProposerSlashing(state, slashing, verifier);
        }

        foreach (AttesterSlashing slashing in body.AttesterSlashings)
        {
            ProcessAttesterSlashing(state, slashing, verifier);
        }

        foreach (Attestation attestation in body.Attestations)
        {
            ProcessAttestation(state, attestation, verifier);
        }

        foreach (Deposit deposit in body.Deposits)
        {
            ProcessDeposit(state, deposit, verifier);
        }

        foreach (SignedVoluntaryExit exit in body.VoluntaryExits)
        {
            ProcessVoluntaryExit(state, exit, verifier);
        }
    }
}
