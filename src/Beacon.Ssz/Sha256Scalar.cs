using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Beacon.Ssz;

/// <summary>SHA-256 of one short message without the set-up cost of the platform's implementation, which exceeds the hashing itself.</summary>
internal static class Sha256Scalar
{
    /// <summary>Longest message that fits one block together with its padding.</summary>
    public const int LongestOneBlockMessage = 55;

    /// <summary>Hashes a message of 64 bytes.</summary>
    [SkipLocalsInit]
    public static void HashBlock(ReadOnlySpan<byte> block, Span<byte> digest)
    {
        Span<uint> state = stackalloc uint[8];
        Span<uint> w = stackalloc uint[16];
        Sha256Lanes.Initial.CopyTo(state);
        for (int i = 0; i < w.Length; i++)
        {
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        }

        Compress(ref state[0], ref w[0]);
        CompressPadding(ref state[0]);
        Write(state, digest);
    }

    /// <summary>Hashes a message of at most <see cref="LongestOneBlockMessage"/> bytes.</summary>
    public static void HashShort(ReadOnlySpan<byte> message, Span<byte> digest)
    {
        Span<byte> block = stackalloc byte[Hasher.BlockSize];
        block.Clear();
        message.CopyTo(block);
        block[message.Length] = 0x80;
        block[62] = (byte)(message.Length >> 5);
        block[63] = (byte)(message.Length << 3);
        Span<uint> state = stackalloc uint[8];
        Span<uint> w = stackalloc uint[16];
        Sha256Lanes.Initial.CopyTo(state);
        for (int i = 0; i < w.Length; i++)
        {
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        }

        Compress(ref state[0], ref w[0]);
        Write(state, digest);
    }

    private static void Write(ReadOnlySpan<uint> state, Span<byte> digest)
    {
        for (int i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], state[i]);
        }
    }

    /// <summary>The compression function; the 16 message words are overwritten.</summary>
    private static void Compress(ref uint state, ref uint w)
    {
        ref uint k = ref MemoryMarshal.GetArrayDataReference(Sha256Lanes.K);
        uint a = Unsafe.Add(ref state, 0);
        uint b = Unsafe.Add(ref state, 1);
        uint c = Unsafe.Add(ref state, 2);
        uint d = Unsafe.Add(ref state, 3);
        uint e = Unsafe.Add(ref state, 4);
        uint f = Unsafe.Add(ref state, 5);
        uint g = Unsafe.Add(ref state, 6);
        uint h = Unsafe.Add(ref state, 7);
        for (int i = 0; i < 64; i += 8)
        {
            if (i >= 16)
            {
                Extend(ref w, i);
            }

            Round(a, b, c, ref d, e, f, g, ref h, Unsafe.Add(ref k, i + 0) + Unsafe.Add(ref w, (i + 0) & 15));
            Round(h, a, b, ref c, d, e, f, ref g, Unsafe.Add(ref k, i + 1) + Unsafe.Add(ref w, (i + 1) & 15));
            Round(g, h, a, ref b, c, d, e, ref f, Unsafe.Add(ref k, i + 2) + Unsafe.Add(ref w, (i + 2) & 15));
            Round(f, g, h, ref a, b, c, d, ref e, Unsafe.Add(ref k, i + 3) + Unsafe.Add(ref w, (i + 3) & 15));
            Round(e, f, g, ref h, a, b, c, ref d, Unsafe.Add(ref k, i + 4) + Unsafe.Add(ref w, (i + 4) & 15));
            Round(d, e, f, ref g, h, a, b, ref c, Unsafe.Add(ref k, i + 5) + Unsafe.Add(ref w, (i + 5) & 15));
            Round(c, d, e, ref f, g, h, a, ref b, Unsafe.Add(ref k, i + 6) + Unsafe.Add(ref w, (i + 6) & 15));
            Round(b, c, d, ref e, f, g, h, ref a, Unsafe.Add(ref k, i + 7) + Unsafe.Add(ref w, (i + 7) & 15));
        }

        Unsafe.Add(ref state, 0) += a;
        Unsafe.Add(ref state, 1) += b;
        Unsafe.Add(ref state, 2) += c;
        Unsafe.Add(ref state, 3) += d;
        Unsafe.Add(ref state, 4) += e;
        Unsafe.Add(ref state, 5) += f;
        Unsafe.Add(ref state, 6) += g;
        Unsafe.Add(ref state, 7) += h;
    }

    /// <summary>The compression function over the padding block of a 64-byte message.</summary>
    private static void CompressPadding(ref uint state)
    {
        ref uint k = ref MemoryMarshal.GetArrayDataReference(Sha256Lanes.PaddingK);
        uint a = Unsafe.Add(ref state, 0);
        uint b = Unsafe.Add(ref state, 1);
        uint c = Unsafe.Add(ref state, 2);
        uint d = Unsafe.Add(ref state, 3);
        uint e = Unsafe.Add(ref state, 4);
        uint f = Unsafe.Add(ref state, 5);
        uint g = Unsafe.Add(ref state, 6);
        uint h = Unsafe.Add(ref state, 7);
        for (int i = 0; i < 64; i += 8)
        {
            Round(a, b, c, ref d, e, f, g, ref h, Unsafe.Add(ref k, i + 0));
            Round(h, a, b, ref c, d, e, f, ref g, Unsafe.Add(ref k, i + 1));
            Round(g, h, a, ref b, c, d, e, ref f, Unsafe.Add(ref k, i + 2));
            Round(f, g, h, ref a, b, c, d, ref e, Unsafe.Add(ref k, i + 3));
            Round(e, f, g, ref h, a, b, c, ref d, Unsafe.Add(ref k, i + 4));
            Round(d, e, f, ref g, h, a, b, ref c, Unsafe.Add(ref k, i + 5));
            Round(c, d, e, ref f, g, h, a, ref b, Unsafe.Add(ref k, i + 6));
            Round(b, c, d, ref e, f, g, h, ref a, Unsafe.Add(ref k, i + 7));
        }

        Unsafe.Add(ref state, 0) += a;
        Unsafe.Add(ref state, 1) += b;
        Unsafe.Add(ref state, 2) += c;
        Unsafe.Add(ref state, 3) += d;
        Unsafe.Add(ref state, 4) += e;
        Unsafe.Add(ref state, 5) += f;
        Unsafe.Add(ref state, 6) += g;
        Unsafe.Add(ref state, 7) += h;
    }

    /// <summary>Computes the next eight words of the message schedule in place of the oldest.</summary>
    private static void Extend(ref uint w, int first)
    {
        for (int i = first; i < first + 8; i++)
        {
            uint w15 = Unsafe.Add(ref w, (i - 15) & 15);
            uint w2 = Unsafe.Add(ref w, (i - 2) & 15);
            uint s0 = uint.RotateRight(w15, 7) ^ uint.RotateRight(w15, 18) ^ (w15 >> 3);
            uint s1 = uint.RotateRight(w2, 17) ^ uint.RotateRight(w2, 19) ^ (w2 >> 10);
            Unsafe.Add(ref w, i & 15) += s0 + Unsafe.Add(ref w, (i - 7) & 15) + s1;
        }
    }

    /// <summary>One round; the caller rotates the names instead of the values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint kw)
    {
        uint t1 = h + kw + (g ^ (e & (f ^ g))) + (uint.RotateRight(e, 6) ^ uint.RotateRight(e, 11) ^ uint.RotateRight(e, 25));
        d += t1;
        h = t1 + ((a & b) | (c & (a | b))) + (uint.RotateRight(a, 2) ^ uint.RotateRight(a, 13) ^ uint.RotateRight(a, 22));
    }
}
