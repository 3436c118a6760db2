using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>Everything that fixes the committees of one epoch. Immutable, shared by states that agree on it.</summary>
public sealed class CommitteeShuffling
{
    private readonly ValidatorIndex[] _shuffled;
    private readonly Preset _preset;
    private int[]? _positions;

    internal CommitteeShuffling(Preset preset, Epoch epoch, ImmutableArray<ValidatorIndex> activeIndices, Root seed)
    {
        _preset = preset;
        Epoch = epoch;
        ActiveIndices = activeIndices;
        Seed = seed;
        CommitteesPerSlot = Math.Max(1, Math.Min(preset.MaxCommitteesPerSlot, (ulong)activeIndices.Length / preset.SlotsPerEpoch / preset.TargetCommitteeSize));
        _shuffled = [.. activeIndices];
        Shuffling.ShuffleList<ValidatorIndex>(_shuffled, seed.AsSpan(), preset.ShuffleRoundCount);
    }

    /// <summary>The epoch.</summary>
    public Epoch Epoch { get; }

    /// <summary>Validators active in the epoch, ascending.</summary>
    public ImmutableArray<ValidatorIndex> ActiveIndices { get; }

    /// <summary>Seed of the shuffle.</summary>
    public Root Seed { get; }

    /// <summary>Committees in each slot.</summary>
    public ulong CommitteesPerSlot { get; }

    /// <summary>All active validators in committee order: committees are consecutive parts.</summary>
    public ReadOnlySpan<ValidatorIndex> Shuffled => _shuffled;

    /// <summary>Members of a committee, in the order of the bits of its attestations.</summary>
    /// <param name="slot">A slot of the epoch.</param>
    /// <param name="index">Below <see cref="CommitteesPerSlot"/>.</param>
    /// <exception cref="StateTransitionException">No such committee.</exception>
    [Spec("phase0/beacon-chain.md#compute_committee")]
    public ReadOnlySpan<ValidatorIndex> GetCommittee(Slot slot, CommitteeIndex index)
    {
        (int start, int end) = Range(slot, index);
        return _shuffled.AsSpan(start, end - start);
    }

    /// <summary>A validator's committee in the epoch, and its place there; false when it is not active.</summary>
    /// <remarks>PERF: the inverse of the shuffle is made at the first call.</remarks>
    public bool TryGetAssignment(ValidatorIndex validator, out CommitteeAssignment assignment)
    {
        int[] positions = _positions ??= Invert();
        assignment = default;
        if (validator.Value >= (ulong)positions.Length || positions[validator.Value] < 0)
        {
            return false;
        }

        int position = positions[validator.Value];
        ulong count = CommitteesPerSlot * _preset.SlotsPerEpoch;
        ulong length = (ulong)_shuffled.Length;

        // The first guess may be one committee too low because the parts' bounds are rounded down.
        ulong committee = (ulong)position * count / length;
        while (length * (committee + 1) / count <= (ulong)position)
        {
            committee++;
        }

        int start = (int)(length * committee / count);
        Slot slot = new((Epoch.Value * _preset.SlotsPerEpoch) + (committee / CommitteesPerSlot));
        CommitteeIndex index = new(committee % CommitteesPerSlot);
        assignment = new CommitteeAssignment(slot, index, position - start, (int)(length * (committee + 1) / count) - start);
        return true;
    }

    private (int Start, int End) Range(Slot slot, CommitteeIndex index)
    {
        if (slot.Value / _preset.SlotsPerEpoch != Epoch.Value || index.Value >= CommitteesPerSlot)
        {
            throw new StateTransitionException(
                InvalidReason.AttestationCommitteeIndex, $"Slot {slot.Value} has no committee {index.Value} in epoch {Epoch.Value} with {CommitteesPerSlot} committees per slot.");
        }

        ulong committee = (slot.Value % _preset.SlotsPerEpoch * CommitteesPerSlot) + index.Value;
        ulong count = CommitteesPerSlot * _preset.SlotsPerEpoch;
        ulong length = (ulong)_shuffled.Length;
        return ((int)(length * committee / count), (int)(length * (committee + 1) / count));
    }

    private int[] Invert()
    {
        int[] positions = new int[_shuffled.Length == 0 ? 0 : checked((int)ActiveIndices[^1].Value + 1)];
        Array.Fill(positions, -1);
        for (int i = 0; i < _shuffled.Length; i++)
        {
            positions[_shuffled[i].Value] = i;
        }

        return positions;
    }

    internal static ImmutableArray<ValidatorIndex> ActiveAt(BeaconState state, Epoch epoch)
    {
        ValidatorIndex[] active = new ValidatorIndex[state.Validators.Count];
        int count = 0;
        ulong index = 0;
        foreach (Validator validator in state.Validators)
        {
            if (Predicates.IsActiveValidator(validator, epoch))
            {
                active[count++] = new ValidatorIndex(index);
            }

            index++;
        }

        Array.Resize(ref active, count);
        return ImmutableCollectionsMarshal.AsImmutableArray(active);
    }
}

/// <summary>Where a validator attests in an epoch.</summary>
/// <param name="Slot">Slot of its committee.</param>
/// <param name="Committee">Number of the committee in the slot.</param>
/// <param name="Position">Its place in the committee, which is its bit.</param>
/// <param name="CommitteeLength">Members of the committee.</param>
public readonly record struct CommitteeAssignment(Slot Slot, CommitteeIndex Committee, int Position, int CommitteeLength);
