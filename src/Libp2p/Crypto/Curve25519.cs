using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Libp2p.Crypto;

/// <summary>X25519 (RFC 7748) through libcrypto.</summary>
public static class X25519
{
    /// <summary>Bytes of a private key, a public key and a shared secret.</summary>
    public const int KeySize = 32;

    /// <summary>Public key of a private one.</summary>
    /// <exception cref="CryptographicException">The key is not 32 bytes or libcrypto refused it.</exception>
    public static byte[] PublicKey(ReadOnlySpan<byte> privateKey)
    {
        using SafeEvpPkeyHandle key = EvpKeys.Private(Interop.X25519, privateKey);
        return EvpKeys.PublicOf(key);
    }

    /// <summary>Shared secret of our private and a peer's public key.</summary>
    /// <exception cref="CryptographicException">A key is malformed, or the result is all zero (a low-order point).</exception>
    public static byte[] SharedSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey)
    {
        using SafeEvpPkeyHandle mine = EvpKeys.Private(Interop.X25519, privateKey);
        using SafeEvpPkeyHandle theirs = EvpKeys.Public(Interop.X25519, publicKey);
        using SafeEvpPkeyContextHandle context = Interop.NewContext(mine, 0);
        byte[] secret = new byte[KeySize];
        nuint length = KeySize;
        if (context.IsInvalid
            || Interop.DeriveInit(context) != 1
            || Interop.DeriveSetPeer(context, theirs) != 1
            || Interop.Derive(context, secret, ref length) != 1
            || length != KeySize)
        {
            EvpKeys.Throw("X25519 agreement failed");
        }

        return secret;
    }
}

/// <summary>Ed25519 (RFC 8032) through libcrypto.</summary>
public static class Ed25519
{
    /// <summary>Bytes of a seed (private key) and of a public key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureSize = 64;

    /// <summary>Public key of a 32-byte seed.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        using SafeEvpPkeyHandle key = EvpKeys.Private(Interop.Ed25519, seed);
        return EvpKeys.PublicOf(key);
    }

    /// <summary>Signs <paramref name="message"/> with a 32-byte seed.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        using SafeEvpPkeyHandle key = EvpKeys.Private(Interop.Ed25519, seed);
        using SafeEvpMdContextHandle context = Interop.NewDigestContext();
        byte[] signature = new byte[SignatureSize];
        nuint length = SignatureSize;
        if (context.IsInvalid
            || Interop.DigestSignInit(context, 0, 0, 0, key) != 1
            || Interop.DigestSign(context, signature, ref length, message, (nuint)message.Length) != 1
            || length != SignatureSize)
        {
            EvpKeys.Throw("Ed25519 signing failed");
        }

        return signature;
    }

    /// <summary>True when <paramref name="signature"/> of <paramref name="message"/> is by the holder of <paramref name="publicKey"/>.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != KeySize || signature.Length != SignatureSize)
        {
            return false;
        }

        using SafeEvpPkeyHandle key = EvpKeys.Public(Interop.Ed25519, publicKey);
        using SafeEvpMdContextHandle context = Interop.NewDigestContext();
        if (context.IsInvalid || Interop.DigestVerifyInit(context, 0, 0, 0, key) != 1)
        {
            EvpKeys.Throw("Ed25519 verification could not start");
        }

        bool good = Interop.DigestVerify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
        if (!good)
        {
            Interop.ClearErrors();
        }

        return good;
    }
}

/// <summary>Raw keys in and out of EVP_PKEY.</summary>
internal static class EvpKeys
{
    private const int RawKeySize = 32;

    internal static SafeEvpPkeyHandle Private(int type, ReadOnlySpan<byte> key) => Checked(key, Interop.NewRawPrivateKey(type, 0, key, (nuint)key.Length));

    internal static SafeEvpPkeyHandle Public(int type, ReadOnlySpan<byte> key) => Checked(key, Interop.NewRawPublicKey(type, 0, key, (nuint)key.Length));

    internal static byte[] PublicOf(SafeEvpPkeyHandle key)
    {
        byte[] raw = new byte[RawKeySize];
        nuint length = RawKeySize;
        if (Interop.GetRawPublicKey(key, raw, ref length) != 1 || length != RawKeySize)
        {
            Throw("libcrypto gave no public key");
        }

        return raw;
    }

    [DoesNotReturn]
    internal static void Throw(string message)
    {
        // The error queue is per thread; left full it would confuse the next caller of libcrypto on this thread.
        Interop.ClearErrors();
        throw new CryptographicException(message);
    }

    private static SafeEvpPkeyHandle Checked(ReadOnlySpan<byte> key, SafeEvpPkeyHandle handle)
    {
        if (handle.IsInvalid)
        {
            handle.Dispose();
            Throw($"libcrypto refused a raw key of {key.Length} bytes");
        }

        return handle;
    }
}
