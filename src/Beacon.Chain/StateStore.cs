using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>States after blocks: the most recent in memory, some in the database, all others by replaying blocks.</summary>
/// <remarks>
/// What is handed out is shared and must not be changed; work on a clone. States share their unchanged parts, so the memory bound is a count.
/// Thread-safe; two callers that miss the same state wait for one replay.
/// Lock order: <see cref="_replayLock"/> before <see cref="_cacheLock"/>.
/// </remarks>
internal sealed class StateStore(ChainSpec spec, BeaconDatabase database, ValidatorKeys keys, int capacity = StateStore.DefaultCapacity)
{
    /// <summary>States kept in memory.</summary>
    public const int DefaultCapacity = 96;

    /// <summary>Checkpoint states (a block's state moved to an epoch's start) kept in memory.</summary>
    private const int CheckpointCapacity = 16;

    private readonly Lock _replayLock = new();
    private readonly Lock _cacheLock = new();
    private readonly LruMap<Root, CachedBeaconState> _states = new(capacity);
    private readonly LruMap<(Root, ulong), CachedBeaconState> _advanced = new(CheckpointCapacity);
    private long _replayedBlocks;

    /// <summary>Blocks replayed because a state was not in memory.</summary>
    public long ReplayedBlocks => Interlocked.Read(ref _replayedBlocks);

    /// <summary>States in memory.</summary>
    public int Count
    {
        get
        {
            lock (_cacheLock)
            {
                return _states.Count + _advanced.Count;
            }
        }
    }

    /// <summary>Keeps the state after a block; its hash tree root must have been computed.</summary>
    public void Add(Root blockRoot, CachedBeaconState state)
    {
        lock (_cacheLock)
        {
            _states.Set(blockRoot, state);
        }
    }

    /// <summary>Keeps a block's state that was moved on to a later slot.</summary>
    public void AddAdvanced(Root blockRoot, CachedBeaconState state)
    {
        lock (_cacheLock)
        {
            _advanced.Set((blockRoot, state.Slot.Value), state);
        }
    }

    /// <summary>The state after a block.</summary>
    /// <exception cref="DatabaseDamagedException">A block or state that must be there is not.</exception>
    public CachedBeaconState Get(Root blockRoot)
    {
        if (TryGetCached(blockRoot) is { } cached)
        {
            return cached;
        }

        lock (_replayLock)
        {
            return TryGetCached(blockRoot) ?? Replay(blockRoot);
        }
    }

    /// <summary>A block's state moved on to a slot, for the caller to change.</summary>
    /// <exception cref="Beacon.StateTransition.StateTransitionException">The slot lies before the block.</exception>
    public CachedBeaconState GetAdvanced(Root blockRoot, Slot slot)
    {
        CachedBeaconState? start;
        lock (_cacheLock)
        {
            start = _advanced.Get((blockRoot, slot.Value));
            if (start is not null)
            {
                return start.Clone();
            }

            // A state prepared for an earlier slot saves the epoch transitions up to there.
            start = _advanced.Values.Where(state => state.Key.Item1 == blockRoot && state.Key.Item2 < slot.Value).OrderByDescending(state => state.Key.Item2).FirstOrDefault().Value;
        }

        CachedBeaconState working = (start ?? Get(blockRoot)).Clone();
        if (working.Slot.Value < slot.Value)
        {
            Transition.ProcessSlots(working, slot);
        }

        return working;
    }

    /// <summary>The state at a checkpoint: the block's state at the epoch's first slot. Shared; not to be changed.</summary>
    public CachedBeaconState GetCheckpointState(Checkpoint checkpoint)
    {
        Slot slot = Misc.ComputeStartSlotAtEpoch(spec, checkpoint.Epoch);
        lock (_cacheLock)
        {
            if (_advanced.Get((checkpoint.Root, slot.Value)) is { } cached)
            {
                return cached;
            }
        }

        CachedBeaconState state = Get(checkpoint.Root);
        if (state.Slot.Value >= slot.Value)
        {
            return state;
        }

        CachedBeaconState advanced = GetAdvanced(checkpoint.Root, slot);
        advanced.HashTreeRoot();
        AddAdvanced(checkpoint.Root, advanced);
        return advanced;
    }

    /// <summary>Forgets the states of blocks that were pruned.</summary>
    public void Remove(IEnumerable<Root> blockRoots)
    {
        lock (_cacheLock)
        {
            foreach (Root root in blockRoots)
            {
                _states.Remove(root);
            }
        }
    }

    private CachedBeaconState? TryGetCached(Root blockRoot)
    {
        lock (_cacheLock)
        {
            return _states.Get(blockRoot);
        }
    }

    private CachedBeaconState Replay(Root blockRoot)
    {
        var path = new Stack<(Root Root, SignedBeaconBlock Block)>();
        Root current = blockRoot;
        CachedBeaconState? state;
        while ((state = TryGetCached(current) ?? Load(current)) is null)
        {
            SignedBeaconBlock block = database.GetBlock(current) ?? throw new DatabaseDamagedException(
                $"The database lacks block {current}, which the state of block {blockRoot} is made from; remove the chain directory to start the chain anew.");
            path.Push((current, block));
            current = block.Message.ParentRoot;
        }

        while (path.TryPop(out (Root Root, SignedBeaconBlock Block) next))
        {
            state = state.Clone();
            Transition.ProcessSlots(state, next.Block.Message.Slot);
            Transition.ProcessBlock(state, next.Block.Message, new SignatureVerifier(SignatureVerification.None));
            Interlocked.Increment(ref _replayedBlocks);
            if (state.HashTreeRoot() != next.Block.Message.StateRoot)
            {
                throw new DatabaseDamagedException(
                    $"Replaying block {next.Root} gives another state root than the block has; remove the chain directory to start the chain anew.");
            }

            // Only the last few are likely to be asked for again.
            if (path.Count < 4)
            {
                Add(next.Root, state);
            }
        }

        return state;
    }

    private CachedBeaconState? Load(Root blockRoot)
    {
        if (database.GetState(blockRoot, spec) is not { } stored)
        {
            return null;
        }

        var state = new CachedBeaconState(spec, stored, keys);
        state.HashTreeRoot();
        Add(blockRoot, state);
        return state;
    }
}

/// <summary>A map that drops what was not used for longest when it is full. Not thread-safe.</summary>
internal sealed class LruMap<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    private readonly Dictionary<TKey, LinkedListNode<KeyValuePair<TKey, TValue>>> _nodes = [];
    private readonly LinkedList<KeyValuePair<TKey, TValue>> _order = new();

    public int Count => _nodes.Count;

    public IEnumerable<KeyValuePair<TKey, TValue>> Values => _order;

    public TValue? Get(TKey key)
    {
        if (!_nodes.TryGetValue(key, out LinkedListNode<KeyValuePair<TKey, TValue>>? node))
        {
            return null;
        }

        _order.Remove(node);
        _order.AddFirst(node);
        return node.Value.Value;
    }

    public void Set(TKey key, TValue value)
    {
        Remove(key);
        _nodes.Add(key, _order.AddFirst(new KeyValuePair<TKey, TValue>(key, value)));
        if (_nodes.Count > capacity)
        {
            TKey oldest = _order.Last!.Value.Key;
            Remove(oldest);
        }
    }

    public bool Remove(TKey key)
    {
        if (!_nodes.Remove(key, out LinkedListNode<KeyValuePair<TKey, TValue>>? node))
        {
            return false;
        }

        _order.Remove(node);
        return true;
    }
}
