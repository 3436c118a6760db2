namespace Beacon.Chain;

/// <summary>Keys seen in recent slots or epochs, bounded by count and forgotten by age. Thread-safe.</summary>
/// <typeparam name="TKey">What is seen once.</typeparam>
internal sealed class SeenCache<TKey>(int capacity)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, ulong> _seen = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _seen.Count;
            }
        }
    }

    public bool Contains(TKey key)
    {
        lock (_lock)
        {
            return _seen.ContainsKey(key);
        }
    }

    /// <summary>Remembers a key; false when it was there, or when the cache is full (which then counts as seen: nothing grows).</summary>
    /// <param name="key">The key.</param>
    /// <param name="time">Slot or epoch it belongs to.</param>
    public bool TryAdd(TKey key, ulong time)
    {
        lock (_lock)
        {
            return _seen.Count < capacity && _seen.TryAdd(key, time);
        }
    }

    /// <summary>Forgets keys of before a slot or epoch.</summary>
    public void ForgetBefore(ulong time)
    {
        lock (_lock)
        {
            foreach ((TKey key, ulong seenAt) in _seen)
            {
                if (seenAt < time)
                {
                    _seen.Remove(key);
                }
            }
        }
    }
}
