namespace Beacon.Ssz;

/// <summary>What bitlists and bitvectors share.</summary>
internal static class SszBits
{
    /// <summary>Root of packed bits for a limit in bits, without a length.</summary>
    public static Root RootOf(ReadOnlySpan<byte> bytes, ulong limit)
    {
        int chunks = (bytes.Length + Root.Size - 1) / Root.Size;
        using RentedBytes buffer = new(chunks * Root.Size);
        bytes.CopyTo(buffer.Span);
        buffer.Span[bytes.Length..].Clear();
        return Merkle.Merkleize(buffer.Span, Merkle.DepthOf((ulong)(((UInt128)limit + 255) / 256)));
    }

    /// <summary>The bits from the first to the last, as digits.</summary>
    public static string Format(byte[] bytes, int length) => string.Create(length, bytes, static (text, bits) =>
    {
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (bits[i >> 3] & (1 << (i & 7))) != 0 ? '1' : '0';
        }
    });
}
