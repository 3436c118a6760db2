using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.Storage;
using Beacon.Types;

namespace Beacon.Chain;

/// <content>The head, finality and what follows from their changes. All under the fork choice lock.</content>
public sealed partial class BeaconChain
{
    private ChainHead MakeHead(Root root)
    {
        ForkChoiceBlock block = _forkChoice.Find(root)!;
        return new ChainHead(root, block.Slot, block.StateRoot, _states.Get(root), _forkChoice.JustifiedCheckpoint, _forkChoice.FinalizedCheckpoint);
    }

    private void UpdateHead()
    {
        ChainHead old = _head;
        Root root = _forkChoice.GetHead();
        bool sameHead = root == old.Root;
        if (!sameHead || old.Justified != _forkChoice.JustifiedCheckpoint || old.Finalized != _forkChoice.FinalizedCheckpoint)
        {
            ChainHead head = sameHead
                ? old with { Justified = _forkChoice.JustifiedCheckpoint, Finalized = _forkChoice.FinalizedCheckpoint }
                : MakeHead(root);
            Volatile.Write(ref _head, head);
            if (!sameHead)
            {
                AnnounceHead(old, head);
            }
        }

        if (_forkChoice.FinalizedCheckpoint.Epoch.Value > _finalized.Epoch.Value)
        {
            Finalize(_finalized, _forkChoice.FinalizedCheckpoint);
            _finalized = _forkChoice.FinalizedCheckpoint;
        }
    }

    private void AnnounceHead(ChainHead old, ChainHead head)
    {
        Epoch epoch = EpochOf(head.Slot);
        if (!_forkChoice.IsDescendant(old.Root, head.Root))
        {
            ulong depth = ReorgDepth(old, head);
            Metrics.CountReorg(depth);
            Log.Reorg(_logger, depth, old.Slot.Value, old.Root, head.Slot.Value, head.Root);
            Events.Publish(new ChainEvent.Reorg(head.Slot, depth, old.Root, head.Root, old.StateRoot, head.StateRoot, epoch));
        }

        Events.Publish(new ChainEvent.Head(
            head.Slot, head.Root, head.StateRoot, epoch != EpochOf(old.Slot), DutyDependentRoot(head.Root, epoch), DutyDependentRoot(head.Root, new Epoch(epoch.Value + 1))));
    }

    private ulong ReorgDepth(ChainHead old, ChainHead head)
    {
        ForkChoiceBlock? common = _forkChoice.Find(old.Root);
        while (common is not null && !_forkChoice.IsDescendant(common.Root, head.Root))
        {
            common = _forkChoice.Find(common.ParentRoot);
        }

        return old.Slot.Value - (common?.Slot.Value ?? 0);
    }

    /// <summary>The block that decides the attester duties of an epoch on a chain: the last one before the epoch before it.</summary>
    private Root DutyDependentRoot(Root chain, Epoch epoch) =>
        epoch.Value <= 1 ? GenesisBlockRoot : BlockRootOn(chain, new Slot(StartSlotOf(new Epoch(epoch.Value - 1)).Value - 1)) ?? GenesisBlockRoot;

    /// <summary>The block of a chain at or before a slot, finalized ones included. Null before what the database knows.</summary>
    private Root? BlockRootOn(Root chain, Slot slot)
    {
        if (_forkChoice.GetAncestor(chain, slot) is { } recent)
        {
            return recent;
        }

        if (_history is { } history && slot.Value > 0 && slot.Value < history.FirstRoot.Value)
        {
            return null;
        }

        // Slots without a block have no entry, so the search goes back in steps that grow.
        ulong end = slot.Value + 1;
        ulong step = 8;
        while (end > 0)
        {
            ulong start = end > step ? end - step : 0;
            Root? last = null;
            foreach ((_, Root root) in _database.GetCanonicalRange(new Slot(start), new Slot(end)))
            {
                last = root;
            }

            if (last is not null)
            {
                return last;
            }

            end = start;
            step *= 4;
        }

        return null;
    }

    /// <summary>Moves what became final to its permanent place and drops what contradicts it, in one batch.</summary>
    private void Finalize(Checkpoint before, Checkpoint now)
    {
        var batch = new WriteBatch();
        var canonical = new HashSet<Root>();
        for (ForkChoiceBlock? block = _forkChoice.Find(now.Root); block is not null; block = _forkChoice.Find(block.ParentRoot))
        {
            canonical.Add(block.Root);
            BeaconDatabase.PutCanonical(batch, block.Slot, block.Root);
        }

        if (!_database.HasState(now.Root))
        {
            BeaconDatabase.PutState(batch, now.Root, _states.Get(now.Root).State);
        }

        IReadOnlyList<ForkChoiceBlock> dropped = _forkChoice.Prune();
        foreach (ForkChoiceBlock block in dropped)
        {
            BeaconDatabase.DeleteNode(batch, block.Root);
            if (!canonical.Contains(block.Root))
            {
                BeaconDatabase.DeleteBlock(batch, block.Root, block.StateRoot);
            }
            else if (!KeepsState(block, before, now))
            {
                BeaconDatabase.DeleteState(batch, block.Root);
            }
        }

        AddChangedVotes(batch);
        BeaconDatabase.PutAnchor(batch, now);
        BeaconDatabase.PutHead(batch, _head.Root);
        _database.Commit(batch);
        _states.Remove(dropped.Select(static block => block.Root));

        Root stateRoot = _forkChoice.Find(now.Root)?.StateRoot ?? Root.Zero;
        Events.Publish(new ChainEvent.Finalized(now, stateRoot));
        Log.Finalized(_logger, now.Epoch.Value, now.Root, now.Epoch.Value - before.Epoch.Value);
    }

    /// <summary>Whether a finalized block's state stays: the first one, from which all others are replayed, and the last checkpoint of each archive period.</summary>
    private bool KeepsState(ForkChoiceBlock block, Checkpoint before, Checkpoint now) =>
        block.Slot == OldestBlockSlot
        || (block.Root == before.Root && before.Epoch.Value / ArchiveIntervalEpochs != now.Epoch.Value / ArchiveIntervalEpochs);
}
