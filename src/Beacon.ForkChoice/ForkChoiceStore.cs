using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ForkChoice;

/// <summary>What of the preset and configuration fork choice needs.</summary>
/// <param name="SlotsPerEpoch">SLOTS_PER_EPOCH.</param>
/// <param name="SlotDurationMs">Length of a slot in milliseconds.</param>
/// <param name="ProposerScoreBoost">PROPOSER_SCORE_BOOST, per cent of a committee's weight.</param>
public sealed record ForkChoiceConfig(ulong SlotsPerEpoch, ulong SlotDurationMs, ulong ProposerScoreBoost)
{
    /// <summary>INTERVALS_PER_SLOT: a block is timely before the first of them ends.</summary>
    public const ulong IntervalsPerSlot = 3;
}

/// <summary>The store of the specification's fork choice (v1.5.0, phase0/fork-choice.md): events in, head out.</summary>
/// <remarks>
/// Pure: no disk, no clock, no signatures. The caller runs the state transition and indexes attestations; the store holds the rules
/// that depend on the tree. Times are milliseconds since genesis instead of the spec's Unix seconds. Not safe for concurrent use.
/// </remarks>
public sealed class ForkChoiceStore
{
    private readonly ForkChoiceConfig _config;
    private readonly Func<Checkpoint, JustifiedBalances> _balancesOf;
    private readonly ProtoArray _tree = new();
    private readonly HashSet<ulong> _equivocating = [];
    private readonly HashSet<ulong> _changedVotes = [];
    private VoteTracker[] _votes = [];
    private JustifiedBalances _balances;
    private Checkpoint _balancesCheckpoint;
    private Root _appliedBoostRoot;
    private long _appliedBoost;

    /// <summary>The spec's get_forkchoice_store.</summary>
    /// <param name="config">Preset and configuration.</param>
    /// <param name="anchor">The trusted block. The store's checkpoints become (epoch of the anchor state, anchor root).</param>
    /// <param name="anchorEpoch">Epoch of the anchor state.</param>
    /// <param name="anchorTimeMs">Time of the anchor state's slot, in milliseconds since genesis.</param>
    /// <param name="balancesOf">Balances of the state at a checkpoint the store has justified.</param>
    public ForkChoiceStore(ForkChoiceConfig config, ForkChoiceBlock anchor, Epoch anchorEpoch, ulong anchorTimeMs, Func<Checkpoint, JustifiedBalances> balancesOf)
    {
        _config = config;
        _balancesOf = balancesOf;
        Checkpoint checkpoint = new() { Epoch = anchorEpoch, Root = anchor.Root };
        TimeMs = anchorTimeMs;
        JustifiedCheckpoint = checkpoint;
        FinalizedCheckpoint = checkpoint;
        UnrealizedJustifiedCheckpoint = checkpoint;
        UnrealizedFinalizedCheckpoint = checkpoint;
        _tree.Add(anchor with { UnrealizedJustified = checkpoint });
        _balances = balancesOf(checkpoint);
        _balancesCheckpoint = checkpoint;
    }

    /// <summary>Milliseconds since genesis.</summary>
    public ulong TimeMs { get; private set; }

    /// <summary>The checkpoint the head is sought from.</summary>
    public Checkpoint JustifiedCheckpoint { get; private set; }

    /// <summary>The last finalized checkpoint.</summary>
    public Checkpoint FinalizedCheckpoint { get; private set; }

    /// <summary>The best justified checkpoint that the next epoch realizes.</summary>
    public Checkpoint UnrealizedJustifiedCheckpoint { get; private set; }

    /// <summary>The best finalized checkpoint that the next epoch realizes.</summary>
    public Checkpoint UnrealizedFinalizedCheckpoint { get; private set; }

    /// <summary>Root of the block that has the proposer boost in this slot; zero for none.</summary>
    public Root ProposerBoostRoot { get; private set; }

    /// <summary>Slot of the store's time.</summary>
    public Slot CurrentSlot => new(TimeMs / _config.SlotDurationMs);

    /// <summary>Epoch of the store's time.</summary>
    public Epoch CurrentEpoch => EpochOf(CurrentSlot);

    /// <summary>Blocks in the tree, parents before children.</summary>
    public IEnumerable<ForkChoiceBlock> Blocks => _tree.Blocks;

    /// <summary>Number of blocks in the tree.</summary>
    public int BlockCount => _tree.Count;

    /// <summary>Indices of validators that equivocated.</summary>
    public IReadOnlySet<ulong> EquivocatingIndices => _equivocating;

    /// <summary>Whether the tree holds a block.</summary>
    public bool Contains(Root root) => _tree.Contains(root);

    /// <summary>A block of the tree, or null.</summary>
    public ForkChoiceBlock? Find(Root root) => _tree.IndexOf(root) is var index and >= 0 ? _tree.Block(index) : null;

    /// <summary>A block's weight in Gwei as of the last <see cref="GetHead"/>, or null.</summary>
    public long? WeightOf(Root root) => _tree.IndexOf(root) is var index and >= 0 ? _tree.WeightOf(index) : null;

    /// <summary>The spec's get_ancestor: the block of a chain at or before a slot; null when it is unknown or pruned.</summary>
    public Root? GetAncestor(Root root, Slot slot)
    {
        int index = _tree.IndexOf(root);
        index = index < 0 ? -1 : _tree.Ancestor(index, slot);
        return index < 0 ? null : _tree.Block(index).Root;
    }

    /// <summary>The spec's get_checkpoint_block.</summary>
    public Root? GetCheckpointBlock(Root root, Epoch epoch) => GetAncestor(root, StartSlotOf(epoch));

    /// <summary>Whether <paramref name="descendant"/> is <paramref name="ancestor"/> or descends from it.</summary>
    public bool IsDescendant(Root ancestor, Root descendant) =>
        Find(ancestor) is { } block && GetAncestor(descendant, block.Slot) == ancestor;

    /// <summary>Validators' latest messages; a validator without one has none here.</summary>
    public IEnumerable<KeyValuePair<ulong, LatestMessage>> LatestMessages
    {
        get
        {
            for (int i = 0; i < _votes.Length; i++)
            {
                if (_votes[i].HasVote)
                {
                    yield return new((ulong)i, new LatestMessage(_votes[i].Epoch, _votes[i].Next));
                }
            }
        }
    }

    /// <summary>The latest message of a validator, or null.</summary>
    public LatestMessage? LatestMessageOf(ulong validator) =>
        validator < (ulong)_votes.Length && _votes[validator].HasVote ? new LatestMessage(_votes[validator].Epoch, _votes[validator].Next) : null;

    /// <summary>Takes the validators whose message changed since the last call; for storage.</summary>
    public ulong[] TakeChangedVotes()
    {
        ulong[] changed = [.. _changedVotes];
        _changedVotes.Clear();
        return changed;
    }

    /// <summary>The spec's on_tick: moves time forward slot by slot; a time that lies behind changes nothing.</summary>
    public void OnTick(ulong timeMs)
    {
        ulong targetSlot = timeMs / _config.SlotDurationMs;
        while (CurrentSlot.Value < targetSlot)
        {
            TickWithinSlot((CurrentSlot.Value + 1) * _config.SlotDurationMs);
        }

        if (timeMs > TimeMs)
        {
            TickWithinSlot(timeMs);
        }
    }

    /// <summary>The tree's part of the spec's on_block: whether the block may be added at all, before its state transition is run.</summary>
    /// <exception cref="ForkChoiceException">The block is refused.</exception>
    public void ValidateOnBlock(Slot slot, Root parentRoot)
    {
        int parent = _tree.IndexOf(parentRoot);
        Require(parent >= 0, "the parent is unknown");
        Require(slot.Value <= CurrentSlot.Value, "the block is from the future");
        Require(slot.Value > StartSlotOf(FinalizedCheckpoint.Epoch).Value, "the block is not after the finalized slot");
        Require(GetCheckpointBlock(parentRoot, FinalizedCheckpoint.Epoch) == FinalizedCheckpoint.Root, "the block does not descend from the finalized block");
    }

    /// <summary>The spec's on_block after its state transition: adds a block, gives the boost where due and moves checkpoints.</summary>
    /// <exception cref="ForkChoiceException">The block is refused.</exception>
    public void OnBlock(ForkChoiceBlock block)
    {
        if (_tree.Contains(block.Root))
        {
            return;
        }

        ValidateOnBlock(block.Slot, block.ParentRoot);
        _tree.Add(block);
        bool timely = CurrentSlot.Value == block.Slot.Value
            && TimeMs % _config.SlotDurationMs < _config.SlotDurationMs / ForkChoiceConfig.IntervalsPerSlot;
        if (timely && ProposerBoostRoot.IsZero)
        {
            ProposerBoostRoot = block.Root;
        }

        UpdateCheckpoints(block.Justified, block.Finalized);
        UpdateUnrealizedCheckpoints(block.UnrealizedJustified, block.UnrealizedFinalized);
        if (EpochOf(block.Slot).Value < CurrentEpoch.Value)
        {
            UpdateCheckpoints(block.UnrealizedJustified, block.UnrealizedFinalized);
        }
    }

    /// <summary>The spec's validate_on_attestation.</summary>
    /// <exception cref="ForkChoiceException">The attestation is refused.</exception>
    public void ValidateOnAttestation(AttestationData data, bool isFromBlock)
    {
        if (!isFromBlock)
        {
            ulong current = CurrentEpoch.Value;
            Require(data.Target.Epoch.Value == current || data.Target.Epoch.Value + 1 == current, "the target is neither of the current nor of the previous epoch");
        }

        Require(data.Target.Epoch.Value == EpochOf(data.Slot).Value, "the target is not of the attestation's epoch");
        Require(_tree.Contains(data.Target.Root), "the target is unknown");
        ForkChoiceBlock? block = Find(data.BeaconBlockRoot);
        Require(block is not null, "the block voted for is unknown");
        Require(block!.Slot.Value <= data.Slot.Value, "the block voted for is later than the attestation");
        Require(GetCheckpointBlock(data.BeaconBlockRoot, data.Target.Epoch) == data.Target.Root, "the target is not an ancestor of the block voted for");
        Require(CurrentSlot.Value >= data.Slot.Value + 1, "the attestation's slot is not over");
    }

    /// <summary>The spec's on_attestation for an indexed attestation whose signature is good.</summary>
    /// <exception cref="ForkChoiceException">The attestation is refused.</exception>
    public void OnAttestation(AttestationData data, ReadOnlySpan<ulong> attestingIndices, bool isFromBlock)
    {
        ValidateOnAttestation(data, isFromBlock);
        foreach (ulong index in attestingIndices)
        {
            UpdateLatestMessage(index, data.Target.Epoch, data.BeaconBlockRoot);
        }
    }

    /// <summary>The spec's on_attester_slashing: these validators have no weight any more.</summary>
    public void OnEquivocation(ReadOnlySpan<ulong> indices)
    {
        foreach (ulong index in indices)
        {
            _equivocating.Add(index);
        }
    }

    /// <summary>The spec's get_head.</summary>
    public Root GetHead()
    {
        if (_balancesCheckpoint != JustifiedCheckpoint)
        {
            // Read before anything changes, so that a state that cannot be had leaves the store as it was.
            _balances = _balancesOf(JustifiedCheckpoint);
            _balancesCheckpoint = JustifiedCheckpoint;
        }

        ulong[] balances = _balances.EffectiveBalances;
        var deltas = new long[_tree.Count];
        for (int i = 0; i < _votes.Length; i++)
        {
            ref VoteTracker vote = ref _votes[i];
            ulong balance = !vote.HasVote || i >= balances.Length || _equivocating.Contains((ulong)i) ? 0 : balances[i];
            if (vote.AppliedBalance == balance && vote.Applied == vote.Next)
            {
                continue;
            }

            AddDelta(deltas, vote.Applied, -checked((long)vote.AppliedBalance));
            AddDelta(deltas, vote.Next, checked((long)balance));
            vote.Applied = vote.Next;
            vote.AppliedBalance = balance;
        }

        long boost = ProposerBoostRoot.IsZero ? 0 : checked((long)(_balances.TotalActiveBalance / _config.SlotsPerEpoch * _config.ProposerScoreBoost / 100));
        AddDelta(deltas, _appliedBoostRoot, -_appliedBoost);
        AddDelta(deltas, ProposerBoostRoot, boost);
        _appliedBoostRoot = ProposerBoostRoot;
        _appliedBoost = boost;

        int head = _tree.FindHead(
            deltas,
            _tree.IndexOf(JustifiedCheckpoint.Root),
            IsViableLeaf,
            _tree.IndexOf(FinalizedCheckpoint.Root),
            StartSlotOf(FinalizedCheckpoint.Epoch),
            FinalizedCheckpoint.Epoch.Value != 0);
        return _tree.Block(head).Root;
    }

    /// <summary>Drops blocks that do not descend from the finalized block.</summary>
    /// <returns>The dropped blocks, parents first; among them are the finalized block's ancestors.</returns>
    public IReadOnlyList<ForkChoiceBlock> Prune() =>
        _tree.IndexOf(FinalizedCheckpoint.Root) <= 0 ? [] : _tree.Prune(FinalizedCheckpoint.Root);

    /// <summary>Puts back a message that was stored; for a start from the database.</summary>
    /// <remarks>A message for a block that is gone is dropped: it has no weight and never will.</remarks>
    public void RestoreVote(ulong validator, LatestMessage message)
    {
        if (!_tree.Contains(message.Root))
        {
            return;
        }

        UpdateLatestMessage(validator, message.Epoch, message.Root);
        _changedVotes.Remove(validator);
    }

    /// <summary>Puts back a block that was stored, without the boost it may have had; parents first.</summary>
    public void RestoreBlock(ForkChoiceBlock block)
    {
        if (_tree.Contains(block.Root) || !_tree.Contains(block.ParentRoot))
        {
            return;
        }

        _tree.Add(block);
        UpdateCheckpoints(block.Justified, block.Finalized);
        UpdateUnrealizedCheckpoints(block.UnrealizedJustified, block.UnrealizedFinalized);
        if (EpochOf(block.Slot).Value < CurrentEpoch.Value)
        {
            UpdateCheckpoints(block.UnrealizedJustified, block.UnrealizedFinalized);
        }
    }

    private Epoch EpochOf(Slot slot) => new(slot.Value / _config.SlotsPerEpoch);

    private Slot StartSlotOf(Epoch epoch) => new(checked(epoch.Value * _config.SlotsPerEpoch));

    /// <summary>The spec's on_tick_per_slot.</summary>
    private void TickWithinSlot(ulong timeMs)
    {
        ulong previous = CurrentSlot.Value;
        TimeMs = timeMs;
        if (CurrentSlot.Value == previous)
        {
            return;
        }

        ProposerBoostRoot = Root.Zero;
        if (CurrentSlot.Value % _config.SlotsPerEpoch == 0)
        {
            UpdateCheckpoints(UnrealizedJustifiedCheckpoint, UnrealizedFinalizedCheckpoint);
        }
    }

    private void UpdateCheckpoints(Checkpoint justified, Checkpoint finalized)
    {
        if (justified.Epoch.Value > JustifiedCheckpoint.Epoch.Value)
        {
            JustifiedCheckpoint = justified;
        }

        if (finalized.Epoch.Value > FinalizedCheckpoint.Epoch.Value)
        {
            FinalizedCheckpoint = finalized;
        }
    }

    private void UpdateUnrealizedCheckpoints(Checkpoint justified, Checkpoint finalized)
    {
        if (justified.Epoch.Value > UnrealizedJustifiedCheckpoint.Epoch.Value)
        {
            UnrealizedJustifiedCheckpoint = justified;
        }

        if (finalized.Epoch.Value > UnrealizedFinalizedCheckpoint.Epoch.Value)
        {
            UnrealizedFinalizedCheckpoint = finalized;
        }
    }

    private void UpdateLatestMessage(ulong index, Epoch epoch, Root root)
    {
        if (_equivocating.Contains(index))
        {
            return;
        }

        if (index >= (ulong)_votes.Length)
        {
            Array.Resize(ref _votes, checked((int)Math.Max(index + 1, (ulong)_votes.Length * 5 / 4)));
        }

        ref VoteTracker vote = ref _votes[index];
        if (!vote.HasVote || epoch.Value > vote.Epoch.Value)
        {
            vote.HasVote = true;
            vote.Epoch = epoch;
            vote.Next = root;
            _changedVotes.Add(index);
        }
    }

    /// <summary>A leaf's part of the spec's filter_block_tree, without the finalized ancestry.</summary>
    private bool IsViableLeaf(ForkChoiceBlock block)
    {
        Epoch current = CurrentEpoch;
        Checkpoint source = current.Value > EpochOf(block.Slot).Value ? block.UnrealizedJustified : block.Justified;
        return JustifiedCheckpoint.Epoch.Value == 0
            || source.Epoch.Value == JustifiedCheckpoint.Epoch.Value
            || source.Epoch.Value + 2 >= current.Value;
    }

    private void AddDelta(long[] deltas, Root root, long amount)
    {
        if (amount != 0 && _tree.IndexOf(root) is var index and >= 0)
        {
            deltas[index] = checked(deltas[index] + amount);
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ForkChoiceException(message);
        }
    }

    private struct VoteTracker
    {
        public bool HasVote;
        public Epoch Epoch;
        public Root Next;
        public Root Applied;
        public ulong AppliedBalance;
    }
}
