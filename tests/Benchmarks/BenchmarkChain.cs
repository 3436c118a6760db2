using System.Collections.Immutable;
using Beacon.Genesis;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Benchmarks;

/// <summary>States and blocks that benchmarks start from.</summary>
internal static class BenchmarkChain
{
    private static readonly Lazy<GenesisKey[]> SharedKeys = new(() => GenesisBuilder.DeriveKeys([.. Enumerable.Range(0, 64).Select(static i => (byte)i)], 0, 64));

    /// <summary>Signing keys of <see cref="SmallState"/>.</summary>
    public static GenesisKey[] Keys => SharedKeys.Value;

    /// <summary>A mainnet state at the last slot of an epoch in which everybody attested, in both epochs, to the right blocks.</summary>
    /// <param name="validators">Size of the registry; the keys are no points, so signatures cannot be verified on it.</param>
    public static CachedBeaconState AtEpochEnd(int validators)
    {
        ChainSpec spec = ChainSpec.Mainnet;
        BeaconState state = BeaconState.CreateDefault(spec);
        state.Validators.Replace([.. Enumerable.Range(0, validators).Select(index => NewValidator(spec, index))]);
        state.Balances.Replace([.. Enumerable.Repeat(spec.Preset.MaxEffectiveBalance, validators)]);
        state.LatestBlockHeader = state.LatestBlockHeader with { BodyRoot = BeaconBlockBody.CreateDefault().HashTreeRoot() };
        for (int i = 0; i < state.BlockRoots.Count; i++)
        {
            state.BlockRoots[i] = Hasher.Hash(BitConverter.GetBytes(i));
        }

        const ulong Epoch = 9;
        state.Slot = new Slot(((Epoch + 1) * spec.Preset.SlotsPerEpoch) - 1);
        state.PreviousJustifiedCheckpoint = Target(Epoch - 2);
        state.CurrentJustifiedCheckpoint = Target(Epoch - 1);
        state.FinalizedCheckpoint = Target(Epoch - 2);
        state.JustificationBits = Bitvector.Of(true, true, true, true);
        var cached = new CachedBeaconState(spec, state);
        for (ulong epoch = Epoch - 1; epoch <= Epoch; epoch++)
        {
            CommitteeShuffling shuffling = Accessors.GetShuffling(cached, new Epoch(epoch));
            for (ulong slot = epoch * spec.Preset.SlotsPerEpoch; slot < Math.Min((epoch + 1) * spec.Preset.SlotsPerEpoch, state.Slot.Value); slot++)
            {
                for (ulong index = 0; index < shuffling.CommitteesPerSlot; index++)
                {
                    int size = shuffling.GetCommittee(new Slot(slot), new CommitteeIndex(index)).Length;
                    (epoch == Epoch ? state.CurrentEpochAttestations : state.PreviousEpochAttestations).Add(new PendingAttestation
                    {
                        AggregationBits = Bitlist.Of([.. Enumerable.Repeat(true, size)]),
                        Data = new AttestationData
                        {
                            Slot = new Slot(slot),
                            Index = new CommitteeIndex(index),
                            BeaconBlockRoot = RootAt(slot),
                            Source = epoch == Epoch ? state.CurrentJustifiedCheckpoint : state.PreviousJustifiedCheckpoint,
                            Target = Target(epoch),
                        },
                        InclusionDelay = new Slot(1),
                        ProposerIndex = new ValidatorIndex(slot),
                    });
                }
            }
        }

        cached.HashTreeRoot();
        return cached;

        Checkpoint Target(ulong epoch) => new() { Epoch = new Epoch(epoch), Root = RootAt(epoch * spec.Preset.SlotsPerEpoch) };

        Root RootAt(ulong slot) => state.BlockRoots[(int)(slot % spec.Preset.SlotsPerHistoricalRoot)];
    }

    /// <summary>A genesis of 64 real keys, minimal preset.</summary>
    public static CachedBeaconState SmallState()
    {
        const ulong GenesisTime = 1_700_000_000;
        ChainSpec spec = new(GenesisConfig.Complete("minimal", [], Keys.Length, GenesisTime));
        return new CachedBeaconState(spec, GenesisBuilder.FromKeys(spec, Keys, new GenesisIdentity("benchmarks", 1), GenesisTime));
    }

    /// <summary>A state at slot 9 of the small chain, and the block of that slot with an attestation for every committee of the slot before.</summary>
    public static (CachedBeaconState PreState, SignedBeaconBlock Block) BlockWithAttestations()
    {
        CachedBeaconState state = SmallState();
        for (ulong slot = 1; slot < 9; slot++)
        {
            (state, _) = Extend(state, slot, []);
        }

        CachedBeaconState attested = state.Clone();
        Root head = Accessors.GetCurrentEpoch(state).Value == 1 ? HeadRoot(state) : Root.Zero;
        Transition.ProcessSlots(attested, new Slot(9));
        CommitteeShuffling shuffling = Accessors.GetShuffling(attested, new Epoch(1));
        ImmutableArray<Attestation>.Builder attestations = ImmutableArray.CreateBuilder<Attestation>();
        for (ulong index = 0; index < shuffling.CommitteesPerSlot; index++)
        {
            ValidatorIndex[] committee = shuffling.GetCommittee(new Slot(8), new CommitteeIndex(index)).ToArray();
            var data = new AttestationData
            {
                Slot = new Slot(8),
                Index = new CommitteeIndex(index),
                BeaconBlockRoot = head,
                Source = attested.State.CurrentJustifiedCheckpoint,
                Target = new Checkpoint { Epoch = new Epoch(1), Root = Accessors.GetBlockRootAtSlot(attested, new Slot(8)) },
            };
            byte[]? signature = Beacon.Crypto.Bls.Aggregate([.. committee.Select(member => (ReadOnlyMemory<byte>)Sign(attested, member, data.HashTreeRoot(), DomainType.BeaconAttester).AsSpan().ToArray())]);
            attestations.Add(new Attestation { AggregationBits = Bitlist.Of([.. Enumerable.Repeat(true, committee.Length)]), Data = data, Signature = new BlsSignature(signature!) });
        }

        return (attested, Extend(state, 9, attestations.DrainToImmutable()).Block);
    }

    private static Root HeadRoot(CachedBeaconState state)
    {
        BeaconBlockHeader header = state.State.LatestBlockHeader;
        return (header.StateRoot.IsZero ? header with { StateRoot = state.Clone().HashTreeRoot() } : header).HashTreeRoot();
    }

    private static (CachedBeaconState PostState, SignedBeaconBlock Block) Extend(CachedBeaconState parent, ulong slot, ImmutableArray<Attestation> attestations)
    {
        CachedBeaconState state = parent.Clone();
        Transition.ProcessSlots(state, new Slot(slot));
        ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(state);
        BeaconBlockHeader header = state.State.LatestBlockHeader;
        var block = new BeaconBlock
        {
            Slot = new Slot(slot),
            ProposerIndex = proposer,
            ParentRoot = header.HashTreeRoot(),
            StateRoot = Root.Zero,
            Body = BeaconBlockBody.CreateDefault() with
            {
                RandaoReveal = Sign(state, proposer, Accessors.GetCurrentEpoch(state).HashTreeRoot(), DomainType.Randao),
                Eth1Data = state.State.Eth1Data,
                Attestations = attestations,
            },
        };
        Transition.ProcessBlock(state, block, new SignatureVerifier(SignatureVerification.None));
        block = block with { StateRoot = state.HashTreeRoot() };
        return (state, new SignedBeaconBlock { Message = block, Signature = Sign(state, proposer, block.HashTreeRoot(), DomainType.BeaconProposer) });
    }

    private static BlsSignature Sign(CachedBeaconState state, ValidatorIndex validator, Root root, DomainType type)
    {
        Domain domain = Misc.ComputeDomain(type, state.State.Fork.CurrentVersion, state.State.GenesisValidatorsRoot);
        return new BlsSignature(Keys[validator.Value].Signing.Sign(Misc.ComputeSigningRoot(root, domain).AsSpan()).ToBytes());
    }

    private static Validator NewValidator(ChainSpec spec, int index)
    {
        byte[] key = new byte[BlsPublicKey.Size];
        BitConverter.TryWriteBytes(key, index + 1);
        return Validator.CreateDefault() with
        {
            Pubkey = new BlsPublicKey(key),
            EffectiveBalance = spec.Preset.MaxEffectiveBalance,
            ExitEpoch = Epoch.FarFuture,
            WithdrawableEpoch = Epoch.FarFuture,
        };
    }
}
