using Beacon.Chain.Pools;
using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <content>Attestations and aggregates from gossip and from validators.</content>
public sealed partial class BeaconChain
{
    /// <summary>Attestations that wait for the end of their slot before they count in fork choice.</summary>
    private const int MaxQueuedAttestations = 65536;

    private readonly SeenCache<(ulong Epoch, ulong Validator)> _seenAttesters = new(1 << 20);
    private readonly SeenCache<(ulong Epoch, ulong Aggregator)> _seenAggregators = new(1 << 18);
    private readonly SeenAggregates _seenAggregates = new(8192);
    private readonly Queue<(AttestationData Data, ulong[] Attesters)> _queuedAttestations = new();

    /// <summary>Checks an attestation of topic <c>beacon_attestation_{subnet}</c> and takes an accepted one into pool and fork choice.</summary>
    /// <remarks>One that votes for a block we do not have yet waits for that block for at most a slot.</remarks>
    public async Task<GossipVerdict> OnGossipAttestationAsync(Attestation attestation, int subnet, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = await CheckAttestationAsync(attestation, subnet, cancellationToken);
        Metrics.CountGossip("beacon_attestation", verdict);
        return verdict;
    }

    /// <summary>Checks an attestation of this node's validator and publishes it on its subnet.</summary>
    public async Task<GossipVerdict> PublishAsync(Attestation attestation, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = await CheckAttestationAsync(attestation, subnet: null, cancellationToken);
        if (verdict.IsAccepted && _publisher is { } publisher)
        {
            await publisher.PublishAsync(attestation, SubnetOf(attestation.Data), cancellationToken);
        }

        return verdict;
    }

    /// <summary>Checks an aggregate of topic <c>beacon_aggregate_and_proof</c> and takes an accepted one into pool and fork choice.</summary>
    public async Task<GossipVerdict> OnGossipAggregateAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = await CheckAggregateAsync(aggregate, cancellationToken);
        Metrics.CountGossip("beacon_aggregate_and_proof", verdict);
        return verdict;
    }

    /// <summary>Checks an aggregate of this node's validator and publishes it.</summary>
    public async Task<GossipVerdict> PublishAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = await CheckAggregateAsync(aggregate, cancellationToken);
        if (verdict.IsAccepted && _publisher is { } publisher)
        {
            await publisher.PublishAsync(aggregate, cancellationToken);
        }

        return verdict;
    }

    /// <summary>The subnet of an attestation's committee.</summary>
    public int SubnetOf(AttestationData data) =>
        (int)ValidatorDuties.ComputeSubnetForAttestation(Spec, ShufflingFor(data.Target).CommitteesPerSlot, data.Slot, data.Index);

    private async Task<GossipVerdict> CheckAttestationAsync(Attestation attestation, int? subnet, CancellationToken cancellationToken)
    {
        if (attestation.AggregationBits.SetCount != 1)
        {
            return GossipVerdict.Reject("not_one_attester");
        }

        if (await CheckDataAsync(attestation.Data, cancellationToken) is { IsAccepted: false } refused)
        {
            return refused;
        }

        if (FindCommittee(attestation) is not { } committee)
        {
            return GossipVerdict.Reject("committee");
        }

        if (subnet is not null && subnet != SubnetOf(attestation.Data))
        {
            return GossipVerdict.Reject("subnet");
        }

        ValidatorIndex attester = committee[attestation.AggregationBits.SetIndices().First()];
        (ulong, ulong) seen = (attestation.Data.Target.Epoch.Value, attester.Value);
        if (_seenAttesters.Contains(seen))
        {
            return GossipVerdict.Ignore("attester_seen");
        }

        CachedBeaconState state = Head.State;
        if (SignatureSets.Attesters(state, [attester], attestation.Data, attestation.Signature) is not { } signature
            || !await _signatures.VerifyAsync([signature], cancellationToken))
        {
            return GossipVerdict.Reject("signature");
        }

        if (!_seenAttesters.TryAdd(seen, seen.Item1))
        {
            return GossipVerdict.Ignore("attester_seen");
        }

        Accept(attestation, [attester.Value]);
        return GossipVerdict.Accept;
    }

    private async Task<GossipVerdict> CheckAggregateAsync(SignedAggregateAndProof signed, CancellationToken cancellationToken)
    {
        AggregateAndProof message = signed.Message;
        Attestation attestation = message.Aggregate;
        if (attestation.AggregationBits.SetCount == 0)
        {
            return GossipVerdict.Reject("no_attester");
        }

        // In small networks every member of a committee aggregates, so most aggregates say what one before has said.
        Root dataRoot = attestation.Data.HashTreeRoot();
        if (_seenAggregates.Covers(dataRoot, attestation.AggregationBits))
        {
            return GossipVerdict.Ignore("aggregate_seen");
        }

        if (await CheckDataAsync(attestation.Data, cancellationToken) is { IsAccepted: false } refused)
        {
            return refused;
        }

        (ulong, ulong) seen = (attestation.Data.Target.Epoch.Value, message.AggregatorIndex.Value);
        if (_seenAggregators.Contains(seen))
        {
            return GossipVerdict.Ignore("aggregator_seen");
        }

        if (FindCommittee(attestation) is not { } committee)
        {
            return GossipVerdict.Reject("committee");
        }

        if (!ValidatorDuties.IsAggregator(committee.Length, message.SelectionProof))
        {
            return GossipVerdict.Reject("not_an_aggregator");
        }

        if (!committee.Contains(message.AggregatorIndex))
        {
            return GossipVerdict.Reject("aggregator_not_in_committee");
        }

        CachedBeaconState state = Head.State;
        ValidatorIndex[] attesters = [.. attestation.AggregationBits.SetIndices().Select(index => committee[index])];
        if (SignatureSets.SelectionProof(state, message.AggregatorIndex, attestation.Data.Slot, message.SelectionProof) is not { } proof
            || SignatureSets.AggregateAndProof(state, signed) is not { } outer
            || SignatureSets.Attesters(state, attesters, attestation.Data, attestation.Signature) is not { } inner
            || !await _signatures.VerifyAsync([proof, outer, inner], cancellationToken))
        {
            return GossipVerdict.Reject("signature");
        }

        if (!_seenAggregators.TryAdd(seen, seen.Item1) || !_seenAggregates.TryAdd(dataRoot, attestation.AggregationBits, attestation.Data.Slot.Value))
        {
            return GossipVerdict.Ignore("aggregate_seen");
        }

        Accept(attestation, [.. attesters.Select(static index => index.Value)]);
        return GossipVerdict.Accept;
    }

    /// <summary>The conditions that attestations and aggregates share: slot window, epoch, known and consistent blocks.</summary>
    private async Task<GossipVerdict> CheckDataAsync(AttestationData data, CancellationToken cancellationToken)
    {
        if (data.Target.Epoch != EpochOf(data.Slot))
        {
            return GossipVerdict.Reject("target_epoch");
        }

        long disparity = (long)Spec.Config.MaximumGossipClockDisparityMs;
        if (data.Slot.Value > Clock.CurrentSlot.Value + 1 || Clock.StartOf(data.Slot) - disparity > Clock.NowMs)
        {
            return GossipVerdict.Ignore("future_slot");
        }

        ulong last = data.Slot.Value + Spec.Config.AttestationPropagationSlotRange + 1;
        if (Clock.StartOf(new Slot(last)) + disparity <= Clock.NowMs)
        {
            return GossipVerdict.Ignore("past_slot");
        }

        if (_invalid.Contains(data.BeaconBlockRoot))
        {
            return GossipVerdict.Reject("invalid_block");
        }

        if (!Contains(data.BeaconBlockRoot))
        {
            _missingParents.Writer.TryWrite(data.BeaconBlockRoot);
            var patience = TimeSpan.FromMilliseconds(Clock.SlotDurationMs);
            if (!await _waiters.WaitAsync(data.BeaconBlockRoot, patience, _time, cancellationToken) && !Contains(data.BeaconBlockRoot))
            {
                return GossipVerdict.Ignore("unknown_block");
            }
        }

        lock (_forkChoiceLock)
        {
            if (_forkChoice.Find(data.BeaconBlockRoot) is not { } block)
            {
                return GossipVerdict.Ignore("unknown_block");
            }

            if (block.Slot.Value > data.Slot.Value)
            {
                return GossipVerdict.Reject("block_after_attestation");
            }

            Checkpoint finalized = _forkChoice.FinalizedCheckpoint;
            if (_forkChoice.GetCheckpointBlock(block.Root, finalized.Epoch) != finalized.Root)
            {
                return GossipVerdict.Ignore("not_finalized_descendant");
            }

            Root? target = _forkChoice.GetCheckpointBlock(block.Root, data.Target.Epoch);

            // Null: the target's block was pruned, so it cannot be compared any more.
            return target is null ? GossipVerdict.Ignore("target_pruned")
                : target != data.Target.Root ? GossipVerdict.Reject("target_mismatch")
                : GossipVerdict.Accept;
        }
    }

    private bool Contains(Root root)
    {
        lock (_forkChoiceLock)
        {
            return _forkChoice.Contains(root);
        }
    }

    /// <summary>The committee of an attestation, or null when there is none or its size is not that of the bits.</summary>
    private ValidatorIndex[]? FindCommittee(Attestation attestation)
    {
        CommitteeShuffling shuffling = ShufflingFor(attestation.Data.Target);
        if (attestation.Data.Index.Value >= shuffling.CommitteesPerSlot)
        {
            return null;
        }

        ReadOnlySpan<ValidatorIndex> committee = shuffling.GetCommittee(attestation.Data.Slot, attestation.Data.Index);
        return committee.Length == attestation.AggregationBits.Length ? committee.ToArray() : null;
    }

    /// <summary>Committees of a target's epoch on the target's chain.</summary>
    private CommitteeShuffling ShufflingFor(Checkpoint target) => ShufflingOn(target.Root, target.Epoch);

    /// <summary>Takes a verified attestation into the pool and, now or after its slot, into fork choice.</summary>
    private void Accept(Attestation attestation, ulong[] attesters)
    {
        AttestationPoolResult result = AttestationPool.Add(attestation);
        Metrics.CountPool(result);
        Events.Publish(new ChainEvent.AttestationAccepted(attestation));
        lock (_forkChoiceLock)
        {
            TickForkChoice();
            if (attestation.Data.Slot.Value < _forkChoice.CurrentSlot.Value)
            {
                ApplyAttestation(attestation.Data, attesters);
            }
            else if (_queuedAttestations.Count < MaxQueuedAttestations)
            {
                _queuedAttestations.Enqueue((attestation.Data, attesters));
            }
        }
    }

    /// <summary>Gives fork choice the attestations whose slot is over. Under the lock.</summary>
    private void ApplyQueuedAttestations()
    {
        for (int rest = _queuedAttestations.Count; rest > 0; rest--)
        {
            (AttestationData data, ulong[] attesters) = _queuedAttestations.Dequeue();
            if (data.Slot.Value < _forkChoice.CurrentSlot.Value)
            {
                ApplyAttestation(data, attesters);
            }
            else
            {
                _queuedAttestations.Enqueue((data, attesters));
            }
        }
    }

    private void ApplyAttestation(AttestationData data, ulong[] attesters)
    {
        try
        {
            _forkChoice.OnAttestation(data, attesters, isFromBlock: false);
        }
        catch (ForkChoiceException)
        {
            // Too old by now, or its block was pruned: no weight.
        }
    }
}
