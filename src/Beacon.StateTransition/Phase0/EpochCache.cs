using System.Collections.Immutable;
using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>What does not change while a state stays in one epoch: shufflings, proposers, total active balance. Shared by clones; thread-safe.</summary>
/// <remarks>
/// Blocks of an epoch cannot change any of it: activations and exits take effect MAX_SEED_LOOKAHEAD epochs later, effective balances change
/// at epoch ends only, and the seeds of this and the next epoch come from randao mixes that are complete.
/// </remarks>
public sealed class EpochCache
{
    private const int UnknownProposer = -1;

    private readonly ChainSpec _spec;
    private readonly int[] _proposers;
    private readonly Root _proposerSeed;
    private ImmutableArray<ValidatorIndex> _nextActive;
    private CommitteeShuffling? _next;

    private EpochCache(
        ChainSpec spec, BeaconState state, Epoch epoch, CommitteeShuffling previous, CommitteeShuffling current, ImmutableArray<ValidatorIndex> nextActive, Gwei totalActiveBalance)
    {
        _spec = spec;
        Epoch = epoch;
        Previous = previous;
        Current = current;
        _nextActive = nextActive;
        TotalActiveBalance = totalActiveBalance;
        _proposerSeed = Accessors.GetSeed(spec, state, epoch, DomainType.BeaconProposer);
        _proposers = new int[spec.Preset.SlotsPerEpoch];
        Array.Fill(_proposers, UnknownProposer);
    }

    /// <summary>The epoch.</summary>
    public Epoch Epoch { get; }

    /// <summary>Committees of the previous epoch; at genesis, of the same epoch.</summary>
    public CommitteeShuffling Previous { get; }

    /// <summary>Committees of the epoch.</summary>
    public CommitteeShuffling Current { get; }

    /// <summary>Combined effective balance of the active validators, at least one increment.</summary>
    public Gwei TotalActiveBalance { get; }

    /// <summary>Makes the cache of a state's epoch from nothing but the state.</summary>
    /// <remarks>PERF: three passes over the registry and two shuffles. Only for states that come from outside.</remarks>
    internal static EpochCache Build(ChainSpec spec, BeaconState state)
    {
        Epoch epoch = Misc.ComputeEpochAtSlot(spec, state.Slot);
        CommitteeShuffling current = Shuffle(spec, state, epoch, CommitteeShuffling.ActiveAt(state, epoch));
        CommitteeShuffling previous = current;
        if (epoch.Value > 0)
        {
            var before = new Epoch(epoch.Value - 1);
            previous = Shuffle(spec, state, before, CommitteeShuffling.ActiveAt(state, before));
        }

        ulong total = 0;
        foreach (ValidatorIndex index in current.ActiveIndices)
        {
            total = checked(total + state.Validators[index.Value].EffectiveBalance.Value);
        }

        return new EpochCache(spec, state, epoch, previous, current, default, AtLeastIncrement(spec, total));
    }

    /// <summary>The cache of the next epoch, for a state that has just entered it.</summary>
    /// <param name="state">The state, its slot already in the next epoch.</param>
    /// <param name="totalActiveBalance">Sum of effective balances of the validators active in it.</param>
    /// <param name="nextActive">Validators active in the epoch after it.</param>
    internal EpochCache Advance(BeaconState state, Gwei totalActiveBalance, ImmutableArray<ValidatorIndex> nextActive) =>
        new(_spec, state, new Epoch(Epoch.Value + 1), Current, Next(state), nextActive, AtLeastIncrement(_spec, totalActiveBalance.Value));

    /// <summary>Committees of the next epoch.</summary>
    /// <param name="state">A state of this cache's epoch.</param>
    internal CommitteeShuffling Next(BeaconState state)
    {
        if (_next is { } known)
        {
            return known;
        }

        var epoch = new Epoch(Epoch.Value + 1);
        if (_nextActive.IsDefault)
        {
            _nextActive = CommitteeShuffling.ActiveAt(state, epoch);
        }

        return _next = Shuffle(_spec, state, epoch, _nextActive);
    }

    /// <summary>Proposer of a slot of the epoch.</summary>
    internal ValidatorIndex Proposer(BeaconState state, Slot slot)
    {
        ref int known = ref _proposers[slot.Value % _spec.Preset.SlotsPerEpoch];
        int proposer = Volatile.Read(ref known);
        if (proposer == UnknownProposer)
        {
            Span<byte> input = stackalloc byte[Root.Size + sizeof(ulong)];
            _proposerSeed.CopyTo(input);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(input[Root.Size..], slot.Value);
            Span<byte> seed = stackalloc byte[Sha256.Length];
            Sha256.Hash(input, seed);
            proposer = checked((int)Misc.ComputeProposerIndex(_spec, state, Current.ActiveIndices.AsSpan(), seed).Value);
            Volatile.Write(ref known, proposer);
        }

        return new ValidatorIndex((ulong)proposer);
    }

    private static CommitteeShuffling Shuffle(ChainSpec spec, BeaconState state, Epoch epoch, ImmutableArray<ValidatorIndex> active) =>
        new(spec.Preset, epoch, active, Accessors.GetSeed(spec, state, epoch, DomainType.BeaconAttester));

    private static Gwei AtLeastIncrement(ChainSpec spec, ulong total) => new(Math.Max(spec.Preset.EffectiveBalanceIncrement.Value, total));
}
