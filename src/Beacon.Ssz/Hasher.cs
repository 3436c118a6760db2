using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Beacon.Ssz;

/// <summary>SHA-256, over one message or over many 64-byte blocks at once.</summary>
public static class Hasher
{
    /// <summary>Bytes of one block of a merkle tree: two chunks.</summary>
    public const int BlockSize = 64;

    /// <summary>From how many blocks on a call with idle lanes is cheaper than one by one.</summary>
    private const int FewestBlocksForLanes = 2;

    /// <summary>SHA-256 of a message.</summary>
    public static Root Hash(ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[Root.Size];
        Hash(message, digest);
        return new Root(digest);
    }

    /// <summary>SHA-256 of a message. Short ones avoid the platform's set-up cost, which exceeds their hashing.</summary>
    /// <param name="message">Any number of bytes.</param>
    /// <param name="digest">At least 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> digest)
    {
        if (message.Length <= Sha256Scalar.LongestOneBlockMessage)
        {
            Sha256Scalar.HashShort(message, digest);
        }
        else if (message.Length == BlockSize)
        {
            Sha256Scalar.HashBlock(message, digest);
        }
        else
        {
            SHA256.HashData(message, digest);
        }
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
    /// <remarks>
    /// Blocks are hashed side by side in the lanes of vectors: 16 with AVX-512, 8 with AVX2. Calls that do not fill the lanes cost as much as
    /// full ones, so few blocks at the end are hashed one by one.
    /// </remarks>
    /// <param name="blocks">A whole number of blocks.</param>
    /// <param name="digests">32 bytes per block; may be the beginning of <paramref name="blocks"/> itself.</param>
    public static void HashBlocks(ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        int count = blocks.Length / BlockSize;
        if (digests.Length < count * Root.Size)
        {
            throw new ArgumentException($"{count} digests do not fit {digests.Length} bytes.", nameof(digests));
        }

        int done = 0;
        if (Sha256Lanes512.IsSupported)
        {
            for (; count - done >= Sha256Lanes512.Lanes; done += Sha256Lanes512.Lanes)
            {
                Sha256Lanes512.Hash(
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(blocks), done * BlockSize),
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(digests), done * Root.Size));
            }
        }

        if (Sha256Lanes256.IsSupported)
        {
            for (; count - done >= Sha256Lanes256.Lanes; done += Sha256Lanes256.Lanes)
            {
                Sha256Lanes256.Hash(
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(blocks), done * BlockSize),
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(digests), done * Root.Size));
            }

            if (count - done >= FewestBlocksForLanes)
            {
                HashPadded(blocks[(done * BlockSize)..(count * BlockSize)], digests[(done * Root.Size)..]);
                return;
            }
        }

        HashOneByOne(blocks[(done * BlockSize)..(count * BlockSize)], digests[(done * Root.Size)..]);
    }

    /// <summary>SHA-256 of each block by itself.</summary>
    internal static void HashOneByOne(ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        Span<byte> digest = stackalloc byte[Root.Size];
        for (int i = 0; i < blocks.Length / BlockSize; i++)
        {
            Sha256Scalar.HashBlock(blocks.Slice(i * BlockSize, BlockSize), digest);
            digest.CopyTo(digests[(i * Root.Size)..]);
        }
    }

    /// <summary>Fills the lanes that are left over with whatever is there.</summary>
    [SkipLocalsInit]
    private static void HashPadded(ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        Span<byte> padded = stackalloc byte[Sha256Lanes256.Lanes * BlockSize];
        blocks.CopyTo(padded);
        Sha256Lanes256.Hash(ref padded[0], ref padded[0]);
        padded[..(blocks.Length / 2)].CopyTo(digests);
    }
}
