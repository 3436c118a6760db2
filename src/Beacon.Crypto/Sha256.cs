using System.Security.Cryptography;

namespace Beacon.Crypto;

/// <summary>SHA-256, the spec's <c>hash</c>.</summary>
public static class Sha256
{
    /// <summary>Length of a hash, in bytes.</summary>
    public const int Length = 32;

    /// <summary>Hash of one input.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> data) => SHA256.HashData(data);

    /// <summary>Hash of one input, written to <paramref name="destination"/> (at least 32 bytes).</summary>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination) => SHA256.HashData(data, destination);

    /// <summary>Hash of two inputs one after the other.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(first);
        hash.AppendData(second);
        return hash.GetHashAndReset();
    }
}
