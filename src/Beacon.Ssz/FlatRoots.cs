using System.Numerics;

namespace Beacon.Ssz;

/// <summary>A container of which every field is at most 64 bytes long, so that the roots of many can be hashed side by side. For generated code.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface ISszFlatContainer<TSelf> : ISszSerializable<TSelf>
    where TSelf : ISszFlatContainer<TSelf>
{
    /// <summary>Number of fields.</summary>
    static abstract int FieldCount { get; }

    /// <summary>Positions of the fields of 33 to 64 bytes, whose chunk is a hash itself.</summary>
    static abstract ReadOnlySpan<int> WideFields { get; }

    /// <summary>The root, if it was computed before.</summary>
    bool TryGetRoot(out Root root);

    /// <summary>Keeps the root.</summary>
    void KeepRoot(in Root root);

    /// <summary>Writes one chunk per field, and of the wide fields their 64-byte block instead.</summary>
    /// <param name="chunks">32 zeroed bytes per field.</param>
    /// <param name="wide">64 zeroed bytes per wide field.</param>
    void WriteFlat(Span<byte> chunks, Span<byte> wide);
}

/// <summary>Hashes many flat containers side by side.</summary>
public static class FlatRoots
{
    private const int Batch = 32;

    /// <summary>Writes the roots of all items and lets each keep its own.</summary>
    public static void Write<T>(ReadOnlySpan<T> items, Span<byte> roots)
        where T : ISszFlatContainer<T>
    {
        for (int start = 0; start < items.Length; start += Batch)
        {
            WriteBatch(items.Slice(start, Math.Min(Batch, items.Length - start)), roots[(start * Root.Size)..]);
        }
    }

    private static void WriteBatch<T>(ReadOnlySpan<T> items, Span<byte> roots)
        where T : ISszFlatContainer<T>
    {
        Span<int> stale = stackalloc int[Batch];
        int count = 0;
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].TryGetRoot(out Root root))
            {
                root.CopyTo(roots[(i * Root.Size)..]);
            }
            else
            {
                stale[count++] = i;
            }
        }

        if (count <= 2)
        {
            foreach (int i in stale[..count])
            {
                items[i].HashTreeRoot().CopyTo(roots[(i * Root.Size)..]);
            }

            return;
        }

        HashStale(items, stale[..count], roots);
    }

    private static void HashStale<T>(ReadOnlySpan<T> items, ReadOnlySpan<int> stale, Span<byte> roots)
        where T : ISszFlatContainer<T>
    {
        int width = (int)BitOperations.RoundUpToPowerOf2((uint)T.FieldCount) * Root.Size;
        int wideWidth = T.WideFields.Length * Hasher.BlockSize;
        using RentedBytes chunkBuffer = new(stale.Length * width);
        using RentedBytes wideBuffer = new(stale.Length * wideWidth);
        Span<byte> chunks = chunkBuffer.Span;
        Span<byte> wide = wideBuffer.Span;
        chunks.Clear();
        wide.Clear();
        for (int i = 0; i < stale.Length; i++)
        {
            items[stale[i]].WriteFlat(chunks.Slice(i * width, width), wide.Slice(i * wideWidth, wideWidth));
        }

        Hasher.HashBlocks(wide, wide);
        for (int i = 0; i < stale.Length; i++)
        {
            for (int j = 0; j < T.WideFields.Length; j++)
            {
                wide.Slice(((i * T.WideFields.Length) + j) * Root.Size, Root.Size).CopyTo(chunks[((i * width) + (T.WideFields[j] * Root.Size))..]);
            }
        }

        for (int size = chunks.Length; size > stale.Length * Root.Size; size /= 2)
        {
            Hasher.HashBlocks(chunks[..size], chunks);
        }

        for (int i = 0; i < stale.Length; i++)
        {
            Root root = new(chunks.Slice(i * Root.Size, Root.Size));
            items[stale[i]].KeepRoot(root);
            root.CopyTo(roots[(stale[i] * Root.Size)..]);
        }
    }
}
