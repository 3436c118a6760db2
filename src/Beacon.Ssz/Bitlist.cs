using System.Numerics;
using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>An immutable sequence of bits whose length is part of the value, with a limit known to whoever declares it.</summary>
public sealed class Bitlist : IEquatable<Bitlist>
{
    private readonly byte[] _bytes;

    private Bitlist(byte[] bytes, int length)
    {
        _bytes = bytes;
        Length = length;
    }

    /// <summary>The bitlist without bits.</summary>
    public static Bitlist Empty { get; } = new([], 0);

    /// <summary>Number of bits.</summary>
    public int Length { get; }

    /// <summary>Number of bits that are set.</summary>
    public int SetCount
    {
        get
        {
            int count = 0;
            foreach (byte b in _bytes)
            {
                count += BitOperations.PopCount(b);
            }

            return count;
        }
    }

    /// <summary>Bytes of the encoding, with the delimiting bit.</summary>
    public int SszSize => (Length / 8) + 1;

    /// <summary>One bit.</summary>
    public bool this[int index] => (uint)index < (uint)Length
        ? (_bytes[index >> 3] & (1 << (index & 7))) != 0
        : throw new ArgumentOutOfRangeException(nameof(index), $"Bit {index} of a bitlist of {Length}.");

    /// <summary>A bitlist of which no bit is set.</summary>
    public static Bitlist Create(int length) => new(new byte[(length + 7) / 8], length);

    /// <summary>A bitlist of the given bits.</summary>
    public static Bitlist Of(ReadOnlySpan<bool> bits)
    {
        byte[] bytes = new byte[(bits.Length + 7) / 8];
        for (int i = 0; i < bits.Length; i++)
        {
            if (bits[i])
            {
                bytes[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return new Bitlist(bytes, bits.Length);
    }

    /// <summary>A bitlist of which one bit is set.</summary>
    public static Bitlist Single(int length, int index) => Create(length).With(index, true);

    /// <summary>The same bits, with one of them as given.</summary>
    public Bitlist With(int index, bool value)
    {
        if (this[index] == value)
        {
            return this;
        }

        byte[] bytes = (byte[])_bytes.Clone();
        bytes[index >> 3] ^= (byte)(1 << (index & 7));
        return new Bitlist(bytes, Length);
    }

    /// <summary>Union of two bitlists of one length.</summary>
    public Bitlist Or(Bitlist other)
    {
        CheckLength(other);
        byte[] bytes = new byte[_bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(_bytes[i] | other._bytes[i]);
        }

        return new Bitlist(bytes, Length);
    }

    /// <summary>Whether some bit is set in both.</summary>
    public bool Overlaps(Bitlist other)
    {
        CheckLength(other);
        for (int i = 0; i < _bytes.Length; i++)
        {
            if ((_bytes[i] & other._bytes[i]) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether each bit that is set here is set in <paramref name="other"/> too.</summary>
    public bool IsSubsetOf(Bitlist other)
    {
        CheckLength(other);
        for (int i = 0; i < _bytes.Length; i++)
        {
            if ((_bytes[i] & ~other._bytes[i]) != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Positions of the bits that are set, in ascending order.</summary>
    public IEnumerable<int> SetIndices()
    {
        for (int i = 0; i < Length; i++)
        {
            if (this[i])
            {
                yield return i;
            }
        }
    }

    /// <summary>Reads the encoding.</summary>
    /// <exception cref="SszException">No delimiting bit, or more bits than the limit.</exception>
    public static Bitlist Deserialize(ReadOnlySpan<byte> data, ulong limit)
    {
        if (data.IsEmpty || data[^1] == 0)
        {
            throw new SszException("A bitlist has no delimiting bit.");
        }

        int top = BitOperations.Log2(data[^1]);
        long length = (8L * (data.Length - 1)) + top;
        if ((ulong)length > limit || length > int.MaxValue)
        {
            throw new SszException($"A bitlist of {length} bits is above the limit of {limit}.");
        }

        byte[] bytes = data[..(int)((length + 7) / 8)].ToArray();
        if (top != 0)
        {
            bytes[^1] &= (byte)((1 << top) - 1);
        }

        return new Bitlist(bytes, (int)length);
    }

    /// <summary>Writes the encoding; <paramref name="destination"/> has <see cref="SszSize"/> bytes.</summary>
    public void Serialize(Span<byte> destination)
    {
        destination[^1] = 0;
        _bytes.CopyTo(destination);
        destination[Length >> 3] |= (byte)(1 << (Length & 7));
    }

    /// <summary>The encoding.</summary>
    public byte[] ToSsz()
    {
        byte[] bytes = new byte[SszSize];
        Serialize(bytes);
        return bytes;
    }

    /// <summary>Hash tree root for a declared limit.</summary>
    public Root HashTreeRoot(ulong limit) =>
        Merkle.MixInLength(SszBits.RootOf(_bytes, limit), (ulong)Length);

    /// <summary>Writes the encoding as hexadecimal.</summary>
    public void WriteJson(Utf8JsonWriter writer)
    {
        using RentedBytes buffer = new(SszSize);
        Serialize(buffer.Span);
        SszJson.WriteHex(writer, buffer.Span);
    }

    /// <summary>Reads the encoding from hexadecimal.</summary>
    /// <exception cref="JsonException">No hexadecimal, or no valid bitlist.</exception>
    public static Bitlist ReadJson(ref Utf8JsonReader reader, ulong limit)
    {
        byte[] bytes = SszJson.ReadHex(ref reader, (int)Math.Min((limit / 8) + 1, int.MaxValue));
        try
        {
            return Deserialize(bytes, limit);
        }
        catch (SszException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(Bitlist? other) => other is not null && Length == other.Length && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Bitlist);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Length);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>The bits from the first to the last, as digits.</summary>
    public override string ToString() => SszBits.Format(_bytes, Length);

    private void CheckLength(Bitlist other)
    {
        if (other.Length != Length)
        {
            throw new ArgumentException($"Bitlists of {Length} and {other.Length} bits cannot be combined.", nameof(other));
        }
    }
}
