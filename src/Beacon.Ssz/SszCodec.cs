using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Beacon.Ssz;

/// <summary>Encoding of lists and vectors, offsets and sizes: what the generated code calls.</summary>
public static class SszCodec
{
    /// <summary>Bytes of an offset.</summary>
    public const int OffsetSize = 4;

    /// <summary>The encoding of a value as a new array.</summary>
    public static byte[] ToSsz<T>(this T value)
        where T : ISszSerializable<T>
    {
        byte[] bytes = new byte[value.SszSize];
        value.Serialize(bytes);
        return bytes;
    }

    /// <summary>Throws unless <paramref name="data"/> has <paramref name="size"/> bytes.</summary>
    /// <exception cref="SszException">Another size.</exception>
    public static void CheckSize(ReadOnlySpan<byte> data, int size, string what)
    {
        if (data.Length != size)
        {
            SszException.ThrowSize(what, data.Length, size);
        }
    }

    /// <summary>Throws unless <paramref name="data"/> has at least <paramref name="size"/> bytes.</summary>
    /// <exception cref="SszException">Fewer.</exception>
    public static void CheckMinimum(ReadOnlySpan<byte> data, int size, string what)
    {
        if (data.Length < size)
        {
            throw new SszException($"{what} has {data.Length} bytes where at least {size} are wanted.");
        }
    }

    /// <summary>Hash tree root of an integer.</summary>
    public static Root RootOfUInt(ulong value)
    {
        Span<byte> chunk = stackalloc byte[Root.Size];
        chunk.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(chunk, value);
        return new Root(chunk);
    }

    /// <summary>Hash tree root of a byte vector.</summary>
    public static Root RootOfBytes(ReadOnlySpan<byte> bytes) => SszBits.RootOf(bytes, (ulong)bytes.Length * 8);

    /// <summary>Whether two lists hold equal elements.</summary>
    public static bool AreEqual<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right)
        where T : ISszSerializable<T> => left.SequenceEqual(right, EqualityComparer<T>.Default);

    /// <summary>Reads a boolean: one byte, 0 or 1.</summary>
    /// <exception cref="SszException">Another byte.</exception>
    public static bool ReadBoolean(byte value) => value switch
    {
        0 => false,
        1 => true,
        _ => throw new SszException($"A boolean is 0 or 1, not {value}."),
    };

    /// <summary>Writes an offset.</summary>
    public static void WriteOffset(Span<byte> destination, int offset) => BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)offset);

    /// <summary>Reads the first offset of a container, which must point right behind the fixed part.</summary>
    /// <exception cref="SszException">It points elsewhere.</exception>
    public static int ReadFirstOffset(ReadOnlySpan<byte> data, int position, int fixedSize)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(data[position..]);
        return offset == fixedSize ? fixedSize : throw new SszException($"The first offset is {offset} where {fixedSize} is wanted.");
    }

    /// <summary>Reads a further offset, which must lie between the one before and the end.</summary>
    /// <exception cref="SszException">It lies elsewhere.</exception>
    public static int ReadOffset(ReadOnlySpan<byte> data, int position, int previous)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(data[position..]);
        return offset >= previous && offset <= data.Length
            ? (int)offset
            : throw new SszException($"Offset {offset} is not between {previous} and {data.Length}.");
    }

    /// <summary>Bytes of a list's or vector's encoding.</summary>
    public static int SizeOf<T>(ReadOnlySpan<T> items)
        where T : ISszSerializable<T>
    {
        if (T.FixedSize != 0)
        {
            return checked(items.Length * T.FixedSize);
        }

        int size = items.Length * OffsetSize;
        foreach (T item in items)
        {
            size = checked(size + item.SszSize);
        }

        return size;
    }

    /// <summary>Writes a list or vector.</summary>
    public static void Write<T>(ReadOnlySpan<T> items, Span<byte> destination)
        where T : ISszSerializable<T>
    {
        if (IsRaw<T>())
        {
            AsBytes(items).CopyTo(destination);
            return;
        }

        if (T.FixedSize != 0)
        {
            for (int i = 0; i < items.Length; i++)
            {
                items[i].Serialize(destination.Slice(i * T.FixedSize, T.FixedSize));
            }

            return;
        }

        int offset = items.Length * OffsetSize;
        for (int i = 0; i < items.Length; i++)
        {
            int size = items[i].SszSize;
            WriteOffset(destination[(i * OffsetSize)..], offset);
            items[i].Serialize(destination.Slice(offset, size));
            offset += size;
        }
    }

    /// <summary>Reads a list.</summary>
    /// <param name="data">The whole encoding.</param>
    /// <param name="limit">Greatest number of elements.</param>
    /// <exception cref="SszException">Malformed, or more elements than the limit.</exception>
    public static ImmutableArray<T> ReadList<T>(ReadOnlySpan<byte> data, ulong limit)
        where T : ISszSerializable<T> => ImmutableCollectionsMarshal.AsImmutableArray(ReadItems<T>(data, CountOf<T>(data, limit)));

    /// <summary>Reads a vector.</summary>
    /// <exception cref="SszException">Malformed, or another number of elements.</exception>
    public static ImmutableArray<T> ReadVector<T>(ReadOnlySpan<byte> data, ulong length)
        where T : ISszSerializable<T>
    {
        int count = CountOf<T>(data, length);
        return (ulong)count == length
            ? ImmutableCollectionsMarshal.AsImmutableArray(ReadItems<T>(data, count))
            : throw new SszException($"A vector has {count} elements where {length} are wanted.");
    }

    /// <summary>A vector of default values.</summary>
    public static ImmutableArray<T> DefaultVector<T>(ulong length)
        where T : ISszSerializable<T>
    {
        T[] items = new T[length];
        Array.Fill(items, T.CreateDefault());
        return ImmutableCollectionsMarshal.AsImmutableArray(items);
    }

    /// <summary>Number of elements of an encoding, checked against the limit before anything is allocated.</summary>
    internal static int CountOf<T>(ReadOnlySpan<byte> data, ulong limit)
        where T : ISszSerializable<T>
    {
        if (data.IsEmpty)
        {
            return 0;
        }

        int count;
        if (T.FixedSize != 0)
        {
            (count, int rest) = Math.DivRem(data.Length, T.FixedSize);
            if (rest != 0)
            {
                throw new SszException($"{data.Length} bytes are no whole number of {T.FixedSize}-byte elements.");
            }
        }
        else
        {
            if (data.Length < OffsetSize)
            {
                throw new SszException($"{data.Length} bytes are no offset.");
            }

            uint first = BinaryPrimitives.ReadUInt32LittleEndian(data);
            if (first == 0 || first % OffsetSize != 0 || first > data.Length)
            {
                throw new SszException($"The first offset of a list, {first}, is not possible in {data.Length} bytes.");
            }

            count = (int)(first / OffsetSize);
        }

        return (ulong)count <= limit ? count : throw new SszException($"{count} elements are above the limit of {limit}.");
    }

    /// <summary>Reads <paramref name="count"/> elements, as found by <see cref="CountOf{T}"/>.</summary>
    internal static T[] ReadItems<T>(ReadOnlySpan<byte> data, int count)
        where T : ISszSerializable<T>
    {
        if (count == 0)
        {
            return [];
        }

        T[] items = new T[count];
        if (IsRaw<T>() && typeof(T) != typeof(SszBoolean))
        {
            // Any bytes are valid for the types that are raw, except for booleans.
            data.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(items)), data.Length));
            return items;
        }

        if (T.FixedSize != 0)
        {
            for (int i = 0; i < items.Length; i++)
            {
                items[i] = T.Deserialize(data.Slice(i * T.FixedSize, T.FixedSize));
            }

            return items;
        }

        int start = count * OffsetSize;
        for (int i = 0; i < items.Length; i++)
        {
            int end = i + 1 < items.Length ? ReadOffset(data, (i + 1) * OffsetSize, start) : data.Length;
            items[i] = T.Deserialize(data[start..end]);
            start = end;
        }

        return items;
    }

    /// <summary>Hash tree root of a list.</summary>
    public static Root RootOfList<T>(ReadOnlySpan<T> items, ulong limit)
        where T : ISszSerializable<T> => Merkle.MixInLength(RootOfElements(items, limit), (ulong)items.Length);

    /// <summary>Hash tree root of a vector.</summary>
    public static Root RootOfVector<T>(ReadOnlySpan<T> items)
        where T : ISszSerializable<T> => RootOfElements(items, (ulong)items.Length);

    private static Root RootOfElements<T>(ReadOnlySpan<T> items, ulong limit)
        where T : ISszSerializable<T>
    {
        int chunks = ChunksFor<T>(items.Length);
        using RentedBytes buffer = new(chunks * Root.Size);
        WriteChunks(items, buffer.Span);
        return Merkle.Merkleize(buffer.Span, Merkle.DepthOf(ChunkLimit<T>(limit)));
    }

    /// <summary>Chunks that <paramref name="count"/> elements take.</summary>
    internal static int ChunksFor<T>(int count)
        where T : ISszSerializable<T> => T.IsBasic ? (int)((((long)count * T.FixedSize) + Root.Size - 1) / Root.Size) : count;

    /// <summary>Chunks of a list that is full.</summary>
    internal static ulong ChunkLimit<T>(ulong limit)
        where T : ISszSerializable<T> =>
        T.IsBasic ? (ulong)((((UInt128)limit * (uint)T.FixedSize) + (Root.Size - 1)) / Root.Size) : limit;

    /// <summary>Writes the chunks of elements: packed values of basic types, roots of others. The rest of the last chunk is zeroed.</summary>
    internal static void WriteChunks<T>(ReadOnlySpan<T> items, Span<byte> chunks)
        where T : ISszSerializable<T>
    {
        if (T.IsBasic)
        {
            int size = items.Length * T.FixedSize;
            Write(items, chunks[..size]);
            chunks[size..].Clear();
            return;
        }

        T.WriteRoots(items, chunks);
    }

    /// <summary>Whether the elements' memory is their encoding, so that a list is one copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsRaw<T>()
        where T : ISszSerializable<T> =>
        T.FixedSize != 0
        && !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        && Unsafe.SizeOf<T>() == T.FixedSize
        && BitConverter.IsLittleEndian;

    private static ReadOnlySpan<byte> AsBytes<T>(ReadOnlySpan<T> items) =>
        MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(items)), checked(items.Length * Unsafe.SizeOf<T>()));
}
