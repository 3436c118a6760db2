using System.Security.Cryptography;

namespace Beacon.Ssz.Tests;

/// <summary>Merkleization written down as the specification says it, with no thought for speed.</summary>
internal static class Naive
{
    public static byte[] Merkleize(IReadOnlyList<byte[]> chunks, ulong limit)
    {
        int depth = 0;
        while (depth < 63 && 1UL << depth < limit)
        {
            depth++;
        }

        return Subtree(chunks, 0, depth);
    }

    public static byte[] MixInLength(byte[] root, ulong length)
    {
        byte[] chunk = new byte[32];
        BitConverter.TryWriteBytes(chunk, length);
        return SHA256.HashData([.. root, .. chunk]);
    }

    public static IReadOnlyList<byte[]> Pack(ReadOnlySpan<byte> bytes)
    {
        List<byte[]> chunks = [];
        for (int i = 0; i < bytes.Length; i += 32)
        {
            byte[] chunk = new byte[32];
            bytes[i..Math.Min(i + 32, bytes.Length)].CopyTo(chunk);
            chunks.Add(chunk);
        }

        return chunks;
    }

    /// <summary>Root of the subtree of the given depth that begins at a chunk.</summary>
    private static byte[] Subtree(IReadOnlyList<byte[]> chunks, int start, int depth)
    {
        if (start >= chunks.Count)
        {
            byte[] zero = new byte[32];
            for (int i = 0; i < depth; i++)
            {
                zero = SHA256.HashData([.. zero, .. zero]);
            }

            return zero;
        }

        if (depth == 0)
        {
            return chunks[start];
        }

        long middle = start + (1L << (depth - 1));
        byte[] right = Subtree(chunks, middle >= chunks.Count ? chunks.Count : (int)middle, depth - 1);
        return SHA256.HashData([.. Subtree(chunks, start, depth - 1), .. right]);
    }
}
