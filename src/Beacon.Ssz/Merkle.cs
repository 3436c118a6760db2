using System.Numerics;

namespace Beacon.Ssz;

/// <summary>Merkleization as <c>ssz/simple-serialize.md</c> defines it.</summary>
public static class Merkle
{
    /// <summary>Depth of the deepest tree of zero chunks that is precomputed.</summary>
    public const int MaxDepth = 64;

    private static readonly Root[] ZeroHashes = ComputeZeroHashes();

    /// <summary>Root of a tree of zero chunks.</summary>
    /// <param name="depth">0 for the zero chunk itself, at most <see cref="MaxDepth"/>.</param>
    public static Root ZeroHash(int depth) => ZeroHashes[depth];

    /// <summary>Depth of the smallest tree with room for so many chunks.</summary>
    public static int DepthOf(ulong chunks) => chunks <= 1 ? 0 : 64 - BitOperations.LeadingZeroCount(chunks - 1);

    /// <summary>Root of the tree of the given depth over chunks and, behind them, zero chunks.</summary>
    /// <param name="chunks">A whole number of 32-byte chunks, at most 2^<paramref name="depth"/>. <b>Overwritten.</b></param>
    /// <param name="depth">Depth of the tree.</param>
    /// <param name="leafDepth">Depth of the trees whose roots the chunks are, which says what the zero chunks are.</param>
    public static Root Merkleize(Span<byte> chunks, int depth, int leafDepth = 0)
    {
        int count = chunks.Length / Root.Size;
        if (count == 0)
        {
            return ZeroHashes[leafDepth + depth];
        }

        for (int level = 0; level < depth; level++)
        {
            int pairs = count / 2;
            bool odd = (count & 1) != 0;
            Root last = odd ? new Root(chunks.Slice((count - 1) * Root.Size, Root.Size)) : default;
            Hasher.HashBlocks(chunks[..(pairs * 64)], chunks);
            if (odd)
            {
                Hasher.Combine(last, ZeroHashes[leafDepth + level]).CopyTo(chunks[(pairs * Root.Size)..]);
            }

            count = pairs + (odd ? 1 : 0);
        }

        return new Root(chunks[..Root.Size]);
    }

    /// <summary>Extends the root of a tree with zero trees to its right.</summary>
    public static Root Extend(Root root, int depth, int wantedDepth)
    {
        for (int level = depth; level < wantedDepth; level++)
        {
            root = Hasher.Combine(root, ZeroHashes[level]);
        }

        return root;
    }

    /// <summary>Root of a list: its elements' root and their number.</summary>
    public static Root MixInLength(in Root root, ulong length)
    {
        Span<byte> chunk = stackalloc byte[Root.Size];
        chunk.Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(chunk, length);
        return Hasher.Combine(root, new Root(chunk));
    }

    /// <summary>The spec's <c>is_valid_merkle_branch</c>.</summary>
    /// <param name="leaf">The proved chunk.</param>
    /// <param name="branch">Siblings from the leaf upwards.</param>
    /// <param name="depth">Levels; <paramref name="branch"/> has as many roots.</param>
    /// <param name="index">Position of the leaf among those of its level.</param>
    /// <param name="root">The root to be reached.</param>
    public static bool IsValidMerkleBranch(Root leaf, ReadOnlySpan<Root> branch, int depth, ulong index, Root root)
    {
        if (branch.Length < depth)
        {
            return false;
        }

        Root value = leaf;
        for (int i = 0; i < depth; i++)
        {
            value = ((index >> i) & 1) != 0 ? Hasher.Combine(branch[i], value) : Hasher.Combine(value, branch[i]);
        }

        return value == root;
    }

    /// <summary>Siblings from a leaf upwards in a tree of the given depth.</summary>
    /// <param name="leaves">The leaves there are; zero chunks follow.</param>
    /// <param name="index">Which leaf.</param>
    /// <param name="depth">Depth of the tree.</param>
    public static Root[] Branch(ReadOnlySpan<Root> leaves, ulong index, int depth)
    {
        Root[] branch = new Root[depth];
        Root[] level = leaves.ToArray();
        int count = level.Length;
        for (int i = 0; i < depth; i++)
        {
            ulong sibling = (index >> i) ^ 1;
            branch[i] = sibling < (ulong)count ? level[sibling] : ZeroHashes[i];
            for (int pair = 0; pair < (count + 1) / 2; pair++)
            {
                level[pair] = Hasher.Combine(level[2 * pair], (2 * pair) + 1 < count ? level[(2 * pair) + 1] : ZeroHashes[i]);
            }

            count = (count + 1) / 2;
        }

        return branch;
    }

    private static Root[] ComputeZeroHashes()
    {
        Root[] hashes = new Root[MaxDepth + 1];
        for (int i = 1; i < hashes.Length; i++)
        {
            hashes[i] = Hasher.Combine(hashes[i - 1], hashes[i - 1]);
        }

        return hashes;
    }
}
