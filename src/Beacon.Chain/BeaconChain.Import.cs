using System.Collections.Immutable;
using System.Threading.Channels;
using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;

namespace Beacon.Chain;

/// <content>The import of blocks: one queue, one worker, one order.</content>
public sealed partial class BeaconChain
{
    /// <summary>Blocks that wait for their parent.</summary>
    private const int MaxOrphans = 512;

    /// <summary>Blocks that wait for their slot.</summary>
    private const int MaxEarly = 64;

    /// <summary>Every so many epochs the state of an unfinalized block is written, so that no replay is longer.</summary>
    private const ulong StateIntervalEpochs = 4;

    /// <summary>Every so many epochs a finalized state is kept for good.</summary>
    private const ulong ArchiveIntervalEpochs = 64;

    private readonly OrphanBlocks _orphans = new(MaxOrphans);
    private readonly RecentRoots _invalid = new(1024);
    private readonly ImportWaiters _waiters = new(2048);
    private readonly Channel<Root> _missingParents = Channel.CreateBounded<Root>(
        new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });

    private int _earlyBlocks;

    /// <summary>Roots of blocks that others build on and that we lack; networking fetches them by root and imports them.</summary>
    public ChannelReader<Root> MissingParents => _missingParents.Reader;

    /// <summary>Blocks that wait for their parents.</summary>
    public int OrphanCount => _orphans.Count;

    /// <summary>Verifies a block completely and makes it part of the chain. For sync, for fetched parents and for the Beacon API.</summary>
    /// <remarks>A block of a future slot waits for it; a block with an unknown parent is kept until the parent comes.</remarks>
    public Task<ImportResult> ImportAsync(SignedBeaconBlock block, CancellationToken cancellationToken) =>
        EnqueueAsync(block, gossipVerified: null, cancellationToken);

    /// <summary>Imports blocks in order, as range sync has them; stops at the first that is not in the chain afterwards.</summary>
    /// <returns>One result per block that was tried.</returns>
    public async Task<IReadOnlyList<ImportResult>> ImportAsync(IReadOnlyList<SignedBeaconBlock> blocks, CancellationToken cancellationToken)
    {
        var results = new List<ImportResult>(blocks.Count);
        foreach (SignedBeaconBlock block in blocks)
        {
            ImportResult result = await ImportAsync(block, cancellationToken);
            results.Add(result);
            if (!result.IsInChain)
            {
                break;
            }
        }

        return results;
    }

    private async Task<ImportResult> EnqueueAsync(SignedBeaconBlock block, GossipVerifiedBlock? gossipVerified, CancellationToken cancellationToken)
    {
        Root root = gossipVerified?.Root ?? block.Message.HashTreeRoot();
        if (block.Message.Slot.Value > Clock.CurrentSlot.Value && !await WaitForSlotAsync(block.Message.Slot, 0, cancellationToken))
        {
            return new ImportResult(ImportOutcome.Ignored, root, "future_slot");
        }

        var job = new ImportJob(block, root, gossipVerified);
        await _imports.Writer.WriteAsync(job, cancellationToken);
        return await job.Completion.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until a slot begins, less some milliseconds; false when it is too far away or too many blocks wait already.</summary>
    private async Task<bool> WaitForSlotAsync(Slot slot, long earlierMs, CancellationToken cancellationToken)
    {
        // First, because the start of a slot that some peer made up may not fit 64 bits.
        if (slot.Value > Clock.CurrentSlot.Value + 2)
        {
            return false;
        }

        long due = Clock.StartOf(slot) - earlierMs;
        if (due <= Clock.NowMs)
        {
            return true;
        }

        try
        {
            if (Interlocked.Increment(ref _earlyBlocks) > MaxEarly)
            {
                return false;
            }

            await Clock.WaitUntilAsync(due, cancellationToken);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _earlyBlocks);
        }
    }

    private async Task RunImportsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ImportJob job in _imports.Reader.ReadAllAsync(cancellationToken))
            {
                try
                {
                    ImportResult result = Import(job);
                    job.Completion.TrySetResult(result);
                    Metrics.CountImport(result);
                    if (result.Outcome == ImportOutcome.Imported)
                    {
                        QueueChildrenOf(result.Root);
                    }
                }
                catch (Exception exception)
                {
                    job.Completion.TrySetException(exception);
                    throw;
                }
            }
        }
        finally
        {
            while (_imports.Reader.TryRead(out ImportJob? rest))
            {
                rest.Completion.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    private void QueueChildrenOf(Root root)
    {
        foreach (SignedBeaconBlock child in _orphans.Take(root))
        {
            // The worker must not wait for its own queue: a child that finds it full is fetched again by whoever builds on it.
            _imports.Writer.TryWrite(new ImportJob(child, child.Message.HashTreeRoot(), null));
        }
    }

    /// <summary>One import, on the worker.</summary>
    private ImportResult Import(ImportJob job)
    {
        long started = _time.GetTimestamp();
        BeaconBlock block = job.Block.Message;
        try
        {
            if (Precheck(job) is { } refused)
            {
                return refused;
            }

            GossipVerifiedBlock verified = job.GossipVerified
                ?? new GossipVerifiedBlock(job.Block, job.Root, _states.GetAdvanced(block.ParentRoot, block.Slot), proposerSignatureChecked: false);
            SignatureVerifiedBlock signed = Execute(verified);
            Metrics.ImportExecution.Record(_time.GetElapsedTime(started).TotalSeconds);
            ImportedBlock imported = AddToChain(signed);
            Metrics.ImportTotal.Record(_time.GetElapsedTime(started).TotalSeconds);
            _duties.OnBlock(block.Slot, block.ProposerIndex);
            CountDuties();
            Log.Imported(_logger, block.Slot.Value, imported.Node.Root, block.ProposerIndex.Value, block.Body.Attestations.Length);
            return new ImportResult(ImportOutcome.Imported, job.Root);
        }
        catch (StateTransitionException exception)
        {
            _invalid.Add(job.Root);
            Log.InvalidBlock(_logger, block.Slot.Value, job.Root, exception.Message);
            return new ImportResult(ImportOutcome.Invalid, job.Root, exception.Message);
        }
        catch (ForkChoiceException exception)
        {
            return new ImportResult(ImportOutcome.Ignored, job.Root, exception.Message);
        }
    }

    /// <summary>What decides without a state: known, invalid before, parent missing, refused by the tree.</summary>
    private ImportResult? Precheck(ImportJob job)
    {
        BeaconBlock block = job.Block.Message;
        lock (_forkChoiceLock)
        {
            if (_forkChoice.Contains(job.Root))
            {
                return new ImportResult(ImportOutcome.AlreadyKnown, job.Root);
            }

            if (_invalid.Contains(job.Root) || _invalid.Contains(block.ParentRoot))
            {
                _invalid.Add(job.Root);
                return new ImportResult(ImportOutcome.Invalid, job.Root, "the block or its parent is invalid");
            }

            TickForkChoice();
            if (!_forkChoice.Contains(block.ParentRoot) && block.Slot.Value > StartSlotOf(_forkChoice.FinalizedCheckpoint.Epoch).Value)
            {
                _orphans.Add(job.Block);
                _missingParents.Writer.TryWrite(block.ParentRoot);
                return new ImportResult(ImportOutcome.UnknownParent, job.Root, $"parent {block.ParentRoot} is unknown");
            }

            _forkChoice.ValidateOnBlock(block.Slot, block.ParentRoot);
        }

        return null;
    }

    /// <summary>Executes a block and checks all its signatures in one batch.</summary>
    /// <exception cref="StateTransitionException">A rule or a signature is broken.</exception>
    private static SignatureVerifiedBlock Execute(GossipVerifiedBlock verified)
    {
        CachedBeaconState state = verified.PreState;
        BeaconBlock block = verified.Block.Message;
        var verifier = new SignatureVerifier(SignatureVerification.Batch);
        if (verified.ProposerSignatureChecked)
        {
            Transition.ProcessBlock(state, block, verifier);
            verifier.VerifyCollected();
            if (state.HashTreeRoot() != block.StateRoot)
            {
                throw new StateTransitionException(
                    InvalidReason.BlockStateRootMismatch, $"The block claims state root {block.StateRoot}, but executing it gives {state.HashTreeRoot()}.");
            }
        }
        else
        {
            Transition.ApplyAtSlot(state, verified.Block, verifier);
        }

        return new SignatureVerifiedBlock(verified.Block, verified.Root, state);
    }

    private ImportedBlock AddToChain(SignatureVerifiedBlock signed)
    {
        BeaconBlock block = signed.Block.Message;
        CachedBeaconState state = signed.PostState;
        (Checkpoint unrealizedJustified, Checkpoint unrealizedFinalized) = EpochTransition.ComputeUnrealized(state);
        var node = new ForkChoiceBlock(
            signed.Root, block.ParentRoot, block.Slot, block.StateRoot,
            state.State.CurrentJustifiedCheckpoint, state.State.FinalizedCheckpoint, unrealizedJustified, unrealizedFinalized);
        var imported = new ImportedBlock(signed.Block, node, state);
        lock (_forkChoiceLock)
        {
            TickForkChoice();
            _forkChoice.ValidateOnBlock(block.Slot, block.ParentRoot);

            // The disk comes first: a block that fork choice knows can always be read back.
            Commit(imported);
            _states.Add(signed.Root, state);
            _forkChoice.OnBlock(node);
            ApplyOperations(imported);
            Events.Publish(new ChainEvent.Block(block.Slot, signed.Root));
            UpdateHead();
        }

        _clockDoubt.OnBlock(block.Slot.Value, Clock.NowMs);
        OperationPool.RemoveIncluded(block.Body);
        _waiters.Complete(signed.Root);
        return imported;
    }

    private void Commit(ImportedBlock imported)
    {
        BeaconBlock block = imported.Block.Message;
        var batch = new WriteBatch();
        BeaconDatabase.PutBlock(batch, imported.Node.Root, imported.Block);
        BeaconDatabase.PutNode(batch, ToStored(imported.Node));
        ForkChoiceBlock? parent = _forkChoice.Find(block.ParentRoot);
        Epoch epoch = EpochOf(block.Slot);

        // The first block of a period, whichever slot it has.
        if (parent is not null && EpochOf(parent.Slot).Value / StateIntervalEpochs < epoch.Value / StateIntervalEpochs)
        {
            BeaconDatabase.PutState(batch, imported.Node.Root, imported.PostState.State);
        }

        AddChangedVotes(batch);
        _database.Commit(batch);
    }

    /// <summary>Gives fork choice the attestations and slashings of a block. Under the lock.</summary>
    private void ApplyOperations(ImportedBlock imported)
    {
        CachedBeaconState state = imported.PostState;
        foreach (Attestation attestation in imported.Block.Message.Body.Attestations)
        {
            try
            {
                ImmutableArray<ValidatorIndex> attesters = Accessors.GetAttestingIndices(state, attestation.Data, attestation.AggregationBits);
                _forkChoice.OnAttestation(attestation.Data, [.. attesters.Select(static index => index.Value)], isFromBlock: true);
            }
            catch (ForkChoiceException)
            {
                // A vote for a block that was pruned or never seen here: valid in the block, without weight for us.
            }
        }

        foreach (AttesterSlashing slashing in imported.Block.Message.Body.AttesterSlashings)
        {
            ApplyEquivocation(slashing);
        }
    }

    /// <summary>Takes the weight of validators that attested twice. Under the lock.</summary>
    private void ApplyEquivocation(AttesterSlashing slashing)
    {
        HashSet<ulong> first = [.. slashing.Attestation1.AttestingIndices.Select(static index => index.Value)];
        ulong[] both = [.. slashing.Attestation2.AttestingIndices.Select(static index => index.Value).Where(first.Contains)];
        _forkChoice.OnEquivocation(both);
        var batch = new WriteBatch();
        foreach (ulong index in both)
        {
            BeaconDatabase.PutEquivocation(batch, index);
        }

        _database.Commit(batch);
    }

    /// <summary>Under the lock.</summary>
    private void AddChangedVotes(WriteBatch batch)
    {
        foreach (ulong validator in _forkChoice.TakeChangedVotes())
        {
            if (_forkChoice.LatestMessageOf(validator) is { } message)
            {
                BeaconDatabase.PutVote(batch, new StoredVote(validator, message.Epoch, message.Root));
            }
        }
    }

    private sealed record ImportJob(SignedBeaconBlock Block, Root Root, GossipVerifiedBlock? GossipVerified)
    {
        public TaskCompletionSource<ImportResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
