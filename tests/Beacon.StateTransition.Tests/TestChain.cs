using System.Collections.Immutable;
using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

/// <summary>Blocks for tests: unsigned ones with all attestations of the slot before, and signed ones without operations.</summary>
internal static class TestChain
{
    /// <summary>Appends blocks, one per slot, without signatures.</summary>
    public static void Extend(CachedBeaconState state, int blocks)
    {
        for (int i = 0; i < blocks; i++)
        {
            ImmutableArray<Attestation> attestations = AttestHead(state);
            Transition.ProcessSlots(state, new Slot(state.Slot.Value + 1));
            Transition.ApplyAtSlot(
                state, new SignedBeaconBlock { Message = Block(state, attestations), Signature = default }, new SignatureVerifier(SignatureVerification.None), verifyStateRoot: false);
        }
    }

    /// <summary>A block on a state that is at the block's slot.</summary>
    public static BeaconBlock Block(CachedBeaconState state, ImmutableArray<Attestation> attestations) => new()
    {
        Slot = state.Slot,
        ProposerIndex = Accessors.GetBeaconProposerIndex(state),
        ParentRoot = state.State.LatestBlockHeader.HashTreeRoot(),
        StateRoot = default,
        Body = BeaconBlockBody.CreateDefault() with { Eth1Data = state.State.Eth1Data, Attestations = attestations },
    };

    /// <summary>Attestations of every committee of a state's slot for its latest block, everybody taking part, unsigned.</summary>
    public static ImmutableArray<Attestation> AttestHead(CachedBeaconState state)
    {
        // The root of the head needs the state root of its post-state, which process_slot would fill in.
        BeaconBlockHeader header = state.State.LatestBlockHeader;
        Root head = (header.StateRoot.IsZero ? header with { StateRoot = state.HashTreeRoot() } : header).HashTreeRoot();
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        Slot start = Misc.ComputeStartSlotAtEpoch(state.Spec, epoch);
        Root target = start.Value >= state.Slot.Value ? head : Accessors.GetBlockRootAtSlot(state, start);
        ImmutableArray<Attestation>.Builder attestations = ImmutableArray.CreateBuilder<Attestation>();
        for (ulong index = 0; index < Accessors.GetCommitteeCountPerSlot(state, epoch); index++)
        {
            int members = Accessors.GetBeaconCommittee(state, state.Slot, new CommitteeIndex(index)).Length;
            if (members == 0)
            {
                continue;
            }

            attestations.Add(new Attestation
            {
                AggregationBits = Bitlist.Of(Enumerable.Repeat(true, members).ToArray()),
                Data = new AttestationData
                {
                    Slot = state.Slot,
                    Index = new CommitteeIndex(index),
                    BeaconBlockRoot = head,
                    Source = state.State.CurrentJustifiedCheckpoint,
                    Target = new Checkpoint { Epoch = epoch, Root = target },
                },
                Signature = default,
            });
        }

        return attestations.ToImmutable();
    }

    /// <summary>A state at slot 0 of validators whose secret key is their number, from 1.</summary>
    public static BeaconState SignedGenesis(ChainSpec spec, int validators)
    {
        BeaconState state = RandomStates.Genesis(spec, validators);
        for (int i = 0; i < validators; i++)
        {
            using SecretKey key = KeyOf(i);
            state.Validators[i] = state.Validators[i] with { Pubkey = new BlsPublicKey(key.ToPublicKey().ToBytes()) };
        }

        return state;
    }

    /// <summary>A block without operations, with valid signatures and state root.</summary>
    public static SignedBeaconBlock SignedBlock(CachedBeaconState state)
    {
        BeaconBlock block = Block(state, []);
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        using SecretKey key = KeyOf((int)block.ProposerIndex.Value);
        Root root = Misc.ComputeSigningRoot(epoch, Accessors.GetDomain(state, DomainType.Randao, epoch));
        block = block with { Body = block.Body with { RandaoReveal = new BlsSignature(key.Sign(root.AsSpan()).ToBytes()) } };
        CachedBeaconState post = state.Clone();
        Transition.ProcessBlock(post, block, new SignatureVerifier(SignatureVerification.None));
        return Resign(state, block with { StateRoot = post.HashTreeRoot() });
    }

    /// <summary>A block with a valid signature of its own.</summary>
    public static SignedBeaconBlock Resign(CachedBeaconState state, BeaconBlock block)
    {
        using SecretKey key = KeyOf((int)block.ProposerIndex.Value);
        Root root = Misc.ComputeSigningRoot(block, Accessors.GetDomain(state, DomainType.BeaconProposer));
        return new SignedBeaconBlock { Message = block, Signature = new BlsSignature(key.Sign(root.AsSpan()).ToBytes()) };
    }

    private static SecretKey KeyOf(int validator)
    {
        byte[] bytes = new byte[SecretKey.Length];
        bytes[^1] = (byte)(validator + 1);
        return SecretKey.FromBytes(bytes);
    }
}
