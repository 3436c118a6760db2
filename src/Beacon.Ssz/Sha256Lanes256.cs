using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Beacon.Ssz;

/// <summary>SHA-256 of 8 blocks of 64 bytes side by side, one per lane of 256-bit vectors.</summary>
internal static class Sha256Lanes256
{
    /// <summary>Blocks per call.</summary>
    public const int Lanes = 8;

    /// <summary>Whether the processor has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Hashes 8 blocks; the digests may overwrite them.</summary>
    /// <param name="blocks">First of 512 bytes.</param>
    /// <param name="digests">First of 256 bytes.</param>
    [SkipLocalsInit]
    public static unsafe void Hash(ref byte blocks, ref byte digests)
    {
        Vector256<uint>* schedule = stackalloc Vector256<uint>[16];
        ref Vector256<uint> w = ref *schedule;
        Sha256Lanes.LoadTransposed(ref blocks, ref w, stride: 1);
        ref uint k = ref MemoryMarshal.GetArrayDataReference(Sha256Lanes.K);
        Vector256<uint> a = Vector256.Create(Sha256Lanes.Initial[0]);
        Vector256<uint> b = Vector256.Create(Sha256Lanes.Initial[1]);
        Vector256<uint> c = Vector256.Create(Sha256Lanes.Initial[2]);
        Vector256<uint> d = Vector256.Create(Sha256Lanes.Initial[3]);
        Vector256<uint> e = Vector256.Create(Sha256Lanes.Initial[4]);
        Vector256<uint> f = Vector256.Create(Sha256Lanes.Initial[5]);
        Vector256<uint> g = Vector256.Create(Sha256Lanes.Initial[6]);
        Vector256<uint> h = Vector256.Create(Sha256Lanes.Initial[7]);
        for (int i = 0; i < 64; i += 8)
        {
            if (i >= 16)
            {
                Extend(ref w, i);
            }

            Round(a, b, c, ref d, e, f, g, ref h, Vector256.Create(Unsafe.Add(ref k, i + 0)) + Unsafe.Add(ref w, (i + 0) & 15));
            Round(h, a, b, ref c, d, e, f, ref g, Vector256.Create(Unsafe.Add(ref k, i + 1)) + Unsafe.Add(ref w, (i + 1) & 15));
            Round(g, h, a, ref b, c, d, e, ref f, Vector256.Create(Unsafe.Add(ref k, i + 2)) + Unsafe.Add(ref w, (i + 2) & 15));
            Round(f, g, h, ref a, b, c, d, ref e, Vector256.Create(Unsafe.Add(ref k, i + 3)) + Unsafe.Add(ref w, (i + 3) & 15));
            Round(e, f, g, ref h, a, b, c, ref d, Vector256.Create(Unsafe.Add(ref k, i + 4)) + Unsafe.Add(ref w, (i + 4) & 15));
            Round(d, e, f, ref g, h, a, b, ref c, Vector256.Create(Unsafe.Add(ref k, i + 5)) + Unsafe.Add(ref w, (i + 5) & 15));
            Round(c, d, e, ref f, g, h, a, ref b, Vector256.Create(Unsafe.Add(ref k, i + 6)) + Unsafe.Add(ref w, (i + 6) & 15));
            Round(b, c, d, ref e, f, g, h, ref a, Vector256.Create(Unsafe.Add(ref k, i + 7)) + Unsafe.Add(ref w, (i + 7) & 15));
        }

        a += Vector256.Create(Sha256Lanes.Initial[0]);
        b += Vector256.Create(Sha256Lanes.Initial[1]);
        c += Vector256.Create(Sha256Lanes.Initial[2]);
        d += Vector256.Create(Sha256Lanes.Initial[3]);
        e += Vector256.Create(Sha256Lanes.Initial[4]);
        f += Vector256.Create(Sha256Lanes.Initial[5]);
        g += Vector256.Create(Sha256Lanes.Initial[6]);
        h += Vector256.Create(Sha256Lanes.Initial[7]);
        Vector256<uint> a0 = a;
        Vector256<uint> b0 = b;
        Vector256<uint> c0 = c;
        Vector256<uint> d0 = d;
        Vector256<uint> e0 = e;
        Vector256<uint> f0 = f;
        Vector256<uint> g0 = g;
        Vector256<uint> h0 = h;
        k = ref MemoryMarshal.GetArrayDataReference(Sha256Lanes.PaddingK);
        for (int i = 0; i < 64; i += 8)
        {
            Round(a, b, c, ref d, e, f, g, ref h, Vector256.Create(Unsafe.Add(ref k, i + 0)));
            Round(h, a, b, ref c, d, e, f, ref g, Vector256.Create(Unsafe.Add(ref k, i + 1)));
            Round(g, h, a, ref b, c, d, e, ref f, Vector256.Create(Unsafe.Add(ref k, i + 2)));
            Round(f, g, h, ref a, b, c, d, ref e, Vector256.Create(Unsafe.Add(ref k, i + 3)));
            Round(e, f, g, ref h, a, b, c, ref d, Vector256.Create(Unsafe.Add(ref k, i + 4)));
            Round(d, e, f, ref g, h, a, b, ref c, Vector256.Create(Unsafe.Add(ref k, i + 5)));
            Round(c, d, e, ref f, g, h, a, ref b, Vector256.Create(Unsafe.Add(ref k, i + 6)));
            Round(b, c, d, ref e, f, g, h, ref a, Vector256.Create(Unsafe.Add(ref k, i + 7)));
        }

        a += a0;
        b += b0;
        c += c0;
        d += d0;
        e += e0;
        f += f0;
        g += g0;
        h += h0;
        Sha256Lanes.StoreTransposed(ref digests, a, b, c, d, e, f, g, h);
    }

    /// <summary>Computes the next eight words of the message schedule in place of the oldest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(ref Vector256<uint> w, int first)
    {
        for (int i = first; i < first + 8; i++)
        {
            Vector256<uint> w15 = Unsafe.Add(ref w, (i - 15) & 15);
            Vector256<uint> w2 = Unsafe.Add(ref w, (i - 2) & 15);
            Vector256<uint> s0 = Xor(RotateRight(w15, 7), RotateRight(w15, 18), w15 >>> 3);
            Vector256<uint> s1 = Xor(RotateRight(w2, 17), RotateRight(w2, 19), w2 >>> 10);
            Unsafe.Add(ref w, i & 15) += s0 + Unsafe.Add(ref w, (i - 7) & 15) + s1;
        }
    }

    /// <summary>One round; the caller rotates the names instead of the values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector256<uint> a,
        Vector256<uint> b,
        Vector256<uint> c,
        ref Vector256<uint> d,
        Vector256<uint> e,
        Vector256<uint> f,
        Vector256<uint> g,
        ref Vector256<uint> h,
        Vector256<uint> kw)
    {
        Vector256<uint> t1 = h + kw + Choose(e, f, g) + Xor(RotateRight(e, 6), RotateRight(e, 11), RotateRight(e, 25));
        d += t1;
        h = t1 + Majority(a, b, c) + Xor(RotateRight(a, 2), RotateRight(a, 13), RotateRight(a, 22));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Choose(Vector256<uint> e, Vector256<uint> f, Vector256<uint> g) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.TernaryLogic(e, f, g, 0xCA) : g ^ (e & (f ^ g));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Majority(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.TernaryLogic(a, b, c, 0xE8) : (a & b) | (c & (a | b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Xor(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.TernaryLogic(a, b, c, 0x96) : a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight(Vector256<uint> value, [ConstantExpected] byte count) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, count) : (value >>> count) | (value << (32 - count));
}
