using System.Security.Cryptography;

namespace Beacon.Ssz;

/// <summary>SHA-256, over one message or over many 64-byte blocks at once.</summary>
public static class Hasher
{
    /// <summary>Bytes of one block of a merkle tree: two chunks.</summary>
    public const int BlockSize = 64;

    /// <summary>SHA-256 of a message.</summary>
    public static Root Hash(ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[Root.Size];
        SHA256.HashData(message, digest);
        return new Root(digest);
    }

    /// <summary>SHA-256 of two roots: their parent in a merkle tree.</summary>
    public static Root Combine(in Root left, in Root right)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        left.CopyTo(block);
        right.CopyTo(block[Root.Size..]);
        return Hash(block);
    }

    /// <summary>SHA-256 of each 64-byte block.</summary>
    /// <param name="blocks">A whole number of blocks.</param>
    /// <param name="digests">32 bytes per block; may be the beginning of <paramref name="blocks"/> itself.</param>
    public static void HashBlocks(ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        Span<byte> digest = stackalloc byte[Root.Size];
        for (int i = 0; i < blocks.Length / BlockSize; i++)
        {
            SHA256.HashData(blocks.Slice(i * BlockSize, BlockSize), digest);
            digest.CopyTo(digests[(i * Root.Size)..]);
        }
    }
}
