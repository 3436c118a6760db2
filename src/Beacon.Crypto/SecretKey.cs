using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Beacon.Crypto.Native;

namespace Beacon.Crypto;

/// <summary>A BLS secret key: a number between 1 and the group order minus 1.</summary>
/// <remarks>Thread-safe. <see cref="Dispose"/> overwrites the number; the key then refuses to sign.</remarks>
public sealed class SecretKey : IDisposable
{
    /// <summary>Length of the big-endian form, in bytes.</summary>
    public const int Length = 32;

    // Pinned, so that the collector leaves no copies behind and Dispose erases the only one.
    private readonly Scalar[] _scalar = GC.AllocateUninitializedArray<Scalar>(1, pinned: true);
    private volatile bool _disposed;

    internal SecretKey(in Scalar scalar) => _scalar[0] = scalar;

    internal ref readonly Scalar Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ref _scalar[0];
        }
    }

    /// <summary>Reads a big-endian key.</summary>
    /// <param name="bytes">32 bytes.</param>
    /// <exception cref="ArgumentException">Wrong length, zero, or not below the group order.</exception>
    public static SecretKey FromBytes(ReadOnlySpan<byte> bytes) =>
        TryFromBytes(bytes, out SecretKey? key)
            ? key
            : throw new ArgumentException("These bytes are not a BLS secret key (32 bytes, big-endian, not zero, below the group order).", nameof(bytes));

    /// <summary>Reads a big-endian key; false when it is zero, not below the group order or of another length.</summary>
    /// <param name="bytes">32 bytes.</param>
    /// <param name="key">The key, or null.</param>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SecretKey? key)
    {
        key = null;
        if (bytes.Length != Length)
        {
            return false;
        }

        Blst.blst_scalar_from_bendian(out Scalar scalar, bytes);
        if (Blst.blst_sk_check(in scalar))
        {
            key = new SecretKey(in scalar);
        }

        Erase(ref scalar);
        return key is not null;
    }

    /// <summary><c>KeyGen</c> of the BLS signature draft: a key from input keying material.</summary>
    /// <param name="keyingMaterial">At least 32 bytes of secret, unguessable data.</param>
    /// <exception cref="ArgumentException">Less than 32 bytes.</exception>
    public static SecretKey Generate(ReadOnlySpan<byte> keyingMaterial)
    {
        if (keyingMaterial.Length < 32)
        {
            throw new ArgumentException("Key generation needs at least 32 bytes of keying material.", nameof(keyingMaterial));
        }

        Blst.blst_keygen(out Scalar scalar, keyingMaterial, (nuint)keyingMaterial.Length, default, 0);
        var key = new SecretKey(in scalar);
        Erase(ref scalar);
        return key;
    }

    /// <summary>A new random key.</summary>
    public static SecretKey Generate()
    {
        Span<byte> random = stackalloc byte[32];
        RandomNumberGenerator.Fill(random);
        SecretKey key = Generate(random);
        CryptographicOperations.ZeroMemory(random);
        return key;
    }

    /// <summary>The public key that belongs to this key.</summary>
    public PublicKey ToPublicKey()
    {
        Blst.blst_sk_to_pk_in_g1(out P1 point, in Value);
        Blst.blst_p1_to_affine(out P1Affine affine, in point);
        return new PublicKey(in affine);
    }

    /// <summary>Signs a message (in the beacon chain: a 32-byte signing root).</summary>
    public Signature Sign(ReadOnlySpan<byte> message)
    {
        Blst.blst_hash_to_g2(out P2 hash, message, (nuint)message.Length, Ciphersuite.Tag, (nuint)Ciphersuite.Tag.Length, 0, 0);
        Blst.blst_sign_pk_in_g1(out P2 signature, in hash, in Value);
        Blst.blst_p2_to_affine(out P2Affine affine, in signature);
        return new Signature(in affine);
    }

    /// <summary>The key as 32 bytes, big-endian. The caller erases them.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        Blst.blst_bendian_from_scalar(bytes, in Value);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        Erase(ref _scalar[0]);
    }

    private static void Erase(ref Scalar scalar) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<Scalar>(ref scalar)));
}
