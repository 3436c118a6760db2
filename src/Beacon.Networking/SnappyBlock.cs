using Snappier;

namespace Beacon.Networking;

/// <summary>snappy's block format, its claimed length checked before anything is decompressed.</summary>
public static class SnappyBlock
{
    /// <summary>Compresses.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> data) => Snappy.CompressToArray(data);

    /// <summary>Decompresses to at most <paramref name="maxLength"/> bytes; null when malformed or longer.</summary>
    public static byte[]? TryDecompress(ReadOnlySpan<byte> compressed, int maxLength)
    {
        try
        {
            if (compressed.IsEmpty || Snappy.GetUncompressedLength(compressed) is var length && (length < 0 || length > maxLength))
            {
                return null;
            }

            byte[] data = new byte[Snappy.GetUncompressedLength(compressed)];
            return Snappy.Decompress(compressed, data) == data.Length ? data : null;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            // What the library says of malformed input.
            return null;
        }
    }
}
