using System.Security.Cryptography;

namespace Beacon.Crypto.Keys;

/// <summary>How a keystore's key is derived from the password; one of <see cref="Pbkdf2"/> and <see cref="Scrypt"/>.</summary>
/// <param name="Salt">Random bytes.</param>
public abstract record KeystoreKdf(byte[] Salt)
{
    /// <summary>Length of the derived key, in bytes: half encrypts, half is the checksum's.</summary>
    internal const int KeyLength = 32;

    /// <summary>Derives the key.</summary>
    internal abstract byte[] Derive(ReadOnlySpan<byte> password);

    /// <summary>PBKDF2 with HMAC-SHA-256 (RFC 8018).</summary>
    /// <param name="Iterations">Rounds.</param>
    /// <param name="Salt">Random bytes.</param>
    public sealed record Pbkdf2(int Iterations, byte[] Salt) : KeystoreKdf(Salt)
    {
        /// <summary>Rounds that make guessing a person's password slow.</summary>
        public const int StrongIterations = 262_144;

        /// <summary>Fewest rounds that RFC 8018 finds acceptable; right where the password is a random one kept beside the keystore.</summary>
        public const int SmallestIterations = 1000;

        /// <inheritdoc/>
        internal override byte[] Derive(ReadOnlySpan<byte> password) =>
            Rfc2898DeriveBytes.Pbkdf2(password, Salt, Iterations, HashAlgorithmName.SHA256, KeyLength);
    }

    /// <summary>scrypt (RFC 7914).</summary>
    /// <param name="N">Cost, a power of two.</param>
    /// <param name="R">Block size.</param>
    /// <param name="P">Parallelism.</param>
    /// <param name="Salt">Random bytes.</param>
    public sealed record Scrypt(int N, int R, int P, byte[] Salt) : KeystoreKdf(Salt)
    {
        /// <summary>Cost that makes guessing a person's password slow (about 1 s and 256 MiB with R = 8).</summary>
        public const int StrongN = 262_144;

        /// <summary>Most memory a keystore may ask for, in bytes.</summary>
        private const ulong MaximumMemory = 1UL << 30;

        /// <inheritdoc/>
        internal override byte[] Derive(ReadOnlySpan<byte> password)
        {
            byte[] key = new byte[KeyLength];
            int result = Native.LibCrypto.EVP_PBE_scrypt(
                password, (nuint)password.Length, Salt, (nuint)Salt.Length, (ulong)N, (ulong)R, (ulong)P, MaximumMemory, key, KeyLength);
            return result == 1
                ? key
                : throw new KeystoreException($"scrypt refused its parameters n={N}, r={R}, p={P} (n must be a power of two, and the memory needed at most 1 GiB).");
        }
    }
}

/// <summary>A keystore that cannot be read or opened; the message says why.</summary>
public sealed class KeystoreException(string message, Exception? innerException = null) : Exception(message, innerException);
