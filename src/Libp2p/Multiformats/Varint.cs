using System.Buffers;

namespace Libp2p.Multiformats;

/// <summary>Unsigned LEB128 integers as multiformats and protobuf use them.</summary>
/// <remarks>At most ten bytes (64 bits). Over-long encodings (a last byte of zero) are refused unless it is the only byte.</remarks>
public static class Varint
{
    /// <summary>Most bytes an encoded 64-bit integer takes.</summary>
    public const int MaxLength = 10;

    /// <summary>Bytes <paramref name="value"/> takes when encoded.</summary>
    public static int Length(ulong value)
    {
        int length = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            length++;
        }

        return length;
    }

    /// <summary>Encodes <paramref name="value"/> into <paramref name="destination"/> and returns the bytes written.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        int index = 0;
        while (value >= 0x80)
        {
            destination[index++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[index++] = (byte)value;
        return index;
    }

    /// <summary>Writes <paramref name="value"/> to <paramref name="writer"/>.</summary>
    public static void Write(IBufferWriter<byte> writer, ulong value)
    {
        Span<byte> span = writer.GetSpan(MaxLength);
        writer.Advance(Write(span, value));
    }

    /// <summary>Reads one integer from the start of <paramref name="source"/>.</summary>
    /// <returns>How it ended; <paramref name="consumed"/> is set only for <see cref="OperationStatus.Done"/>.</returns>
    public static OperationStatus TryRead(ReadOnlySpan<byte> source, out ulong value, out int consumed)
    {
        value = 0;
        consumed = 0;
        for (int i = 0; i < source.Length; i++)
        {
            byte b = source[i];
            if (i == MaxLength - 1 && b > 1)
            {
                return OperationStatus.InvalidData;
            }

            value |= (ulong)(b & 0x7f) << (7 * i);
            if ((b & 0x80) == 0)
            {
                if (b == 0 && i > 0)
                {
                    return OperationStatus.InvalidData;
                }

                consumed = i + 1;
                return OperationStatus.Done;
            }

            if (i == MaxLength - 1)
            {
                return OperationStatus.InvalidData;
            }
        }

        return OperationStatus.NeedMoreData;
    }

    /// <summary>Reads one integer from the start of <paramref name="source"/>, which may be split over segments.</summary>
    public static OperationStatus TryRead(in ReadOnlySequence<byte> source, out ulong value, out int consumed)
    {
        if (source.FirstSpan.Length >= MaxLength || source.IsSingleSegment)
        {
            return TryRead(source.FirstSpan, out value, out consumed);
        }

        Span<byte> head = stackalloc byte[MaxLength];
        int length = (int)Math.Min(source.Length, MaxLength);
        source.Slice(0, length).CopyTo(head);
        return TryRead(head[..length], out value, out consumed);
    }
}
