using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Beacon.Ssz;

/// <summary>What the multi-lane forms of SHA-256 share: constants and moving blocks between rows (one per block) and columns (one per word).</summary>
/// <remarks>
/// All messages are 64 bytes long, so the second compression is of a padding block that is always the same: its message schedule is added to
/// the round constants once, and that half of the work has no schedule at all.
/// </remarks>
internal static class Sha256Lanes
{
    /// <summary>The initial hash value (FIPS 180-4, 5.3.3).</summary>
    public static readonly uint[] Initial =
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    /// <summary>The round constants (FIPS 180-4, 4.2.2).</summary>
    public static readonly uint[] K =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Round constants plus the message schedule of the padding block.</summary>
    public static readonly uint[] PaddingK = PaddingSchedule();

    /// <summary>Turns 8 blocks into 16 vectors, one per message word with the words of all blocks, in the byte order of the algorithm.</summary>
    /// <param name="blocks">First of 512 bytes.</param>
    /// <param name="words">First of 16 vectors; every <paramref name="stride"/>th is written.</param>
    /// <param name="stride">1, or 2 where the other half of wider vectors lies between.</param>
    public static void LoadTransposed(ref byte blocks, ref Vector256<uint> words, int stride)
    {
        for (int half = 0; half < 2; half++)
        {
            ref byte start = ref Unsafe.Add(ref blocks, half * 32);
            Vector256<uint> r0 = LoadRow(ref start, 0);
            Vector256<uint> r1 = LoadRow(ref start, 1);
            Vector256<uint> r2 = LoadRow(ref start, 2);
            Vector256<uint> r3 = LoadRow(ref start, 3);
            Vector256<uint> r4 = LoadRow(ref start, 4);
            Vector256<uint> r5 = LoadRow(ref start, 5);
            Vector256<uint> r6 = LoadRow(ref start, 6);
            Vector256<uint> r7 = LoadRow(ref start, 7);
            Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
            ref Vector256<uint> to = ref Unsafe.Add(ref words, half * 8 * stride);
            to = r0;
            Unsafe.Add(ref to, stride) = r1;
            Unsafe.Add(ref to, 2 * stride) = r2;
            Unsafe.Add(ref to, 3 * stride) = r3;
            Unsafe.Add(ref to, 4 * stride) = r4;
            Unsafe.Add(ref to, 5 * stride) = r5;
            Unsafe.Add(ref to, 6 * stride) = r6;
            Unsafe.Add(ref to, 7 * stride) = r7;
        }
    }

    /// <summary>Writes 8 digests from 8 vectors, one per state word.</summary>
    public static void StoreTransposed(
        ref byte digests,
        Vector256<uint> a,
        Vector256<uint> b,
        Vector256<uint> c,
        Vector256<uint> d,
        Vector256<uint> e,
        Vector256<uint> f,
        Vector256<uint> g,
        Vector256<uint> h)
    {
        Transpose(ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        Swap(a).StoreUnsafe(ref digests, 0);
        Swap(b).StoreUnsafe(ref digests, 32);
        Swap(c).StoreUnsafe(ref digests, 64);
        Swap(d).StoreUnsafe(ref digests, 96);
        Swap(e).StoreUnsafe(ref digests, 128);
        Swap(f).StoreUnsafe(ref digests, 160);
        Swap(g).StoreUnsafe(ref digests, 192);
        Swap(h).StoreUnsafe(ref digests, 224);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> LoadRow(ref byte start, nuint block) => Swap(Vector256.LoadUnsafe(ref start, block * Hasher.BlockSize)).AsUInt32();

    /// <summary>Reverses the bytes of each 32-bit word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Swap<T>(Vector256<T> value) => Avx2.Shuffle(
        value.AsByte(),
        Vector256.Create(
            (byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<uint> r0,
        ref Vector256<uint> r1,
        ref Vector256<uint> r2,
        ref Vector256<uint> r3,
        ref Vector256<uint> r4,
        ref Vector256<uint> r5,
        ref Vector256<uint> r6,
        ref Vector256<uint> r7)
    {
        Vector256<ulong> t0 = Avx2.UnpackLow(r0, r1).AsUInt64();
        Vector256<ulong> t1 = Avx2.UnpackHigh(r0, r1).AsUInt64();
        Vector256<ulong> t2 = Avx2.UnpackLow(r2, r3).AsUInt64();
        Vector256<ulong> t3 = Avx2.UnpackHigh(r2, r3).AsUInt64();
        Vector256<ulong> t4 = Avx2.UnpackLow(r4, r5).AsUInt64();
        Vector256<ulong> t5 = Avx2.UnpackHigh(r4, r5).AsUInt64();
        Vector256<ulong> t6 = Avx2.UnpackLow(r6, r7).AsUInt64();
        Vector256<ulong> t7 = Avx2.UnpackHigh(r6, r7).AsUInt64();
        Vector256<uint> u0 = Avx2.UnpackLow(t0, t2).AsUInt32();
        Vector256<uint> u1 = Avx2.UnpackHigh(t0, t2).AsUInt32();
        Vector256<uint> u2 = Avx2.UnpackLow(t1, t3).AsUInt32();
        Vector256<uint> u3 = Avx2.UnpackHigh(t1, t3).AsUInt32();
        Vector256<uint> u4 = Avx2.UnpackLow(t4, t6).AsUInt32();
        Vector256<uint> u5 = Avx2.UnpackHigh(t4, t6).AsUInt32();
        Vector256<uint> u6 = Avx2.UnpackLow(t5, t7).AsUInt32();
        Vector256<uint> u7 = Avx2.UnpackHigh(t5, t7).AsUInt32();
        r0 = Avx2.Permute2x128(u0, u4, 0x20);
        r1 = Avx2.Permute2x128(u1, u5, 0x20);
        r2 = Avx2.Permute2x128(u2, u6, 0x20);
        r3 = Avx2.Permute2x128(u3, u7, 0x20);
        r4 = Avx2.Permute2x128(u0, u4, 0x31);
        r5 = Avx2.Permute2x128(u1, u5, 0x31);
        r6 = Avx2.Permute2x128(u2, u6, 0x31);
        r7 = Avx2.Permute2x128(u3, u7, 0x31);
    }

    private static uint[] PaddingSchedule()
    {
        uint[] w = new uint[64];
        w[0] = 0x80000000;
        w[15] = Hasher.BlockSize * 8;
        for (int i = 16; i < 64; i++)
        {
            uint s0 = uint.RotateRight(w[i - 15], 7) ^ uint.RotateRight(w[i - 15], 18) ^ (w[i - 15] >> 3);
            uint s1 = uint.RotateRight(w[i - 2], 17) ^ uint.RotateRight(w[i - 2], 19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }

        for (int i = 0; i < 64; i++)
        {
            w[i] += K[i];
        }

        return w;
    }
}
