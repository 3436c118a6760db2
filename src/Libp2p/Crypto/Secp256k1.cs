using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Libp2p.Crypto;

/// <summary>ECDSA over secp256k1 with SHA-256 by .NET, in the form libp2p uses: compressed keys, DER signatures, low S.</summary>
public static class Secp256k1
{
    /// <summary>Bytes of a compressed public key.</summary>
    public const int PublicKeySize = 33;

    /// <summary>Bytes of a private key.</summary>
    public const int PrivateKeySize = 32;

    private const string CurveOid = "1.3.132.0.10";
    private static readonly BigInteger FieldPrime = Parse("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F");
    private static readonly BigInteger Order = Parse("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141");
    private static readonly BigInteger HalfOrder = Order >> 1;
    private static readonly BigInteger SquareRootExponent = (FieldPrime + 1) >> 2;

    /// <summary>Makes a new private key.</summary>
    public static byte[] NewPrivateKey()
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromValue(CurveOid));
        return key.ExportParameters(includePrivateParameters: true).D!;
    }

    /// <summary>Compressed public key of a 32-byte private one.</summary>
    /// <exception cref="CryptographicException">The key is zero or not below the group order.</exception>
    public static byte[] PublicKey(ReadOnlySpan<byte> privateKey)
    {
        using ECDsa key = Import(privateKey);
        return Compress(key.ExportParameters(includePrivateParameters: false).Q);
    }

    /// <summary>Signs <paramref name="message"/>; DER, S in the lower half of the order.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message)
    {
        using ECDsa key = Import(privateKey);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(message, hash);
        byte[] fixedForm = key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        BigInteger s = Read(fixedForm.AsSpan(32));
        if (s > HalfOrder)
        {
            // Half of all signatures come out with high S, which js-libp2p refuses.
            s = Order - s;
        }

        return EncodeDer(Read(fixedForm.AsSpan(0, 32)), s);
    }

    /// <summary>True when the DER <paramref name="signature"/> of <paramref name="message"/> is by the holder of <paramref name="publicKey"/>.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length is < 8 or > 80 || !TryDecompress(publicKey, out ECPoint point))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(message, hash);
        try
        {
            using ECDsa key = ECDsa.Create(new ECParameters { Curve = ECCurve.CreateFromValue(CurveOid), Q = point });
            return key.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Point of a compressed (33 bytes) or uncompressed (65 bytes) public key; false when it is not on the curve.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> publicKey, out ECPoint point)
    {
        point = default;
        bool compressed = publicKey.Length == PublicKeySize && publicKey[0] is 2 or 3;
        if (!compressed && !(publicKey.Length == 65 && publicKey[0] == 4))
        {
            return false;
        }

        BigInteger x = Read(publicKey.Slice(1, 32));
        if (x >= FieldPrime)
        {
            return false;
        }

        BigInteger square = (BigInteger.ModPow(x, 3, FieldPrime) + 7) % FieldPrime;
        BigInteger y;
        if (compressed)
        {
            // The prime is 3 mod 4, so a power gives the root.
            y = BigInteger.ModPow(square, SquareRootExponent, FieldPrime);
            if (y.IsEven == (publicKey[0] == 3))
            {
                y = FieldPrime - y;
            }
        }
        else
        {
            y = Read(publicKey[33..]);
        }

        if (y >= FieldPrime || y * y % FieldPrime != square)
        {
            return false;
        }

        point = new ECPoint { X = publicKey.Slice(1, 32).ToArray(), Y = Write32(y) };
        return true;
    }

    private static byte[] Compress(ECPoint point)
    {
        byte[] key = new byte[PublicKeySize];
        key[0] = (byte)(2 + (point.Y![^1] & 1));
        point.X!.CopyTo(key.AsSpan(PublicKeySize - point.X!.Length));
        return key;
    }

    private static ECDsa Import(ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != PrivateKeySize)
        {
            throw new CryptographicException($"a secp256k1 private key has {PrivateKeySize} bytes, not {privateKey.Length}");
        }

        BigInteger d = Read(privateKey);
        if (d.IsZero || d >= Order)
        {
            throw new CryptographicException("a secp256k1 private key is zero or not below the group order");
        }

        return ECDsa.Create(new ECParameters { Curve = ECCurve.CreateFromValue(CurveOid), D = privateKey.ToArray() });
    }

    private static byte[] EncodeDer(BigInteger r, BigInteger s)
    {
        byte[] first = r.ToByteArray(isUnsigned: false, isBigEndian: true);
        byte[] second = s.ToByteArray(isUnsigned: false, isBigEndian: true);
        return [0x30, (byte)(4 + first.Length + second.Length), 0x02, (byte)first.Length, .. first, 0x02, (byte)second.Length, .. second];
    }

    private static BigInteger Read(ReadOnlySpan<byte> value) => new(value, isUnsigned: true, isBigEndian: true);

    private static byte[] Write32(BigInteger value)
    {
        byte[] bytes = new byte[32];
        byte[] raw = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        raw.CopyTo(bytes.AsSpan(32 - raw.Length));
        return bytes;
    }

    private static BigInteger Parse(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
