using Beacon.Crypto;
using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>What became of a block that this node published.</summary>
/// <param name="Verdict">The gossip checks; only an accepted block was sent.</param>
/// <param name="Import">The import, where the block was sent.</param>
public readonly record struct PublishedBlock(GossipVerdict Verdict, ImportResult? Import);

/// <content>Blocks from gossip and from validators.</content>
public sealed partial class BeaconChain
{
    private readonly SeenCache<(ulong Slot, ulong Proposer)> _seenProposals = new(8192);

    /// <summary>Checks a block of topic <c>beacon_block</c>; an accepted one is imported in the background.</summary>
    /// <remarks>A block that is early waits here for its slot (less the permitted clock disparity), so the verdict may take that long.</remarks>
    public async Task<GossipVerdict> OnGossipBlockAsync(SignedBeaconBlock block, CancellationToken cancellationToken)
    {
        (GossipVerdict verdict, GossipVerifiedBlock? verified) = await CheckBlockAsync(block, cancellationToken);
        Metrics.CountGossip("beacon_block", verdict);
        if (verified is not null)
        {
            _ = ImportInBackgroundAsync(verified, cancellationToken);
        }

        return verdict;
    }

    /// <summary>Checks, publishes and imports a block of this node's validator.</summary>
    public Task<PublishedBlock> PublishAsync(SignedBeaconBlock block, CancellationToken cancellationToken) => PublishAsync(block, importFirst: false, cancellationToken);

    /// <summary>Checks, publishes and imports a block of this node's validator.</summary>
    /// <param name="block">The block.</param>
    /// <param name="importFirst">Whether a block that cannot be imported is rejected and not published; costs the network the time of the import.</param>
    /// <param name="cancellationToken">Ends the wait, not the import.</param>
    public async Task<PublishedBlock> PublishAsync(SignedBeaconBlock block, bool importFirst, CancellationToken cancellationToken)
    {
        (GossipVerdict verdict, GossipVerifiedBlock? verified) = await CheckBlockAsync(block, cancellationToken);
        if (verified is null)
        {
            return new PublishedBlock(verdict, null);
        }

        ImportResult? imported = importFirst ? await EnqueueAsync(block, verified, cancellationToken) : null;
        if (imported is { IsInChain: false } failed)
        {
            return new PublishedBlock(GossipVerdict.Reject(failed.Reason), failed);
        }

        if (_publisher is { } publisher)
        {
            await publisher.PublishAsync(block, cancellationToken);
        }

        return new PublishedBlock(verdict, imported ?? await EnqueueAsync(block, verified, cancellationToken));
    }

    private async Task ImportInBackgroundAsync(GossipVerifiedBlock verified, CancellationToken cancellationToken)
    {
        try
        {
            await EnqueueAsync(verified.Block, verified, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The node is stopping; the block comes again by sync.
        }
        catch (Exception exception)
        {
            // The import loop has ended with the same exception and stops the node.
            Log.ImportFailed(_logger, exception);
        }
    }

    private async Task<(GossipVerdict Verdict, GossipVerifiedBlock? Verified)> CheckBlockAsync(SignedBeaconBlock block, CancellationToken cancellationToken)
    {
        Slot slot = block.Message.Slot;
        long arrived = Clock.NowMs;
        if (!await WaitForSlotAsync(slot, (long)Spec.Config.MaximumGossipClockDisparityMs, cancellationToken))
        {
            return (GossipVerdict.Ignore("future_slot"), null);
        }

        try
        {
            (GossipVerdict Verdict, GossipVerifiedBlock? Verified) result = CheckBlock(block, block.Message.HashTreeRoot());
            if (result.Verified is not null)
            {
                Metrics.BlockArrival.Record(Math.Max(0, arrived - Clock.StartOf(slot)) / 1000.0);
            }

            return result;
        }
        catch (StateTransitionException)
        {
            return (GossipVerdict.Reject("invalid_slot"), null);
        }
    }

    /// <summary>The conditions of the specification's <c>beacon_block</c> topic, cheapest first.</summary>
    private (GossipVerdict Verdict, GossipVerifiedBlock? Verified) CheckBlock(SignedBeaconBlock signed, Root root)
    {
        BeaconBlock block = signed.Message;
        ForkChoiceBlock? parent;
        lock (_forkChoiceLock)
        {
            if (_forkChoice.Contains(root))
            {
                return (GossipVerdict.Ignore("already_known"), null);
            }

            if (block.Slot.Value <= StartSlotOf(_forkChoice.FinalizedCheckpoint.Epoch).Value)
            {
                return (GossipVerdict.Ignore("finalized_slot"), null);
            }

            if (_invalid.Contains(root) || _invalid.Contains(block.ParentRoot))
            {
                _invalid.Add(root);
                return (GossipVerdict.Reject("invalid_parent"), null);
            }

            parent = _forkChoice.Find(block.ParentRoot);
            if (parent is not null && _forkChoice.GetCheckpointBlock(parent.Root, _forkChoice.FinalizedCheckpoint.Epoch) != _forkChoice.FinalizedCheckpoint.Root)
            {
                return (GossipVerdict.Reject("not_finalized_descendant"), null);
            }
        }

        if (parent is null)
        {
            _orphans.Add(signed);
            _missingParents.Writer.TryWrite(block.ParentRoot);
            return (GossipVerdict.Ignore("unknown_parent"), null);
        }

        if (block.Slot.Value <= parent.Slot.Value)
        {
            return (GossipVerdict.Reject("not_later_than_parent"), null);
        }

        (ulong, ulong) proposal = (block.Slot.Value, block.ProposerIndex.Value);
        if (_seenProposals.Contains(proposal))
        {
            return (GossipVerdict.Ignore("proposer_seen"), null);
        }

        // The signature comes before the state is moved on: only a validator's key can make us do that work.
        CachedBeaconState parentState = _states.Get(parent.Root);
        if (SignatureSets.Block(parentState, signed) is not { } signature || !Bls.Verify(signature.PublicKey, signature.Message.Span, signature.Signature))
        {
            return (GossipVerdict.Reject("proposer_signature"), null);
        }

        CachedBeaconState preState = _states.GetAdvanced(parent.Root, block.Slot);
        if (Accessors.GetBeaconProposerIndex(preState) != block.ProposerIndex)
        {
            return (GossipVerdict.Reject("wrong_proposer"), null);
        }

        if (!_seenProposals.TryAdd(proposal, block.Slot.Value))
        {
            return (GossipVerdict.Ignore("proposer_seen"), null);
        }

        Events.Publish(new ChainEvent.BlockAccepted(block.Slot, root));
        return (GossipVerdict.Accept, new GossipVerifiedBlock(signed, root, preState, proposerSignatureChecked: true));
    }

    /// <summary>Forgets what only recent slots need.</summary>
    private void ForgetOld(Slot now)
    {
        ulong epochs = 2 * Spec.Preset.SlotsPerEpoch;
        ulong oldest = now.Value > epochs ? now.Value - epochs : 0;
        ulong window = now.Value > Spec.Preset.SlotsPerEpoch ? now.Value - Spec.Preset.SlotsPerEpoch : 0;
        ulong oldestEpoch = EpochOf(new Slot(oldest)).Value;
        _seenProposals.ForgetBefore(oldest);
        _seenAttesters.ForgetBefore(oldestEpoch);
        _seenAggregators.ForgetBefore(oldestEpoch);
        _seenAggregates.ForgetBefore(oldest);
        AttestationPool.PruneBefore(new Slot(window));
        _orphans.ForgetBefore(StartSlotOf(Head.Finalized.Epoch).Value);
    }
}
