using Beacon.Ssz;

namespace Beacon.Chain;

/// <summary>Which attesters the aggregates seen so far have, by attestation data. Bounded by the count of data; thread-safe.</summary>
internal sealed class SeenAggregates(int capacity)
{
    private const int MaxPerData = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<Root, (ulong Slot, List<Bitlist> Bits)> _seen = [];

    /// <summary>Whether one aggregate had all these attesters.</summary>
    public bool Covers(Root dataRoot, Bitlist bits)
    {
        lock (_lock)
        {
            return Covered(dataRoot, bits);
        }
    }

    /// <summary>Remembers an aggregate; false when one before covers it or a bound is reached.</summary>
    public bool TryAdd(Root dataRoot, Bitlist bits, ulong slot)
    {
        lock (_lock)
        {
            if (Covered(dataRoot, bits))
            {
                return false;
            }

            if (!_seen.TryGetValue(dataRoot, out (ulong Slot, List<Bitlist> Bits) entry))
            {
                if (_seen.Count >= capacity)
                {
                    return false;
                }

                entry = (slot, []);
                _seen.Add(dataRoot, entry);
            }

            entry.Bits.RemoveAll(known => known.IsSubsetOf(bits));
            if (entry.Bits.Count >= MaxPerData)
            {
                return false;
            }

            entry.Bits.Add(bits);
            return true;
        }
    }

    public void ForgetBefore(ulong slot)
    {
        lock (_lock)
        {
            foreach ((Root root, (ulong Slot, List<Bitlist> Bits) entry) in _seen)
            {
                if (entry.Slot < slot)
                {
                    _seen.Remove(root);
                }
            }
        }
    }

    private bool Covered(Root dataRoot, Bitlist bits) =>
        _seen.TryGetValue(dataRoot, out (ulong Slot, List<Bitlist> Bits) entry)
        && entry.Bits.Exists(known => known.Length == bits.Length && bits.IsSubsetOf(known));
}
