using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Beacon.Crypto;

/// <summary>Decompressed public keys by their 48 bytes. Thread-safe.</summary>
/// <remarks>
/// Only valid keys are kept, and a key that was once valid stays so; hence nothing is ever evicted. When full, further keys are
/// decompressed each time: slower, never wrong.
/// </remarks>
/// <param name="capacity">Largest number of keys kept (about 250 bytes each).</param>
public sealed class PublicKeyCache(int capacity = 1 << 20)
{
    private readonly ConcurrentDictionary<Key, PublicKey> _keys = new();

    /// <summary>Number of keys held.</summary>
    public int Count => _keys.Count;

    /// <summary>The decompressed key, from the cache or freshly made; false when the bytes are no valid key.</summary>
    /// <param name="bytes">48 bytes.</param>
    /// <param name="key">The key, or null.</param>
    public bool TryGet(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        if (bytes.Length != PublicKey.Length)
        {
            return false;
        }

        Key index = MemoryMarshal.Read<Key>(bytes);
        if (_keys.TryGetValue(index, out key))
        {
            return true;
        }

        if (!PublicKey.TryFromBytes(bytes, out key))
        {
            return false;
        }

        if (_keys.Count < capacity)
        {
            _keys.TryAdd(index, key);
        }

        return true;
    }

    /// <summary>The decompressed key.</summary>
    /// <exception cref="ArgumentException">The bytes are no valid key.</exception>
    public PublicKey Get(ReadOnlySpan<byte> bytes) => TryGet(bytes, out PublicKey? key) ? key : PublicKey.FromBytes(bytes);

    [InlineArray(6)]
    private struct Key : IEquatable<Key>
    {
        private ulong _part;

        public readonly bool Equals(Key other) => ((ReadOnlySpan<ulong>)this).SequenceEqual((ReadOnlySpan<ulong>)other);

        public override readonly bool Equals(object? obj) => obj is Key other && Equals(other);

        // The x coordinate of a key is as good as random; the last part has no flag bits.
        public override readonly int GetHashCode() => this[5].GetHashCode();
    }
}
