using System.Net;
using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

/// <summary>Scores of peers, gossipsub 1.1 P1 to P7. Not thread-safe: the router's lock holds.</summary>
internal sealed class PeerScores(PeerScoreOptions options, TimeProvider time)
{
    private readonly Dictionary<PeerId, PeerStats> _peers = [];
    private readonly Dictionary<IPAddress, HashSet<PeerId>> _byAddress = [];
    private readonly Dictionary<MessageId, Delivery> _deliveries = [];
    private readonly Queue<(MessageId Id, long At)> _deliveryOrder = new();
    private static readonly TimeSpan DeliveryMemory = TimeSpan.FromMinutes(2);
    private const int MaxDeliveries = 65_536;

    public void AddPeer(PeerId peer, IPAddress address)
    {
        PeerStats stats = _peers.TryGetValue(peer, out PeerStats? kept) ? kept : _peers[peer] = new PeerStats();
        stats.Connected = true;
        if (!IsPrivate(address))
        {
            stats.Address = address;
            if (!_byAddress.TryGetValue(address, out HashSet<PeerId>? peers))
            {
                _byAddress[address] = peers = [];
            }

            peers.Add(peer);
        }
    }

    public void RemovePeer(PeerId peer)
    {
        if (!_peers.TryGetValue(peer, out PeerStats? stats))
        {
            return;
        }

        foreach (string topic in stats.Topics.Where(static t => t.Value.GraftedAt is not null).Select(static t => t.Key).ToList())
        {
            Pruned(peer, topic);
        }

        if (stats.Address is not null && _byAddress.TryGetValue(stats.Address, out HashSet<PeerId>? peers))
        {
            peers.Remove(peer);
            if (peers.Count == 0)
            {
                _byAddress.Remove(stats.Address);
            }
        }

        stats.Connected = false;
        stats.LeftAt = time.GetTimestamp();

        // A good score is not kept: a peer could collect it, leave, and come back to spend it.
        if (Score(peer) > 0 || _peers.Count > options.MaxRetained)
        {
            _peers.Remove(peer);
        }
    }

    public double Score(PeerId peer)
    {
        if (!_peers.TryGetValue(peer, out PeerStats? stats))
        {
            return 0;
        }

        double topics = 0;
        foreach ((string topic, TopicStats s) in stats.Topics)
        {
            if (options.Topic(topic) is { } o)
            {
                topics += o.TopicWeight * TopicScore(s, o);
            }
        }

        if (options.TopicScoreCap > 0)
        {
            topics = Math.Min(topics, options.TopicScoreCap);
        }

        double score = topics + (options.ApplicationWeight * (options.ApplicationScore?.Invoke(peer) ?? 0));
        if (stats.Address is not null && _byAddress.TryGetValue(stats.Address, out HashSet<PeerId>? sharing) && sharing.Count > options.AddressColocationThreshold)
        {
            double surplus = sharing.Count - options.AddressColocationThreshold;
            score += options.AddressColocationWeight * surplus * surplus;
        }

        double excess = stats.Behaviour - options.BehaviourPenaltyThreshold;
        return excess > 0 ? score + (options.BehaviourPenaltyWeight * excess * excess) : score;
    }

    public void Grafted(PeerId peer, string topic)
    {
        if (Stats(peer, topic) is { } stats)
        {
            stats.GraftedAt = time.GetTimestamp();
            stats.MeshActive = false;
        }
    }

    public void Pruned(PeerId peer, string topic)
    {
        if (Stats(peer, topic) is { } stats && options.Topic(topic) is { } o)
        {
            double deficit = o.MeshDeliveriesThreshold - stats.MeshDeliveries;
            if (stats.MeshActive && deficit > 0)
            {
                stats.MeshFailure += deficit * deficit;
            }

            stats.GraftedAt = null;
        }
    }

    public void Misbehaved(PeerId peer, double amount)
    {
        if (_peers.TryGetValue(peer, out PeerStats? stats))
        {
            stats.Behaviour += amount;
        }
    }

    /// <summary>A message arrived from a peer; it may be the first or a later one to deliver it.</summary>
    public void Received(PeerId peer, string topic, MessageId id)
    {
        if (_deliveries.TryGetValue(id, out Delivery? delivery))
        {
            if (!delivery.Peers.Add(peer))
            {
                return;
            }

            if (delivery.Result == ValidationResult.Accept)
            {
                CountMeshDelivery(peer, topic, delivery);
            }
            else if (delivery.Result == ValidationResult.Reject)
            {
                CountInvalid(peer, topic);
            }

            return;
        }

        long now = time.GetTimestamp();
        while (_deliveryOrder.TryPeek(out (MessageId Id, long At) oldest)
            && (_deliveries.Count >= MaxDeliveries || time.GetElapsedTime(oldest.At, now) > DeliveryMemory))
        {
            _deliveryOrder.Dequeue();
            _deliveries.Remove(oldest.Id);
        }

        _deliveries[id] = new Delivery { Peers = { peer } };
        _deliveryOrder.Enqueue((id, now));
    }

    /// <summary>A message was validated.</summary>
    public void Validated(PeerId first, string topic, MessageId id, ValidationResult result)
    {
        if (!_deliveries.TryGetValue(id, out Delivery? delivery))
        {
            return;
        }

        delivery.Result = result;
        delivery.At = time.GetTimestamp();
        if (result == ValidationResult.Accept && Stats(first, topic) is { } stats && options.Topic(topic) is { } o)
        {
            stats.FirstDeliveries = Math.Min(o.FirstDeliveriesCap, stats.FirstDeliveries + 1);
        }

        foreach (PeerId peer in delivery.Peers)
        {
            if (result == ValidationResult.Accept)
            {
                CountMeshDelivery(peer, topic, delivery);
            }
            else if (result == ValidationResult.Reject)
            {
                CountInvalid(peer, topic);
            }
        }
    }

    /// <summary>A message was refused before it got a name.</summary>
    public void CountInvalid(PeerId peer, string topic)
    {
        if (Stats(peer, topic) is { } stats)
        {
            stats.Invalid++;
        }
    }

    /// <summary>One decay interval has passed.</summary>
    public void Decay()
    {
        foreach ((PeerId peer, PeerStats stats) in _peers)
        {
            if (!stats.Connected && time.GetElapsedTime(stats.LeftAt) > options.RetainScore)
            {
                _peers.Remove(peer);
                continue;
            }

            foreach ((string topic, TopicStats s) in stats.Topics)
            {
                if (options.Topic(topic) is not { } o)
                {
                    continue;
                }

                s.FirstDeliveries = Decayed(s.FirstDeliveries, o.FirstDeliveriesDecay);
                s.MeshDeliveries = Decayed(s.MeshDeliveries, o.MeshDeliveriesDecay);
                s.MeshFailure = Decayed(s.MeshFailure, o.MeshFailureDecay);
                s.Invalid = Decayed(s.Invalid, o.InvalidDecay);
                s.MeshActive |= s.GraftedAt is { } at && time.GetElapsedTime(at) > o.MeshDeliveriesActivation;
            }

            stats.Behaviour = Decayed(stats.Behaviour, options.BehaviourPenaltyDecay);
        }
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        byte[] b = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        return b.Length == 4
            ? b[0] == 10 || (b[0] == 172 && b[1] is >= 16 and < 32) || (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) || (b[0] == 100 && b[1] is >= 64 and < 128)
            : (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
    }

    private double Decayed(double value, double decay)
    {
        value *= decay;
        return value < options.DecayToZero ? 0 : value;
    }

    private double TopicScore(TopicStats s, TopicScoreOptions o)
    {
        double score = 0;
        if (s.GraftedAt is { } at)
        {
            score += o.TimeInMeshWeight * Math.Min(o.TimeInMeshCap, time.GetElapsedTime(at) / o.TimeInMeshQuantum);
        }

        score += o.FirstDeliveriesWeight * s.FirstDeliveries;
        double deficit = o.MeshDeliveriesThreshold - s.MeshDeliveries;
        if (s.GraftedAt is not null && s.MeshActive && deficit > 0)
        {
            score += o.MeshDeliveriesWeight * deficit * deficit;
        }

        return score + (o.MeshFailureWeight * s.MeshFailure) + (o.InvalidWeight * s.Invalid * s.Invalid);
    }

    private void CountMeshDelivery(PeerId peer, string topic, Delivery delivery)
    {
        if (Stats(peer, topic) is { GraftedAt: not null } stats && options.Topic(topic) is { } o
            && time.GetElapsedTime(delivery.At) <= o.MeshDeliveriesWindow)
        {
            stats.MeshDeliveries = Math.Min(o.MeshDeliveriesCap, stats.MeshDeliveries + 1);
        }
    }

    private TopicStats? Stats(PeerId peer, string topic)
    {
        if (options.Topic(topic) is null || !_peers.TryGetValue(peer, out PeerStats? stats))
        {
            return null;
        }

        return stats.Topics.TryGetValue(topic, out TopicStats? s) ? s : stats.Topics[topic] = new TopicStats();
    }

    private sealed class PeerStats
    {
        public bool Connected { get; set; }

        public long LeftAt { get; set; }

        public IPAddress? Address { get; set; }

        public double Behaviour { get; set; }

        public Dictionary<string, TopicStats> Topics { get; } = [];
    }

    private sealed class TopicStats
    {
        public long? GraftedAt { get; set; }

        public bool MeshActive { get; set; }

        public double FirstDeliveries { get; set; }

        public double MeshDeliveries { get; set; }

        public double MeshFailure { get; set; }

        public double Invalid { get; set; }
    }

    private sealed class Delivery
    {
        public HashSet<PeerId> Peers { get; } = [];

        public ValidationResult? Result { get; set; }

        public long At { get; set; }
    }
}
