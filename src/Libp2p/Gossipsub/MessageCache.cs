using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

/// <summary>Messages of the last heartbeats, for peers that ask for them. Not thread-safe.</summary>
internal sealed class MessageCache(int length, int gossip)
{
    private readonly Dictionary<MessageId, Entry> _entries = [];
    private readonly List<List<(MessageId Id, string Topic)>> _history = [[]];

    /// <summary>Keeps a message; its frame is shared with those that send it.</summary>
    public void Put(MessageId id, string topic, byte[] frame)
    {
        if (_entries.TryAdd(id, new Entry(frame)))
        {
            _history[0].Add((id, topic));
        }
    }

    /// <summary>The frame of a message for a peer that asks; null when it is not here or was sent to it too often.</summary>
    public byte[]? TryTake(MessageId id, PeerId peer, int maxRetransmissions)
    {
        if (!_entries.TryGetValue(id, out Entry? entry))
        {
            return null;
        }

        int count = entry.SentTo.GetValueOrDefault(peer);
        entry.SentTo[peer] = count + 1;
        return count < maxRetransmissions ? entry.Frame : null;
    }

    /// <summary>Names of recent messages of a topic.</summary>
    public List<MessageId> GossipIds(string topic)
    {
        var ids = new List<MessageId>();
        for (int i = 0; i < Math.Min(gossip, _history.Count); i++)
        {
            foreach ((MessageId id, string of) in _history[i])
            {
                if (of == topic)
                {
                    ids.Add(id);
                }
            }
        }

        return ids;
    }

    /// <summary>Begins a new heartbeat and forgets the oldest one.</summary>
    public void Shift()
    {
        if (_history.Count == length)
        {
            foreach ((MessageId id, _) in _history[^1])
            {
                _entries.Remove(id);
            }

            _history.RemoveAt(_history.Count - 1);
        }

        _history.Insert(0, []);
    }

    private sealed record Entry(byte[] Frame)
    {
        public Dictionary<PeerId, int> SentTo { get; } = [];
    }
}

/// <summary>Names seen within a time, bounded: the oldest go first. Not thread-safe.</summary>
internal sealed class SeenMessages(TimeSpan ttl, int capacity, TimeProvider time)
{
    private readonly Dictionary<MessageId, long> _seen = [];
    private readonly Queue<(MessageId Id, long At)> _order = new();

    public int Count => _seen.Count;

    public bool Contains(MessageId id) => _seen.ContainsKey(id);

    /// <summary>Remembers a name; false when it was known.</summary>
    public bool Add(MessageId id)
    {
        long now = time.GetTimestamp();
        while (_order.TryPeek(out (MessageId Id, long At) oldest) && (_seen.Count >= capacity || time.GetElapsedTime(oldest.At, now) > ttl))
        {
            _order.Dequeue();
            _seen.Remove(oldest.Id);
        }

        if (!_seen.TryAdd(id, now))
        {
            return false;
        }

        _order.Enqueue((id, now));
        return true;
    }
}
