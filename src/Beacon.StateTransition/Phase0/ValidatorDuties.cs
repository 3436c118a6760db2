using System.Buffers.Binary;
using Beacon.Crypto;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The specification's helpers for validators, as far as they look at the state.</summary>
public static class ValidatorDuties
{
    /// <summary>A validator's committee in the previous, current or next epoch; null when it is not active then.</summary>
    [Spec("phase0/validator.md#validator-assignments")]
    public static CommitteeAssignment? GetCommitteeAssignment(CachedBeaconState state, Epoch epoch, ValidatorIndex validator) =>
        Accessors.GetShuffling(state, epoch).TryGetAssignment(validator, out CommitteeAssignment assignment) ? assignment : null;

    /// <summary>Whether a validator proposes in the state's slot.</summary>
    [Spec("phase0/validator.md#validator-assignments")]
    public static bool IsProposer(CachedBeaconState state, ValidatorIndex validator) => Accessors.GetBeaconProposerIndex(state) == validator;

    /// <summary>Subnet on which a committee's attestations are sent.</summary>
    [Spec("phase0/validator.md#broadcast-attestation")]
    public static ulong ComputeSubnetForAttestation(ChainSpec spec, ulong committeesPerSlot, Slot slot, CommitteeIndex index)
    {
        ulong slotsSinceEpochStart = slot.Value % spec.Preset.SlotsPerEpoch;
        return ((committeesPerSlot * slotsSinceEpochStart) + index.Value) % spec.Config.AttestationSubnetCount;
    }

    /// <summary>Whether a member of a committee is selected as its aggregator.</summary>
    /// <param name="committeeLength">Members of the committee.</param>
    /// <param name="slotSignature">The member's signature of the slot.</param>
    [Spec("phase0/validator.md#aggregation-selection")]
    public static bool IsAggregator(int committeeLength, in BlsSignature slotSignature)
    {
        ulong modulo = Math.Max(1, (ulong)committeeLength / PresetLimits.TargetAggregatorsPerCommittee);
        Span<byte> hash = stackalloc byte[Sha256.Length];
        Sha256.Hash(slotSignature.AsSpan(), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) % modulo == 0;
    }
}
