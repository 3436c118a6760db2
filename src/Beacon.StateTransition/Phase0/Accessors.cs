using System.Buffers.Binary;
using System.Collections.Immutable;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The specification's accessors of the beacon state.</summary>
public static class Accessors
{
    /// <summary>Epoch of the state.</summary>
    [Spec("phase0/beacon-chain.md#get_current_epoch")]
    public static Epoch GetCurrentEpoch(CachedBeaconState state) => Misc.ComputeEpochAtSlot(state.Spec, state.Slot);

    /// <summary>The epoch before; at genesis, the same.</summary>
    [Spec("phase0/beacon-chain.md#get_previous_epoch")]
    public static Epoch GetPreviousEpoch(CachedBeaconState state) => new(SpecMath.SaturatingSub(GetCurrentEpoch(state).Value, 1));

    /// <summary>Block root at the start of a recent epoch.</summary>
    /// <exception cref="StateTransitionException">The state does not remember it.</exception>
    [Spec("phase0/beacon-chain.md#get_block_root")]
    public static Root GetBlockRoot(CachedBeaconState state, Epoch epoch) => GetBlockRootAtSlot(state, Misc.ComputeStartSlotAtEpoch(state.Spec, epoch));

    /// <summary>Root of the last block at or before a recent slot.</summary>
    /// <exception cref="StateTransitionException">The slot is not before the state's, or longer ago than the state remembers.</exception>
    [Spec("phase0/beacon-chain.md#get_block_root_at_slot")]
    public static Root GetBlockRootAtSlot(CachedBeaconState state, Slot slot)
    {
        ulong remembered = state.Spec.Preset.SlotsPerHistoricalRoot;
        if (slot.Value >= state.Slot.Value || state.Slot.Value - slot.Value > remembered)
        {
            throw new StateTransitionException(
                InvalidReason.SlotOutOfRange, $"A state at slot {state.Slot.Value} has block roots of the {remembered} slots before it, not of slot {slot.Value}.");
        }

        return state.State.BlockRoots[slot.Value % remembered];
    }

    /// <summary>Randao mix of a recent epoch.</summary>
    [Spec("phase0/beacon-chain.md#get_randao_mix")]
    public static Root GetRandaoMix(ChainSpec spec, BeaconState state, Epoch epoch) => state.RandaoMixes[epoch.Value % spec.Preset.EpochsPerHistoricalVector];

    /// <summary>Validators active in an epoch, ascending; cached for the previous, current and next epoch.</summary>
    [Spec("phase0/beacon-chain.md#get_active_validator_indices")]
    public static ImmutableArray<ValidatorIndex> GetActiveValidatorIndices(CachedBeaconState state, Epoch epoch) =>
        HasShuffling(state, epoch) ? GetShuffling(state, epoch).ActiveIndices : CommitteeShuffling.ActiveAt(state.State, epoch);

    /// <summary>How many validators may be activated, and how many may exit, in one epoch.</summary>
    [Spec("phase0/beacon-chain.md#get_validator_churn_limit")]
    public static ulong GetValidatorChurnLimit(CachedBeaconState state) =>
        Math.Max(state.Spec.Config.MinPerEpochChurnLimit, (ulong)state.Epoch.Current.ActiveIndices.Length / state.Spec.Config.ChurnLimitQuotient);

    /// <summary>Seed of an epoch for one purpose.</summary>
    [Spec("phase0/beacon-chain.md#get_seed")]
    public static Root GetSeed(ChainSpec spec, BeaconState state, Epoch epoch, DomainType domainType)
    {
        var mixEpoch = new Epoch(epoch.Value + spec.Preset.EpochsPerHistoricalVector - spec.Preset.MinSeedLookahead - 1);
        Span<byte> input = stackalloc byte[4 + sizeof(ulong) + Root.Size];
        domainType.AsSpan().CopyTo(input);
        BinaryPrimitives.WriteUInt64LittleEndian(input[4..], epoch.Value);
        GetRandaoMix(spec, state, mixEpoch).CopyTo(input[12..]);
        return Hasher.Hash(input);
    }

    /// <summary>Committees of the previous, current or next epoch. Immutable, so it may be kept.</summary>
    /// <exception cref="StateTransitionException">Another epoch.</exception>
    public static CommitteeShuffling GetShuffling(CachedBeaconState state, Epoch epoch)
    {
        EpochCache cache = state.Epoch;
        return epoch == cache.Epoch ? cache.Current
            : epoch == cache.Previous.Epoch ? cache.Previous
            : epoch.Value == cache.Epoch.Value + 1 ? cache.Next(state.State)
            : throw new StateTransitionException(InvalidReason.SlotOutOfRange, $"A state of epoch {cache.Epoch.Value} has no committees of epoch {epoch.Value}.");
    }

    /// <summary>Committees in each slot of an epoch.</summary>
    [Spec("phase0/beacon-chain.md#get_committee_count_per_slot")]
    public static ulong GetCommitteeCountPerSlot(CachedBeaconState state, Epoch epoch) => GetShuffling(state, epoch).CommitteesPerSlot;

    /// <summary>Members of a committee of the previous, current or next epoch, in the order of their bits.</summary>
    /// <exception cref="StateTransitionException">No such committee.</exception>
    [Spec("phase0/beacon-chain.md#get_beacon_committee")]
    public static ReadOnlySpan<ValidatorIndex> GetBeaconCommittee(CachedBeaconState state, Slot slot, CommitteeIndex index) =>
        GetShuffling(state, Misc.ComputeEpochAtSlot(state.Spec, slot)).GetCommittee(slot, index);

    /// <summary>Proposer of the state's slot.</summary>
    [Spec("phase0/beacon-chain.md#get_beacon_proposer_index")]
    public static ValidatorIndex GetBeaconProposerIndex(CachedBeaconState state) => GetBeaconProposerIndex(state, state.Slot);

    /// <summary>Proposer of any slot of the state's epoch.</summary>
    /// <exception cref="StateTransitionException">A slot of another epoch: effective balances may change before it.</exception>
    [Spec("phase0/beacon-chain.md#get_beacon_proposer_index")]
    public static ValidatorIndex GetBeaconProposerIndex(CachedBeaconState state, Slot slot)
    {
        EpochCache cache = state.Epoch;
        return Misc.ComputeEpochAtSlot(state.Spec, slot) == cache.Epoch
            ? cache.Proposer(state.State, slot)
            : throw new StateTransitionException(InvalidReason.SlotOutOfRange, $"A state of epoch {cache.Epoch.Value} does not know the proposer of slot {slot.Value}.");
    }

    /// <summary>Combined effective balance of validators, at least one increment.</summary>
    [Spec("phase0/beacon-chain.md#get_total_balance")]
    public static Gwei GetTotalBalance(CachedBeaconState state, IEnumerable<ValidatorIndex> indices)
    {
        ulong total = 0;
        foreach (ValidatorIndex index in indices)
        {
            total += state.State.Validators[index.Value].EffectiveBalance.Value;
        }

        return new Gwei(Math.Max(state.Spec.Preset.EffectiveBalanceIncrement.Value, total));
    }

    /// <summary>Combined effective balance of the active validators, at least one increment.</summary>
    [Spec("phase0/beacon-chain.md#get_total_active_balance")]
    public static Gwei GetTotalActiveBalance(CachedBeaconState state) => state.Epoch.TotalActiveBalance;

    /// <summary>Domain of messages of an epoch.</summary>
    /// <param name="state">A state of the chain.</param>
    /// <param name="domainType">Kind of message.</param>
    /// <param name="epoch">Epoch of the message; null for the state's.</param>
    [Spec("phase0/beacon-chain.md#get_domain")]
    public static Domain GetDomain(CachedBeaconState state, DomainType domainType, Epoch? epoch = null)
    {
        Fork fork = state.State.Fork;
        ForkVersion version = (epoch ?? GetCurrentEpoch(state)).Value < fork.Epoch.Value ? fork.PreviousVersion : fork.CurrentVersion;
        return Misc.ComputeDomain(domainType, version, state.State.GenesisValidatorsRoot);
    }

    /// <summary>The attesters of an attestation, in committee order.</summary>
    /// <exception cref="StateTransitionException">There is no such committee, or its size is not that of the bits.</exception>
    [Spec("phase0/beacon-chain.md#get_attesting_indices")]
    public static ImmutableArray<ValidatorIndex> GetAttestingIndices(CachedBeaconState state, AttestationData data, Bitlist bits) =>
        GetAttestingIndices(GetBeaconCommittee(state, data.Slot, data.Index), bits);

    /// <summary>The members of a committee whose bit is set.</summary>
    /// <exception cref="StateTransitionException">The committee's size is not that of the bits.</exception>
    public static ImmutableArray<ValidatorIndex> GetAttestingIndices(ReadOnlySpan<ValidatorIndex> committee, Bitlist bits)
    {
        if (bits.Length != committee.Length)
        {
            throw new StateTransitionException(InvalidReason.AttestationBitsLength, $"An attestation has {bits.Length} bits for a committee of {committee.Length}.");
        }

        ImmutableArray<ValidatorIndex>.Builder attesters = ImmutableArray.CreateBuilder<ValidatorIndex>(bits.SetCount);
        for (int i = 0; i < committee.Length; i++)
        {
            if (bits[i])
            {
                attesters.Add(committee[i]);
            }
        }

        return attesters.DrainToImmutable();
    }

    /// <summary>An attestation with its attesters spelled out, ascending.</summary>
    /// <exception cref="StateTransitionException">There is no such committee, or its size is not that of the bits.</exception>
    [Spec("phase0/beacon-chain.md#get_indexed_attestation")]
    public static IndexedAttestation GetIndexedAttestation(CachedBeaconState state, Attestation attestation) => new()
    {
        AttestingIndices = GetAttestingIndices(state, attestation.Data, attestation.AggregationBits).Sort(static (a, b) => a.Value.CompareTo(b.Value)),
        Data = attestation.Data,
        Signature = attestation.Signature,
    };

    private static bool HasShuffling(CachedBeaconState state, Epoch epoch)
    {
        ulong current = state.Epoch.Epoch.Value;
        return epoch.Value + 1 >= current && epoch.Value <= current + 1;
    }
}
