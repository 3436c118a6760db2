using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Beacon.Ssz;

/// <summary>SHA-256 of 16 blocks of 64 bytes side by side, one per lane of 512-bit vectors.</summary>
internal static class Sha256Lanes512
{
    /// <summary>Blocks per call.</summary>
    public const int Lanes = 16;

    /// <summary>Whether the processor has the instructions.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx2.IsSupported;

    /// <summary>Hashes 16 blocks; the digests may overwrite them.</summary>
    /// <remarks>Needs AVX2 only: without AVX-512 the runtime splits the vectors, which is how tests run this anywhere.</remarks>
    /// <param name="blocks">First of 1024 bytes.</param>
    /// <param name="digests">First of 512 bytes.</param>
    [SkipLocalsInit]
    public static unsafe void Hash(ref byte blocks, ref byte digests)
    {
        Vector512<uint>* schedule = stackalloc Vector512<uint>[16];
        ref Vector512<uint> w = ref *schedule;
        ref Vector256<uint> halves = ref Unsafe.As<Vector512<uint>, Vector256<uint>>(ref w);
        Sha256Lanes.LoadTransposed(ref blocks, ref halves, stride: 2);
        Sha256Lanes.LoadTransposed(ref Unsafe.Add(ref blocks, 8 * Hasher.BlockSize), ref Unsafe.Add(ref halves, 1), stride: 2);
        ref uint k = ref MemoryMarshal.GetArrayDataReference(Sha256Lanes.K);
        Vector512<uint> a = Vector512.Create(Sha256Lanes.Initial[0]);
        Vector512<uint> b = Vector512.Create(Sha256Lanes.Initial[1]);
        Vector512<uint> c = Vector512.Create(Sha256Lanes.Initial[2]);
        Vector512<uint> d = Vector512.Create(Sha256Lanes.Initial[3]);
        Vector512<uint> e = Vector512.Create(Sha256Lanes.Initial[4]);
        Vector512<uint> f = Vector512.Create(Sha256Lanes.Initial[5]);
        Vector512<uint> g = Vector512.Create(Sha256Lanes.Initial[6]);
        Vector512<uint> h = Vector512.Create(Sha256Lanes.Initial[7]);
        for (int i = 0; i < 64; i += 8)
        {
            if (i >= 16)
            {
                Extend(ref w, i);
            }

            Round(a, b, c, ref d, e, f, g, ref h, Vector512.Create(Unsafe.Add(ref k, i + 0)) + Unsafe.Add(ref w, (i + 0) & 15));
            Round(h, a, b, ref c, d, e, f, ref g, Vector512.Create(Unsafe.Add(ref k, i + 1)) + Unsafe.Add(ref w, (i + 1) & 15));
            Round(g, h, a, ref b, c, d, e, ref f, Vector512.Create(Unsafe.Add(ref k, i + 2)) + Unsafe.Add(ref w, (i + 2) & 15));
            Round(f, g, h, ref a, b, c, d, ref e, Vector512.Create(Unsafe.Add(ref k, i + 3)) + Unsafe.Add(ref w, (i + 3) & 15));
            Round(e, f, g, ref h, a, b, c, ref d, Vector512.Create(Unsafe.Add(ref k, i + 4)) + Unsafe.Add(ref w, (i + 4) & 15));
            Round(d, e, f, ref g, h, a, b, ref c, Vector512.Create(Unsafe.Add(ref k, i + 5)) + Unsafe.Add(ref w, (i + 5) & 15));
            Round(c, d, e, ref f, g, h, a, ref b, Vector512.Create(Unsafe.Add(ref k, i + 6)) + Unsafe.Add(ref w, (i + 6) & 15));
            Round(b, c, d, ref e, f, g, h, ref a, Vector512.Create(Unsafe.Add(ref k, i + 7)) + Unsafe.Add(ref w, (i + 7) & 15));
        }

        a += Vector512.Create(Sha256Lanes.Initial[0]);
        b += Vector512.Create(Sha256Lanes.Initial[1]);
        c += Vector512.Create(Sha256Lanes.Initial[2]);
        d += Vector512.Create(Sha256Lanes.Initial[3]);
        e += Vector512.Create(Sha256Lanes.Initial[4]);
        f += Vector512.Create(Sha256Lanes.Initial[5]);
        g += Vector512.Create(Sha256Lanes.Initial[6]);
        h += Vector512.Create(Sha256Lanes.Initial[7]);
        Vector512<uint> a0 = a;
        Vector512<uint> b0 = b;
        Vector512<uint> c0 = c;
        Vector512<uint> d0 = d;
        Vector512<uint> e0 = e;
        Vector512<uint> f0 = f;
        Vector512<uint> g0 = g;
        Vector512<uint> h0 = h;
        k = ref MemoryMarshal.GetArrayDataReference(Sha256Lanes.PaddingK);
        for (int i = 0; i < 64; i += 8)
        {
            Round(a, b, c, ref d, e, f, g, ref h, Vector512.Create(Unsafe.Add(ref k, i + 0)));
            Round(h, a, b, ref c, d, e, f, ref g, Vector512.Create(Unsafe.Add(ref k, i + 1)));
            Round(g, h, a, ref b, c, d, e, ref f, Vector512.Create(Unsafe.Add(ref k, i + 2)));
            Round(f, g, h, ref a, b, c, d, ref e, Vector512.Create(Unsafe.Add(ref k, i + 3)));
            Round(e, f, g, ref h, a, b, c, ref d, Vector512.Create(Unsafe.Add(ref k, i + 4)));
            Round(d, e, f, ref g, h, a, b, ref c, Vector512.Create(Unsafe.Add(ref k, i + 5)));
            Round(c, d, e, ref f, g, h, a, ref b, Vector512.Create(Unsafe.Add(ref k, i + 6)));
            Round(b, c, d, ref e, f, g, h, ref a, Vector512.Create(Unsafe.Add(ref k, i + 7)));
        }

        a += a0;
        b += b0;
        c += c0;
        d += d0;
        e += e0;
        f += f0;
        g += g0;
        h += h0;
        Sha256Lanes.StoreTransposed(
            ref digests, a.GetLower(), b.GetLower(), c.GetLower(), d.GetLower(), e.GetLower(), f.GetLower(), g.GetLower(), h.GetLower());
        Sha256Lanes.StoreTransposed(
            ref Unsafe.Add(ref digests, 8 * Root.Size),
            a.GetUpper(),
            b.GetUpper(),
            c.GetUpper(),
            d.GetUpper(),
            e.GetUpper(),
            f.GetUpper(),
            g.GetUpper(),
            h.GetUpper());
    }

    /// <summary>Computes the next eight words of the message schedule in place of the oldest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(ref Vector512<uint> w, int first)
    {
        for (int i = first; i < first + 8; i++)
        {
            Vector512<uint> w15 = Unsafe.Add(ref w, (i - 15) & 15);
            Vector512<uint> w2 = Unsafe.Add(ref w, (i - 2) & 15);
            Vector512<uint> s0 = Xor(RotateRight(w15, 7), RotateRight(w15, 18), w15 >>> 3);
            Vector512<uint> s1 = Xor(RotateRight(w2, 17), RotateRight(w2, 19), w2 >>> 10);
            Unsafe.Add(ref w, i & 15) += s0 + Unsafe.Add(ref w, (i - 7) & 15) + s1;
        }
    }

    /// <summary>One round; the caller rotates the names instead of the values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector512<uint> a,
        Vector512<uint> b,
        Vector512<uint> c,
        ref Vector512<uint> d,
        Vector512<uint> e,
        Vector512<uint> f,
        Vector512<uint> g,
        ref Vector512<uint> h,
        Vector512<uint> kw)
    {
        Vector512<uint> t1 = h + kw + Choose(e, f, g) + Xor(RotateRight(e, 6), RotateRight(e, 11), RotateRight(e, 25));
        d += t1;
        h = t1 + Majority(a, b, c) + Xor(RotateRight(a, 2), RotateRight(a, 13), RotateRight(a, 22));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Choose(Vector512<uint> e, Vector512<uint> f, Vector512<uint> g) =>
        Avx512F.IsSupported ? Avx512F.TernaryLogic(e, f, g, 0xCA) : g ^ (e & (f ^ g));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Majority(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        Avx512F.IsSupported ? Avx512F.TernaryLogic(a, b, c, 0xE8) : (a & b) | (c & (a | b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        Avx512F.IsSupported ? Avx512F.TernaryLogic(a, b, c, 0x96) : a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> RotateRight(Vector512<uint> value, [ConstantExpected] byte count) =>
        Avx512F.IsSupported ? Avx512F.RotateRight(value, count) : (value >>> count) | (value << (32 - count));
}
