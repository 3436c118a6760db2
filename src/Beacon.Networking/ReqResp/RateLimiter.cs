using Libp2p.Multiformats;

namespace Beacon.Networking.ReqResp;

/// <summary>Token buckets per peer and protocol. Thread-safe. A peer that connects anew finds its buckets as it left them; the peers
/// that asked least recently are forgotten when there are many.</summary>
public sealed class RateLimiter(TimeProvider time)
{
    /// <summary>Most peers whose buckets are kept.</summary>
    public const int MaxPeers = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<PeerId, PeerBuckets> _peers = [];

    /// <summary>Peers whose buckets are kept.</summary>
    public int PeerCount
    {
        get
        {
            lock (_lock)
            {
                return _peers.Count;
            }
        }
    }

    /// <summary>Takes <paramref name="cost"/> from a peer's quota; false when it is used up.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="protocol">Name of the quota.</param>
    /// <param name="quota">Tokens per period and at most.</param>
    /// <param name="period">Time in which the quota refills.</param>
    /// <param name="cost">Tokens to take; more than the quota never succeeds.</param>
    public bool TryTake(PeerId peer, string protocol, double quota, TimeSpan period, double cost)
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (!_peers.TryGetValue(peer, out PeerBuckets? buckets))
            {
                if (_peers.Count >= MaxPeers)
                {
                    _peers.Remove(_peers.MinBy(static entry => entry.Value.At).Key);
                }

                _peers[peer] = buckets = new PeerBuckets();
            }

            buckets.At = now;
            if (!buckets.ByProtocol.TryGetValue(protocol, out Bucket? bucket))
            {
                buckets.ByProtocol[protocol] = bucket = new Bucket { Tokens = quota, At = now };
            }

            bucket.Tokens = Math.Min(quota, bucket.Tokens + (quota * (time.GetElapsedTime(bucket.At, now) / period)));
            bucket.At = now;
            if (bucket.Tokens < cost)
            {
                return false;
            }

            bucket.Tokens -= cost;
            return true;
        }
    }

    private sealed class PeerBuckets
    {
        public Dictionary<string, Bucket> ByProtocol { get; } = [];

        public long At { get; set; }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
