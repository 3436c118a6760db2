using System.Buffers;
using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>What each signed message has to be verified against. Null means that the signature is invalid without any pairing: malformed bytes or a key that is none.</summary>
public static class SignatureSets
{
    /// <summary>The proposer's signature of a block. The state is of the block's slot, or of any slot of its epoch.</summary>
    [Spec("phase0/beacon-chain.md#beacon-chain-state-transition-function")]
    public static SignatureSet? Block(CachedBeaconState state, SignedBeaconBlock signedBlock) =>
        Header(state, signedBlock.Message.ProposerIndex, signedBlock.Message.Slot, signedBlock.Message.HashTreeRoot(), signedBlock.Signature);

    /// <summary>The proposer's signature of a block header.</summary>
    public static SignatureSet? BlockHeader(CachedBeaconState state, SignedBeaconBlockHeader signedHeader) =>
        Header(state, signedHeader.Message.ProposerIndex, signedHeader.Message.Slot, signedHeader.Message.HashTreeRoot(), signedHeader.Signature);

    /// <summary>A proposer's reveal of an epoch.</summary>
    [Spec("phase0/beacon-chain.md#randao")]
    public static SignatureSet? RandaoReveal(CachedBeaconState state, ValidatorIndex proposer, Epoch epoch, in BlsSignature reveal) =>
        Single(state, proposer, Misc.ComputeSigningRoot(epoch, Accessors.GetDomain(state, DomainType.Randao, epoch)), reveal);

    /// <summary>The aggregate signature of an attestation whose indices were found valid.</summary>
    [Spec("phase0/beacon-chain.md#is_valid_indexed_attestation")]
    public static SignatureSet? IndexedAttestation(CachedBeaconState state, IndexedAttestation attestation) =>
        Attesters(state, attestation.AttestingIndices.AsSpan(), attestation.Data, attestation.Signature);

    /// <summary>The aggregate signature of attesters; the sum does not depend on their order.</summary>
    public static SignatureSet? Attesters(CachedBeaconState state, ReadOnlySpan<ValidatorIndex> attesters, AttestationData data, in BlsSignature signature)
    {
        PublicKey[] keys = ArrayPool<PublicKey>.Shared.Rent(attesters.Length);
        try
        {
            for (int i = 0; i < attesters.Length; i++)
            {
                if (attesters[i].Value >= (ulong)state.State.Validators.Count || !state.Keys.TryGet(state.State, (int)attesters[i].Value, out PublicKey? key))
                {
                    return null;
                }

                keys[i] = key;
            }

            if (attesters.IsEmpty || !Signature.TryFromBytes(signature.AsSpan(), out Signature? parsed))
            {
                return null;
            }

            Root root = Misc.ComputeSigningRoot(data, Accessors.GetDomain(state, DomainType.BeaconAttester, data.Target.Epoch));
            return new SignatureSet(PublicKey.Aggregate(keys.AsSpan(0, attesters.Length)), root.ToArray(), parsed);
        }
        finally
        {
            ArrayPool<PublicKey>.Shared.Return(keys, clearArray: true);
        }
    }

    /// <summary>A validator's wish to exit.</summary>
    [Spec("phase0/beacon-chain.md#voluntary-exits")]
    public static SignatureSet? VoluntaryExit(CachedBeaconState state, SignedVoluntaryExit exit) =>
        Single(state, exit.Message.ValidatorIndex, Misc.ComputeSigningRoot(exit.Message, Accessors.GetDomain(state, DomainType.VoluntaryExit, exit.Message.Epoch)), exit.Signature);

    /// <summary>An aggregator's proof that it was selected.</summary>
    [Spec("phase0/validator.md#aggregation-selection")]
    public static SignatureSet? SelectionProof(CachedBeaconState state, ValidatorIndex aggregator, Slot slot, in BlsSignature proof) =>
        Single(state, aggregator, Misc.ComputeSigningRoot(slot, Accessors.GetDomain(state, DomainType.SelectionProof, Misc.ComputeEpochAtSlot(state.Spec, slot))), proof);

    /// <summary>An aggregator's signature of its message.</summary>
    [Spec("phase0/validator.md#broadcast-aggregate")]
    public static SignatureSet? AggregateAndProof(CachedBeaconState state, SignedAggregateAndProof signed)
    {
        Epoch epoch = Misc.ComputeEpochAtSlot(state.Spec, signed.Message.Aggregate.Data.Slot);
        Domain domain = Accessors.GetDomain(state, DomainType.AggregateAndProof, epoch);
        return Single(state, signed.Message.AggregatorIndex, Misc.ComputeSigningRoot(signed.Message, domain), signed.Signature);
    }

    /// <summary>Whether a deposit's signature proves the possession of its key.</summary>
    [Spec("phase0/beacon-chain.md#deposits")]
    public static bool IsValidDeposit(ChainSpec spec, DepositData data) =>
        Bls.Verify(data.Pubkey.AsSpan(), DepositSigningRoot(spec, data.Pubkey, data.WithdrawalCredentials, data.Amount).AsSpan(), data.Signature.AsSpan());

    /// <summary>What a deposit signs.</summary>
    public static Root DepositSigningRoot(ChainSpec spec, in BlsPublicKey pubkey, in Root withdrawalCredentials, Gwei amount)
    {
        DepositMessage message = new() { Pubkey = pubkey, WithdrawalCredentials = withdrawalCredentials, Amount = amount };
        return Misc.ComputeSigningRoot(message, Misc.ComputeDomain(spec, DomainType.Deposit));
    }

    private static SignatureSet? Header(CachedBeaconState state, ValidatorIndex proposer, Slot slot, in Root root, in BlsSignature signature)
    {
        Domain domain = Accessors.GetDomain(state, DomainType.BeaconProposer, Misc.ComputeEpochAtSlot(state.Spec, slot));
        return Single(state, proposer, Misc.ComputeSigningRoot(root, domain), signature);
    }

    private static SignatureSet? Single(CachedBeaconState state, ValidatorIndex signer, in Root signingRoot, in BlsSignature signature) =>
        signer.Value < (ulong)state.State.Validators.Count
        && state.Keys.TryGet(state.State, (int)signer.Value, out PublicKey? key)
        && Signature.TryFromBytes(signature.AsSpan(), out Signature? parsed)
            ? new SignatureSet(key, signingRoot.ToArray(), parsed)
            : null;
}
