using System.Numerics;
using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>An immutable sequence of bits whose length is given by its declaration.</summary>
public sealed class Bitvector : IEquatable<Bitvector>
{
    private readonly byte[] _bytes;

    private Bitvector(byte[] bytes, int length)
    {
        _bytes = bytes;
        Length = length;
    }

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

    /// <summary>Bytes of the encoding.</summary>
    public int SszSize => _bytes.Length;

    /// <summary>One bit.</summary>
    public bool this[int index] => (uint)index < (uint)Length
        ? (_bytes[index >> 3] & (1 << (index & 7))) != 0
        : throw new ArgumentOutOfRangeException(nameof(index), $"Bit {index} of a bitvector of {Length}.");

    /// <summary>A bitvector of which no bit is set.</summary>
    public static Bitvector Create(int length) => new(new byte[(length + 7) / 8], length);

    /// <summary>A bitvector of the given bits.</summary>
    public static Bitvector Of(params ReadOnlySpan<bool> bits)
    {
        byte[] bytes = new byte[(bits.Length + 7) / 8];
        for (int i = 0; i < bits.Length; i++)
        {
            if (bits[i])
            {
                bytes[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return new Bitvector(bytes, bits.Length);
    }

    /// <summary>The same bits, with one of them as given.</summary>
    public Bitvector With(int index, bool value)
    {
        if (this[index] == value)
        {
            return this;
        }

        byte[] bytes = (byte[])_bytes.Clone();
        bytes[index >> 3] ^= (byte)(1 << (index & 7));
        return new Bitvector(bytes, Length);
    }

    /// <summary>Moves every bit one position up; the last is lost and the first is 0, as justification bits are moved at an epoch's end.</summary>
    public Bitvector ShiftedUp()
    {
        Span<bool> bits = Length <= 256 ? stackalloc bool[Length] : new bool[Length];
        bits.Clear();
        for (int i = 1; i < Length; i++)
        {
            bits[i] = this[i - 1];
        }

        return Of(bits);
    }

    /// <summary>Reads the encoding.</summary>
    /// <exception cref="SszException">Another number of bytes, or a padding bit is set.</exception>
    public static Bitvector Deserialize(ReadOnlySpan<byte> data, ulong length)
    {
        int bits = checked((int)length);
        SszCodec.CheckSize(data, (bits + 7) / 8, "A bitvector");
        return (bits & 7) != 0 && data[^1] >> (bits & 7) != 0
            ? throw new SszException($"A bitvector of {bits} bits has padding bits set.")
            : new Bitvector(data.ToArray(), bits);
    }

    /// <summary>Writes the encoding.</summary>
    public void Serialize(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>The encoding.</summary>
    public byte[] ToSsz() => (byte[])_bytes.Clone();

    /// <summary>Hash tree root.</summary>
    public Root HashTreeRoot() => SszBits.RootOf(_bytes, (ulong)Length);

    /// <summary>Writes the encoding as hexadecimal.</summary>
    public void WriteJson(Utf8JsonWriter writer) => SszJson.WriteHex(writer, _bytes);

    /// <summary>Reads the encoding from hexadecimal.</summary>
    /// <exception cref="JsonException">No hexadecimal of the right length, or padding bits are set.</exception>
    public static Bitvector ReadJson(ref Utf8JsonReader reader, ulong length)
    {
        byte[] bytes = new byte[(checked((int)length) + 7) / 8];
        SszJson.ReadHex(ref reader, bytes);
        try
        {
            return Deserialize(bytes, length);
        }
        catch (SszException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(Bitvector? other) => other is not null && Length == other.Length && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Bitvector);

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
}
