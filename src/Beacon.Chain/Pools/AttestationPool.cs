using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain.Pools;

/// <summary>What the pool did with an attestation.</summary>
public enum AttestationPoolResult
{
    /// <summary>It is the first for its data, or was joined with a disjoint one.</summary>
    Added,

    /// <summary>All its attesters were there already.</summary>
    Known,

    /// <summary>It overlaps what is there, so it was kept beside it.</summary>
    KeptApart,

    /// <summary>A bound was reached; it was dropped.</summary>
    Full,
}

/// <summary>Attestations of recent slots, by what they attest.</summary>
/// <remarks>
/// Only disjoint bitfields are ever joined: a signature that were added twice would spoil the aggregate without anyone noticing until a block
/// is refused. Single attestations are kept one by one, so the best aggregate is the largest one received plus the singles it lacks.
/// Thread-safe.
/// </remarks>
public sealed class AttestationPool
{
    /// <summary>Different attestation data kept per slot.</summary>
    public const int MaxDataPerSlot = 1024;

    /// <summary>Overlapping aggregates kept per attestation data.</summary>
    public const int MaxAggregatesPerData = 32;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, Dictionary<Root, Entry>> _slots = [];
    private long _refusedMerges;

    /// <summary>How often two attestations were not joined because they overlap.</summary>
    public long RefusedMerges => Interlocked.Read(ref _refusedMerges);

    /// <summary>Number of different attestation data held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _slots.Values.Sum(slot => slot.Count);
            }
        }
    }

    /// <summary>Adds an attestation whose signature was verified.</summary>
    public AttestationPoolResult Add(Attestation attestation)
    {
        Root dataRoot = attestation.Data.HashTreeRoot();
        lock (_lock)
        {
            if (!_slots.TryGetValue(attestation.Data.Slot.Value, out Dictionary<Root, Entry>? slot))
            {
                _slots.Add(attestation.Data.Slot.Value, slot = []);
            }

            if (!slot.TryGetValue(dataRoot, out Entry? entry))
            {
                if (slot.Count >= MaxDataPerSlot)
                {
                    return AttestationPoolResult.Full;
                }

                slot.Add(dataRoot, entry = new Entry(attestation.Data));
            }

            AttestationPoolResult result = entry.Add(attestation);
            if (result == AttestationPoolResult.KeptApart)
            {
                Interlocked.Increment(ref _refusedMerges);
            }

            return result;
        }
    }

    /// <summary>Whether every attester of an attestation is in one attestation of the pool.</summary>
    public bool Covers(Attestation attestation)
    {
        lock (_lock)
        {
            return _slots.TryGetValue(attestation.Data.Slot.Value, out Dictionary<Root, Entry>? slot)
                && slot.TryGetValue(attestation.Data.HashTreeRoot(), out Entry? entry)
                && entry.Covers(attestation.AggregationBits);
        }
    }

    /// <summary>The aggregate with the most attesters for a slot and data root, or null.</summary>
    public Attestation? GetAggregate(Slot slot, Root dataRoot)
    {
        lock (_lock)
        {
            return _slots.TryGetValue(slot.Value, out Dictionary<Root, Entry>? entries) && entries.TryGetValue(dataRoot, out Entry? entry)
                ? entry.Aggregates().MaxBy(aggregate => aggregate.AggregationBits.SetCount)
                : null;
        }
    }

    /// <summary>All aggregates of slots in a range, each extended as far as disjoint singles go.</summary>
    public IReadOnlyList<Attestation> GetAggregates(Slot first, Slot last)
    {
        lock (_lock)
        {
            return [.. _slots
                .Where(slot => slot.Key >= first.Value && slot.Key <= last.Value)
                .SelectMany(slot => slot.Value.Values)
                .SelectMany(entry => entry.Aggregates())];
        }
    }

    /// <summary>Drops attestations of slots before the given one.</summary>
    public void PruneBefore(Slot slot)
    {
        lock (_lock)
        {
            while (_slots.Count > 0 && _slots.First().Key is var first && first < slot.Value)
            {
                _slots.Remove(first);
            }
        }
    }

    private sealed class Entry(AttestationData data)
    {
        private readonly Dictionary<int, Signature> _singles = [];
        private readonly List<(Bitlist Bits, Signature Signature)> _aggregates = [];
        private int _committeeSize;
        private IReadOnlyList<Attestation>? _built;

        public bool Covers(Bitlist bits) =>
            _aggregates.Exists(aggregate => aggregate.Bits.Length == bits.Length && bits.IsSubsetOf(aggregate.Bits))
            || (bits.Length == _committeeSize && bits.SetIndices().All(_singles.ContainsKey) && bits.SetCount > 0);

        public AttestationPoolResult Add(Attestation attestation)
        {
            Bitlist bits = attestation.AggregationBits;
            if (_committeeSize == 0)
            {
                _committeeSize = bits.Length;
            }

            if (bits.Length != _committeeSize || Covers(bits))
            {
                return AttestationPoolResult.Known;
            }

            Signature signature = Signature.FromBytes(attestation.Signature.AsSpan());
            _built = null;
            if (bits.SetCount == 1)
            {
                _singles.Add(bits.SetIndices().First(), signature);
                return AttestationPoolResult.Added;
            }

            return AddAggregate(bits, signature);
        }

        /// <summary>Every aggregate with the singles it lacks; the singles alone where there is no aggregate.</summary>
        public IReadOnlyList<Attestation> Aggregates()
        {
            if (_built is not null)
            {
                return _built;
            }

            IEnumerable<(Bitlist Bits, Signature? Signature)> bases = _aggregates.Count > 0
                ? _aggregates.Select(aggregate => (aggregate.Bits, (Signature?)aggregate.Signature))
                : [(Bitlist.Create(_committeeSize), null)];
            return _built = [.. bases.Select(start => Extend(start.Bits, start.Signature))];
        }

        private Attestation Extend(Bitlist bits, Signature? signature)
        {
            var parts = new List<Signature>();
            if (signature is not null)
            {
                parts.Add(signature);
            }

            foreach ((int index, Signature single) in _singles)
            {
                if (!bits[index])
                {
                    bits = bits.With(index, true);
                    parts.Add(single);
                }
            }

            Signature sum = parts.Count == 1 ? parts[0] : Signature.Aggregate([.. parts]);
            return new Attestation { AggregationBits = bits, Data = data, Signature = new BlsSignature(sum.ToBytes()) };
        }

        private AttestationPoolResult AddAggregate(Bitlist bits, Signature signature)
        {
            // What is wholly contained in the new one adds nothing any more.
            _aggregates.RemoveAll(aggregate => aggregate.Bits.IsSubsetOf(bits));
            for (int i = 0; i < _aggregates.Count; i++)
            {
                if (!_aggregates[i].Bits.Overlaps(bits))
                {
                    _aggregates[i] = (_aggregates[i].Bits.Or(bits), Signature.Aggregate([_aggregates[i].Signature, signature]));
                    return AttestationPoolResult.Added;
                }
            }

            if (_aggregates.Count >= MaxAggregatesPerData)
            {
                return AttestationPoolResult.Full;
            }

            _aggregates.Add((bits, signature));
            return _aggregates.Count == 1 ? AttestationPoolResult.Added : AttestationPoolResult.KeptApart;
        }
    }
}
