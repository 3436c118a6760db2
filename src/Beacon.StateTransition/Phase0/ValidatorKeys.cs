using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Beacon.Crypto;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>Public keys of the registry, decompressed, and positions by key; one object shared by all states of a chain. Thread-safe.</summary>
/// <remarks>
/// Forks may append different validators at one position, so nothing here is believed without a look at the state asked for: positions are
/// candidates, compared with the state's registry, and a decompressed key is used only where the state has the same 48 bytes.
/// </remarks>
public sealed class ValidatorKeys
{
    private readonly ConcurrentDictionary<BlsPublicKey, int[]> _positions = new();
    private readonly PublicKeyCache _decompressed = new();
    private readonly Lock _growth = new();
    private Entry?[] _entries = [];

    /// <summary>The decompressed key of a validator; false when its 48 bytes are no valid key.</summary>
    /// <param name="state">State whose registry is meant.</param>
    /// <param name="index">A position below the registry's length.</param>
    /// <param name="key">The key, or null.</param>
    public bool TryGet(BeaconState state, int index, [NotNullWhen(true)] out PublicKey? key)
    {
        BlsPublicKey bytes = state.Validators[index].Pubkey;
        Entry?[] entries = Volatile.Read(ref _entries);
        if ((uint)index < (uint)entries.Length && entries[index] is { } entry && entry.Bytes == bytes)
        {
            key = entry.Key ??= Decompress(bytes);
            return key is not null;
        }

        return _decompressed.TryGet(bytes.AsSpan(), out key);
    }

    /// <summary>A validator's position in a state's registry.</summary>
    public bool TryGetIndex(BeaconState state, in BlsPublicKey key, out int index)
    {
        if (_positions.TryGetValue(key, out int[]? candidates))
        {
            foreach (int candidate in candidates)
            {
                if (candidate < state.Validators.Count && state.Validators[candidate].Pubkey == key)
                {
                    index = candidate;
                    return true;
                }
            }
        }

        index = -1;
        return false;
    }

    /// <summary>Makes the positions of all of a state's validators known.</summary>
    /// <remarks>PERF: one pass over the registry; a validator that is known costs one comparison.</remarks>
    internal void AddAll(BeaconState state)
    {
        int index = 0;
        foreach (Validator validator in state.Validators)
        {
            Add(validator.Pubkey, index++);
        }
    }

    /// <summary>Makes one position known.</summary>
    internal void Add(in BlsPublicKey key, int index)
    {
        Entry?[] entries = Volatile.Read(ref _entries);
        if (index < entries.Length && entries[index] is { } known && known.Bytes == key)
        {
            return;
        }

        _positions.AddOrUpdate(key, static (_, added) => [added], static (_, before, added) => before.Contains(added) ? before : [.. before, added], index);
        lock (_growth)
        {
            if (index >= _entries.Length)
            {
                Entry?[] larger = new Entry?[Math.Max(64, Math.Max(index + 1, _entries.Length * 2))];
                _entries.CopyTo(larger, 0);
                Volatile.Write(ref _entries, larger);
            }

            _entries[index] ??= new Entry(key);
        }
    }

    private PublicKey? Decompress(in BlsPublicKey bytes) => _decompressed.TryGet(bytes.AsSpan(), out PublicKey? key) ? key : null;

    private sealed class Entry(BlsPublicKey bytes)
    {
        public BlsPublicKey Bytes { get; } = bytes;

        public PublicKey? Key { get; set; }
    }
}
