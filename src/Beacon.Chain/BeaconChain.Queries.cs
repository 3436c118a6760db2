using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>Stake of an epoch in Gwei.</summary>
/// <param name="Active">Active stake.</param>
/// <param name="Target">Stake that voted for the right target.</param>
/// <param name="Head">Stake that voted for the right heads.</param>
/// <param name="Exiting">Stake that is active in the clock's epoch and on its way out; null before the chain has a complete epoch.</param>
public readonly record struct Participation(Gwei Active, Gwei Target, Gwei Head, ExitingStake? Exiting);

/// <summary>A node of the block tree, for the Beacon API.</summary>
public sealed record BlockTreeNode(ForkChoiceBlock Block, long Weight);

/// <content>Reading the chain: for req/resp and for the Beacon API.</content>
public sealed partial class BeaconChain
{
    /// <summary>The Status that peers are told.</summary>
    public ChainStatus Status
    {
        get
        {
            ChainHead head = Head;

            // At genesis the finalized root is zero by the p2p specification, whatever fork choice uses.
            Root finalizedRoot = head.Finalized.Epoch.Value == 0 ? Root.Zero : head.Finalized.Root;
            return new ChainStatus(ForkDigest, finalizedRoot, head.Finalized.Epoch, head.Root, head.Slot);
        }
    }

    /// <summary>Whether a connected peer has something ahead of us that we lack. A stalled chain with nobody ahead is in sync, once it is clear that it is stalled.</summary>
    public SyncStatus SyncStatus
    {
        get
        {
            ChainHead head = Head;
            ulong distance = 0;
            foreach (PeerChainStatus peer in _network.Peers)
            {
                // One slot ahead is a block on its way to us.
                bool headAhead = peer.HeadSlot.Value > head.Slot.Value + 1 && !Contains(peer.HeadRoot);
                bool finalityAhead = peer.FinalizedEpoch.Value > head.Finalized.Epoch.Value && !Contains(peer.FinalizedRoot) && peer.HeadSlot.Value > head.Slot.Value;
                if (headAhead || finalityAhead)
                {
                    distance = Math.Max(distance, Math.Max(1, peer.HeadSlot.Value - Math.Min(peer.HeadSlot.Value, head.Slot.Value)));
                }
            }

            // Alone after a start from a trusted node, we still know that the chain goes on: nobody may sign on what is long past.
            if (_network.Peers.Count == 0 && _trustedHead.Value > head.Slot.Value)
            {
                distance = _trustedHead.Value - head.Slot.Value;
            }

            distance = Math.Max(distance, _clockDoubt.Distance(head.Slot.Value, _network.Peers.Count > 0, Clock.NowMs));
            return new SyncStatus(head.Slot, distance, distance > 0);
        }
    }

    /// <summary>Whether a block is in the tree of unfinalized blocks or stored as finalized.</summary>
    public bool HasBlock(Root root) => Contains(root) || _database.GetBlockBytes(root) is not null;

    /// <summary>A block by its root, or null.</summary>
    public SignedBeaconBlock? GetBlock(Root root) => _database.GetBlock(root);

    /// <summary>A block's SSZ encoding by its root, or null.</summary>
    public byte[]? GetBlockBytes(Root root) => _database.GetBlockBytes(root);

    /// <summary>Root of the canonical block of exactly this slot, or null.</summary>
    public Root? GetCanonicalRoot(Slot slot)
    {
        ChainHead head = Head;
        if (slot.Value > head.Slot.Value)
        {
            return null;
        }

        lock (_forkChoiceLock)
        {
            if (_forkChoice.GetAncestor(head.Root, slot) is { } root)
            {
                return _forkChoice.Find(root)!.Slot == slot ? root : null;
            }
        }

        return _database.GetCanonicalRoot(slot);
    }

    /// <summary>Root of the canonical block at or before a slot, or null.</summary>
    public Root? GetCanonicalRootAtOrBefore(Slot slot)
    {
        lock (_forkChoiceLock)
        {
            return BlockRootOn(Head.Root, slot);
        }
    }

    /// <summary>Slots and roots of canonical blocks from a slot on, ascending.</summary>
    /// <param name="start">First slot.</param>
    /// <param name="count">Number of slots (not of blocks).</param>
    public IReadOnlyList<(Slot Slot, Root Root)> GetCanonicalRoots(Slot start, ulong count)
    {
        ulong end = count > ulong.MaxValue - start.Value ? ulong.MaxValue : start.Value + count;
        var recent = new List<(Slot, Root)>();
        lock (_forkChoiceLock)
        {
            for (ForkChoiceBlock? block = _forkChoice.Find(_head.Root); block is not null && block.Slot.Value >= start.Value; block = _forkChoice.Find(block.ParentRoot))
            {
                if (block.Slot.Value < end)
                {
                    recent.Add((block.Slot, block.Root));
                }
            }
        }

        recent.Reverse();
        ulong stored = recent.Count > 0 ? Math.Min(end, recent[0].Item1.Value) : end;
        return start.Value >= stored ? recent : [.. _database.GetCanonicalRange(start, new Slot(stored)), .. recent];
    }

    /// <summary>The state after a block; shared, not to be changed. Null for an unknown block.</summary>
    public CachedBeaconState? GetStateOfBlock(Root blockRoot) => HasBlock(blockRoot) ? _states.Get(blockRoot) : null;

    /// <summary>The canonical state at a slot; shared, not to be changed. Null for a slot ahead of the clock or before what is kept.</summary>
    public CachedBeaconState? GetStateAtSlot(Slot slot)
    {
        if (slot.Value > Clock.CurrentSlot.Value || GetCanonicalRootAtOrBefore(slot) is not { } root)
        {
            return null;
        }

        return GetStateOfBlock(root) is not { } state ? null
            : state.Slot.Value >= slot.Value ? state
            : _states.GetAdvanced(root, slot);
    }

    /// <summary>The state with a root, where it is the state after a known block; null otherwise.</summary>
    public CachedBeaconState? GetStateByRoot(Root stateRoot) =>
        _database.GetBlockRootByStateRoot(stateRoot) is { } root ? GetStateOfBlock(root) : null;

    /// <summary>The state at a checkpoint; shared, not to be changed.</summary>
    public CachedBeaconState GetCheckpointState(Checkpoint checkpoint) => _states.GetCheckpointState(checkpoint);

    /// <summary>Whether a block is on the head's chain.</summary>
    public bool IsCanonical(Root root, Slot slot) => GetCanonicalRoot(slot) == root;

    /// <summary>Committees of an epoch on the head's chain.</summary>
    /// <exception cref="ChainQueryException">The epoch is too far away.</exception>
    public CommitteeShuffling GetCommittees(CachedBeaconState state, Epoch epoch)
    {
        ulong current = EpochOf(state.Slot).Value;
        return epoch.Value + 1 >= current && epoch.Value <= current + 1
            ? Accessors.GetShuffling(state, epoch)
            : throw new ChainQueryException($"A state of epoch {current} does not know the committees of epoch {epoch.Value}.");
    }

    /// <summary>Leaves of the block tree.</summary>
    public IReadOnlyList<ForkChoiceBlock> GetTreeHeads()
    {
        lock (_forkChoiceLock)
        {
            HashSet<Root> parents = [.. _forkChoice.Blocks.Select(static block => block.ParentRoot)];
            return [.. _forkChoice.Blocks.Where(block => !parents.Contains(block.Root))];
        }
    }

    /// <summary>The whole tree with weights.</summary>
    public IReadOnlyList<BlockTreeNode> GetTree()
    {
        lock (_forkChoiceLock)
        {
            return [.. _forkChoice.Blocks.Select(block => new BlockTreeNode(block, _forkChoice.WeightOf(block.Root) ?? 0))];
        }
    }

    /// <summary>Blocks in the tree.</summary>
    public int TreeSize
    {
        get
        {
            lock (_forkChoiceLock)
            {
                return _forkChoice.BlockCount;
            }
        }
    }

    /// <summary>States in memory.</summary>
    public int CachedStates => _states.Count;

    /// <summary>Blocks replayed for states that were not in memory.</summary>
    public long ReplayedBlocks => _states.ReplayedBlocks;

    /// <summary>How much stake took part in the last epoch whose attestations can all be included by now: two before the current one.</summary>
    /// <remarks>Computed when asked for, once per epoch and chain. A chain that stands still shows no participation.</remarks>
    public Participation Participation
    {
        get
        {
            ulong start = StartSlotOf(EpochOf(Clock.CurrentSlot)).Value;
            if (start == 0 || GetCanonicalRootAtOrBefore(new Slot(start - 1)) is not { } root)
            {
                return default;
            }

            if (Volatile.Read(ref _participation) is { } known && known.Start == start && known.Root == root)
            {
                return known.Value;
            }

            CachedBeaconState state = _states.Get(root);
            state = state.Slot.Value == start - 1 ? state : _states.GetAdvanced(root, new Slot(start - 1));
            EpochSummary summary = EpochSummary.Gather(state);
            var exiting = ExitingStake.Gather(state, new Epoch(summary.CurrentEpoch.Value + 1));
            var value = new Participation(summary.TotalActiveBalance, summary.PreviousTargetBalance, summary.PreviousHeadBalance, exiting);
            Volatile.Write(ref _participation, new KnownParticipation(start, root, value));
            return value;
        }
    }

    private KnownParticipation? _participation;

    private sealed record KnownParticipation(ulong Start, Root Root, Participation Value);
}
