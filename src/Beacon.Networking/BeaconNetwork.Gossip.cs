using System.Security.Cryptography;
using Beacon.Chain;
using Beacon.Networking.Peers;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using Libp2p.Gossipsub;

namespace Beacon.Networking;

/// <content>Topics: what comes in goes to the chain's checks, what the node makes goes out.</content>
public sealed partial class BeaconNetwork
{
    private readonly Lock _subnetLock = new();
    private readonly Dictionary<int, Slot> _dutySubnets = [];
    private HashSet<int> _lastingSubnets = [];
    private HashSet<int> _subscribed = [];
    private Metadata _metadata;

    /// <summary>Subnets subscribed at the moment.</summary>
    public IReadOnlyList<int> Subnets
    {
        get
        {
            lock (_subnetLock)
            {
                return [.. _subscribed.Order()];
            }
        }
    }

    /// <summary>Peers in the mesh of the block topic, for the API and tests.</summary>
    public int BlockMeshSize => _gossip.MeshPeers(_topics.BeaconBlock).Count;

    /// <summary>Subscribes a subnet until the end of a slot, for an aggregator's duty.</summary>
    public void PrepareSubnet(int subnet, Slot slot)
    {
        lock (_subnetLock)
        {
            _dutySubnets[subnet] = _dutySubnets.TryGetValue(subnet, out Slot known) ? Slot.Max(known, slot) : slot;
        }

        UpdateSubnets();
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(SignedBeaconBlock block, CancellationToken cancellationToken) => Publish(_topics.BeaconBlock, block);

    /// <inheritdoc/>
    public ValueTask PublishAsync(Attestation attestation, int subnet, CancellationToken cancellationToken) => Publish(_topics.BeaconAttestation(subnet), attestation);

    /// <inheritdoc/>
    public ValueTask PublishAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken) => Publish(_topics.BeaconAggregateAndProof, aggregate);

    /// <inheritdoc/>
    public ValueTask PublishAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken) => Publish(_topics.VoluntaryExit, exit);

    /// <inheritdoc/>
    public ValueTask PublishAsync(ProposerSlashing slashing, CancellationToken cancellationToken) => Publish(_topics.ProposerSlashing, slashing);

    /// <inheritdoc/>
    public ValueTask PublishAsync(AttesterSlashing slashing, CancellationToken cancellationToken) => Publish(_topics.AttesterSlashing, slashing);

    private ValueTask Publish<T>(string topic, T value)
        where T : ISszSerializable<T>
    {
        _gossip.Publish(topic, SnappyBlock.Compress(Encode(value)));
        Metrics.CountPublished(ShortName(topic));
        return ValueTask.CompletedTask;
    }

    private void SubscribeTopics()
    {
        Subscribe<SignedBeaconBlock>(_topics.BeaconBlock, async (block, ct) => await _receiver.OnGossipBlockAsync(block, ct));
        Subscribe<SignedAggregateAndProof>(_topics.BeaconAggregateAndProof, async (aggregate, ct) => await _receiver.OnGossipAggregateAsync(aggregate, ct));
        Subscribe<SignedVoluntaryExit>(_topics.VoluntaryExit, (exit, _) => ValueTask.FromResult(_receiver.OnGossipVoluntaryExit(exit)));
        Subscribe<ProposerSlashing>(_topics.ProposerSlashing, (slashing, _) => ValueTask.FromResult(_receiver.OnGossipProposerSlashing(slashing)));
        Subscribe<AttesterSlashing>(_topics.AttesterSlashing, (slashing, _) => ValueTask.FromResult(_receiver.OnGossipAttesterSlashing(slashing)));
        UpdateSubnets();
    }

    private void Subscribe<T>(string topic, Func<T, CancellationToken, ValueTask<GossipVerdict>> check)
        where T : ISszSerializable<T> => _gossip.Subscribe(topic, async (message, cancellationToken) =>
        {
            GossipVerdict verdict;
            if (message.Decoded is not byte[] ssz)
            {
                verdict = Undecodable(topic, "snappy");
            }
            else
            {
                try
                {
                    verdict = await check(T.Deserialize(ssz), cancellationToken);
                }
                catch (SszException)
                {
                    verdict = Undecodable(topic, "ssz");
                }
            }

            if (verdict.Outcome == GossipOutcome.Reject)
            {
                Log.GossipRejected(_logger, ShortName(topic), message.From, verdict.Reason);
            }

            return verdict.Outcome switch
            {
                GossipOutcome.Accept => ValidationResult.Accept,
                GossipOutcome.Ignore => ValidationResult.Ignore,
                _ => ValidationResult.Reject,
            };
        });

    private GossipVerdict Undecodable(string topic, string reason)
    {
        var verdict = GossipVerdict.Reject(reason);
        _chain.Metrics.CountGossip(ShortName(topic), verdict);
        return verdict;
    }

    private void OnValidated(GossipMessage message, ValidationResult result)
    {
        Metrics.CountReceived(ShortName(message.Topic), result switch { ValidationResult.Accept => "accept", ValidationResult.Ignore => "ignore", _ => "reject" });
        if (result == ValidationResult.Reject)
        {
            Blame(message.From, PeerOffence.Serious, $"an invalid message of {ShortName(message.Topic)}");
        }
    }

    /// <summary>Subnets a node of this network keeps: in a small one all that committees use, else those its ID is given.</summary>
    private HashSet<int> LastingSubnets()
    {
        ChainSpec spec = _chain.Spec;
        if (_dialler.Listed.Values.Count(static p => !p.IsBootnode) + 1 < _options.SmallNetwork)
        {
            CachedBeaconState state = _chain.Head.State;
            ulong perSlot = Accessors.GetCommitteeCountPerSlot(state, Accessors.GetCurrentEpoch(state));
            int inUse = (int)Math.Min(perSlot * spec.Preset.SlotsPerEpoch, spec.Config.AttestationSubnetCount);
            return [.. Enumerable.Range(0, inUse)];
        }

        // Without node records of discovery, the hash of the peer ID stands for the node ID.
        byte[] nodeId = SHA256.HashData(_host.LocalPeerId.Bytes.Span);
        Epoch epoch = Misc.ComputeEpochAtSlot(spec, _chain.Clock.CurrentSlot);
        return [.. Misc.ComputeSubscribedSubnets(spec, nodeId, epoch).Select(static s => (int)s)];
    }

    private void UpdateSubnets()
    {
        HashSet<int> lasting = LastingSubnets();
        lock (_subnetLock)
        {
            Slot now = _chain.Clock.CurrentSlot;
            foreach (int over in _dutySubnets.Where(d => d.Value.Value < now.Value).Select(static d => d.Key).ToList())
            {
                _dutySubnets.Remove(over);
            }

            HashSet<int> wanted = [.. lasting, .. _dutySubnets.Keys];
            foreach (int subnet in wanted.Except(_subscribed))
            {
                Subscribe<Attestation>(_topics.BeaconAttestation(subnet), async (attestation, ct) => await _receiver.OnGossipAttestationAsync(attestation, subnet, ct));
            }

            foreach (int subnet in _subscribed.Except(wanted))
            {
                _gossip.Unsubscribe(_topics.BeaconAttestation(subnet));
            }

            _subscribed = wanted;
            if (!lasting.SetEquals(_lastingSubnets))
            {
                _lastingSubnets = lasting;
                var attnets = Bitvector.Create((int)_chain.Spec.Config.AttestationSubnetCount);
                foreach (int subnet in lasting)
                {
                    attnets = attnets.With(subnet, true);
                }

                Volatile.Write(ref _metadata, new Metadata { SeqNumber = _metadata.SeqNumber + 1, Attnets = attnets });
            }
        }
    }

    private async Task KeepSubnetsAsync(CancellationToken cancellationToken)
    {
        TimeSpan interval = _chain.Spec.Config.SlotDuration;
        using var timer = new PeriodicTimer(interval < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : interval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                UpdateSubnets();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.SubnetsFailed(_logger, e);
            }
        }
    }
}
