using System.Buffers.Binary;
using System.Security.Cryptography;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The swap-or-not shuffle: for one position, and for a whole list at the cost of one hash per 256 positions and round.</summary>
public static class Shuffling
{
    private const int SeedLength = 32;
    private const int PivotInput = SeedLength + 1;
    private const int SourceInput = SeedLength + 1 + 4;

    /// <summary>Position that <paramref name="index"/> is shuffled to.</summary>
    /// <param name="index">Position before, below <paramref name="count"/>.</param>
    /// <param name="count">Number of positions.</param>
    /// <param name="seed">32 bytes.</param>
    /// <param name="rounds">Rounds, at most 255.</param>
    [Spec("phase0/beacon-chain.md#compute_shuffled_index")]
    public static ulong ComputeShuffledIndex(ulong index, ulong count, ReadOnlySpan<byte> seed, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        Span<byte> input = stackalloc byte[SourceInput];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        seed.CopyTo(input);
        for (int round = 0; round < rounds; round++)
        {
            input[SeedLength] = (byte)round;
            SHA256.HashData(input[..PivotInput], digest);
            ulong pivot = BinaryPrimitives.ReadUInt64LittleEndian(digest) % count;
            ulong flip = (pivot + (count - index)) % count;
            ulong position = Math.Max(index, flip);
            BinaryPrimitives.WriteUInt32LittleEndian(input[PivotInput..], checked((uint)(position / 256)));
            SHA256.HashData(input, digest);
            if (((digest[(int)(position % 256 / 8)] >> (int)(position % 8)) & 1) != 0)
            {
                index = flip;
            }
        }

        return index;
    }

    /// <summary>Reorders a list so that element <c>i</c> becomes the one that was at <c>compute_shuffled_index(i)</c>.</summary>
    /// <remarks>PERF: rounds × (count / 256 + 2) hashes and rounds × count / 2 comparisons; nothing is allocated.</remarks>
    public static void ShuffleList<T>(Span<T> list, ReadOnlySpan<byte> seed, int rounds)
    {
        if (list.Length < 2)
        {
            return;
        }

        Span<byte> input = stackalloc byte[SourceInput];
        Span<byte> source = stackalloc byte[SHA256.HashSizeInBytes];
        seed.CopyTo(input);

        // Each round is its own inverse, so applying the rounds backwards to the list is applying them forwards to the positions.
        for (int round = rounds - 1; round >= 0; round--)
        {
            input[SeedLength] = (byte)round;
            SHA256.HashData(input[..PivotInput], source);
            int pivot = (int)(BinaryPrimitives.ReadUInt64LittleEndian(source) % (ulong)list.Length);

            // Positions up to the pivot mirror around its half, those above it around the half of the rest.
            SwapMirrored(list, 0, pivot, input, source);
            SwapMirrored(list, pivot + 1, list.Length - 1, input, source);
        }
    }

    /// <summary>Swaps <c>first + k</c> with <c>last − k</c> where the bit of the upper position is set.</summary>
    private static void SwapMirrored<T>(Span<T> list, int first, int last, Span<byte> input, Span<byte> source)
    {
        if (first >= last)
        {
            return;
        }

        int block = -1;
        for (int low = first, high = last; low < high; low++, high--)
        {
            if (high >> 8 != block)
            {
                block = high >> 8;
                BinaryPrimitives.WriteInt32LittleEndian(input[PivotInput..], block);
                SHA256.HashData(input, source);
            }

            if (((source[(high & 255) >> 3] >> (high & 7)) & 1) != 0)
            {
                (list[low], list[high]) = (list[high], list[low]);
            }
        }
    }
}
