using Libp2p.Multiformats;

namespace Beacon.Networking.ReqResp;

/// <summary>Token buckets per peer and protocol. Thread-safe; buckets of peers that left are dropped with <see cref="Forget"/>.</summary>
public sealed class RateLimiter(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PeerId, Dictionary<string, Bucket>> _peers = [];

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
            if (!_peers.TryGetValue(peer, out Dictionary<string, Bucket>? buckets))
            {
                _peers[peer] = buckets = [];
            }

            if (!buckets.TryGetValue(protocol, out Bucket? bucket))
            {
                buckets[protocol] = bucket = new Bucket { Tokens = quota, At = now };
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

    /// <summary>Drops a peer's buckets.</summary>
    public void Forget(PeerId peer)
    {
        lock (_lock)
        {
            _peers.Remove(peer);
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
