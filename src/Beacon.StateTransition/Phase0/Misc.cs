using System.Buffers.Binary;
using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The specification's miscellaneous helpers: time, shuffling, domains and signing roots.</summary>
public static class Misc
{
    private const ulong MaxRandomByte = 255;

    /// <summary>Epoch of a slot.</summary>
    [Spec("phase0/beacon-chain.md#compute_epoch_at_slot")]
    public static Epoch ComputeEpochAtSlot(ChainSpec spec, Slot slot) => new(slot.Value / spec.Preset.SlotsPerEpoch);

    /// <summary>First slot of an epoch.</summary>
    /// <exception cref="OverflowException">The slot is beyond 2^64.</exception>
    [Spec("phase0/beacon-chain.md#compute_start_slot_at_epoch")]
    public static Slot ComputeStartSlotAtEpoch(ChainSpec spec, Epoch epoch) => new(epoch.Value * spec.Preset.SlotsPerEpoch);

    /// <summary>Epoch in which activations and exits that begin in <paramref name="epoch"/> take effect.</summary>
    [Spec("phase0/beacon-chain.md#compute_activation_exit_epoch")]
    public static Epoch ComputeActivationExitEpoch(ChainSpec spec, Epoch epoch) => new(epoch.Value + 1 + spec.Preset.MaxSeedLookahead);

    /// <summary>A random one of <paramref name="indices"/>, weighted by effective balance.</summary>
    /// <exception cref="StateTransitionException">There are no indices.</exception>
    [Spec("phase0/beacon-chain.md#compute_proposer_index")]
    public static ValidatorIndex ComputeProposerIndex(ChainSpec spec, BeaconState state, ReadOnlySpan<ValidatorIndex> indices, ReadOnlySpan<byte> seed)
    {
        if (indices.IsEmpty)
        {
            throw new StateTransitionException(InvalidReason.NoActiveValidators, $"No validator is active at slot {state.Slot.Value}, so there is no proposer.");
        }

        ulong total = (ulong)indices.Length;
        Span<byte> input = stackalloc byte[Root.Size + sizeof(ulong)];
        Span<byte> random = stackalloc byte[Sha256.Length];
        seed.CopyTo(input);
        for (ulong i = 0; ; i++)
        {
            if (i % 32 == 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(input[Root.Size..], i / 32);
                Sha256.Hash(input, random);
            }

            ValidatorIndex candidate = indices[(int)Shuffling.ComputeShuffledIndex(i % total, total, seed, spec.Preset.ShuffleRoundCount)];
            if (state.Validators[candidate.Value].EffectiveBalance.Value * MaxRandomByte >= spec.Preset.MaxEffectiveBalance.Value * random[(int)(i % 32)])
            {
                return candidate;
            }
        }
    }

    /// <summary>Root of a fork version and a chain's identity.</summary>
    [Spec("phase0/beacon-chain.md#compute_fork_data_root")]
    public static Root ComputeForkDataRoot(ForkVersion currentVersion, Root genesisValidatorsRoot) =>
        new ForkData { CurrentVersion = currentVersion, GenesisValidatorsRoot = genesisValidatorsRoot }.HashTreeRoot();

    /// <summary>Four bytes that tell forks and chains apart on the network.</summary>
    [Spec("phase0/beacon-chain.md#compute_fork_digest")]
    public static ForkDigest ComputeForkDigest(ForkVersion currentVersion, Root genesisValidatorsRoot) =>
        new(ComputeForkDataRoot(currentVersion, genesisValidatorsRoot).AsSpan()[..4]);

    /// <summary>What is signed together with a message: its kind, fork and chain.</summary>
    [Spec("phase0/beacon-chain.md#compute_domain")]
    public static Domain ComputeDomain(DomainType domainType, ForkVersion forkVersion, Root genesisValidatorsRoot)
    {
        Span<byte> domain = stackalloc byte[32];
        domainType.AsSpan().CopyTo(domain);
        ComputeForkDataRoot(forkVersion, genesisValidatorsRoot).AsSpan()[..28].CopyTo(domain[4..]);
        return new Domain(domain);
    }

    /// <summary>The domain of messages that are not bound to a chain, as deposits are.</summary>
    [Spec("phase0/beacon-chain.md#compute_domain")]
    public static Domain ComputeDomain(ChainSpec spec, DomainType domainType) => ComputeDomain(domainType, spec.Config.GenesisForkVersion, Root.Zero);

    /// <summary>What a signature over an object signs.</summary>
    [Spec("phase0/beacon-chain.md#compute_signing_root")]
    public static Root ComputeSigningRoot(Root objectRoot, Domain domain) => Hasher.Combine(objectRoot, new Root(domain.AsSpan()));

    /// <inheritdoc cref="ComputeSigningRoot(Root, Domain)"/>
    public static Root ComputeSigningRoot<T>(T message, Domain domain)
        where T : ISszSerializable<T> => ComputeSigningRoot(message.HashTreeRoot(), domain);

    /// <summary>The attestation subnets a node stays subscribed to, by its identity.</summary>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="nodeId">32 bytes, big-endian.</param>
    /// <param name="epoch">Current epoch.</param>
    [Spec("phase0/p2p-interface.md#attestation-subnet-subscription")]
    public static ulong[] ComputeSubscribedSubnets(ChainSpec spec, ReadOnlySpan<byte> nodeId, Epoch epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nodeId.Length, 32);
        int prefixBits = (int)spec.Config.AttestationSubnetPrefixBits;
        ulong prefix = prefixBits == 0 ? 0 : BinaryPrimitives.ReadUInt64BigEndian(nodeId) >> (64 - prefixBits);
        UInt128 low = BinaryPrimitives.ReadUInt128BigEndian(nodeId[16..]);
        UInt128 high = BinaryPrimitives.ReadUInt128BigEndian(nodeId[..16]);

        // node_id mod m for a 256-bit node_id: (high mod m · (2^128 mod m) + low mod m) mod m, where m is small.
        UInt128 modulus = spec.Config.EpochsPerSubnetSubscription;
        UInt128 wrap = ((UInt128.MaxValue % modulus) + 1) % modulus;
        ulong offset = (ulong)(((high % modulus * wrap) + (low % modulus)) % modulus);
        Span<byte> period = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(period, (epoch.Value + offset) / spec.Config.EpochsPerSubnetSubscription);
        Span<byte> seed = stackalloc byte[Sha256.Length];
        Sha256.Hash(period, seed);
        ulong permutated = Shuffling.ComputeShuffledIndex(prefix, 1UL << prefixBits, seed, spec.Preset.ShuffleRoundCount);
        ulong[] subnets = new ulong[spec.Config.SubnetsPerNode];
        for (int i = 0; i < subnets.Length; i++)
        {
            subnets[i] = (permutated + (ulong)i) % spec.Config.AttestationSubnetCount;
        }

        return subnets;
    }
}
