using System.Runtime.InteropServices;

namespace Beacon.Crypto.Native;

/// <summary>What .NET's own cryptography lacks, from OpenSSL's libcrypto.</summary>
internal static partial class LibCrypto
{
    static LibCrypto() => NativeLibraries.Register();

    /// <summary>Derives a key with scrypt (RFC 7914).</summary>
    /// <returns>1, or 0 when the parameters are refused or memory is missing.</returns>
    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_PBE_scrypt(
        ReadOnlySpan<byte> password, nuint passwordLength, ReadOnlySpan<byte> salt, nuint saltLength,
        ulong n, ulong r, ulong p, ulong maximumMemory, Span<byte> key, nuint keyLength);
}
