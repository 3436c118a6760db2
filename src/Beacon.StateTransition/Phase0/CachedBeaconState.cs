using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>A beacon state with the caches that make working on it linear. The functions of this namespace take and change it.</summary>
/// <remarks>
/// <see cref="Clone"/> is cheap: lists share their unchanged parts, caches are shared. Not thread-safe for writing; any number of threads may
/// read one that nobody writes. When a function throws <see cref="StateTransitionException"/> the state is half-changed: throw it away.
/// </remarks>
public sealed class CachedBeaconState
{
    private EpochCache? _epoch;
    private ExitQueue? _exitQueue;

    /// <summary>Wraps a state, which belongs to the wrapper from then on.</summary>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="state">The state.</param>
    /// <param name="keys">The chain's keys where another state of the chain has them already; otherwise made from the registry.</param>
    public CachedBeaconState(ChainSpec spec, BeaconState state, ValidatorKeys? keys = null)
    {
        Spec = spec;
        State = state;
        Keys = keys ?? new ValidatorKeys();
        Keys.AddAll(state);
    }

    private CachedBeaconState(CachedBeaconState other)
    {
        Spec = other.Spec;
        State = other.State.Clone();
        Keys = other.Keys;
        _epoch = other._epoch;
        _exitQueue = other._exitQueue;
    }

    /// <summary>Preset and configuration.</summary>
    public ChainSpec Spec { get; }

    /// <summary>The state itself. Reading is free; write only through <see cref="Mutators"/> and the transition, or the caches go stale.</summary>
    public BeaconState State { get; }

    /// <summary>Keys and positions of the registry, shared by the chain's states.</summary>
    public ValidatorKeys Keys { get; }

    /// <summary>Slot of the state.</summary>
    public Slot Slot => State.Slot;

    /// <summary>Caches of the state's epoch, made when first asked for.</summary>
    public EpochCache Epoch
    {
        get
        {
            EpochCache? cache = _epoch;
            if (cache is null || cache.Epoch != Misc.ComputeEpochAtSlot(Spec, State.Slot))
            {
                _epoch = cache = EpochCache.Build(Spec, State);
            }

            return cache;
        }

        internal set => _epoch = value;
    }

    /// <summary>Where the queue of exits stands.</summary>
    internal ExitQueue ExitQueue
    {
        get => _exitQueue ??= ExitQueue.Of(State);
        set => _exitQueue = value;
    }

    /// <summary>Hash tree root of the state.</summary>
    public Root HashTreeRoot() => State.HashTreeRoot();

    /// <summary>A state that can be changed without changing this one.</summary>
    public CachedBeaconState Clone() => new(this);
}

/// <summary>The last epoch somebody exits in, and how many do. An exit then costs no pass over the registry.</summary>
/// <param name="LastEpoch">Greatest exit epoch that is not the far future; 0 without exits.</param>
/// <param name="Exits">Validators that exit then.</param>
internal readonly record struct ExitQueue(Epoch LastEpoch, ulong Exits)
{
    /// <summary>Adds one validator's exit epoch.</summary>
    public ExitQueue With(Epoch exit) =>
        exit == Epoch.FarFuture || exit.Value < LastEpoch.Value ? this
        : exit.Value > LastEpoch.Value ? new ExitQueue(exit, 1)
        : this with { Exits = Exits + 1 };

    /// <summary>The queue of a state.</summary>
    public static ExitQueue Of(BeaconState state)
    {
        ExitQueue queue = default;
        foreach (Validator validator in state.Validators)
        {
            queue = queue.With(validator.ExitEpoch);
        }

        return queue;
    }
}
