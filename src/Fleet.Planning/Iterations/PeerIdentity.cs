using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Planning;

/// <summary>libp2p peer IDs of secp256k1 keys.</summary>
public static class PeerIdentity
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>Data key of the identity Secret.</summary>
    public const string SecretKey = "key";

    /// <summary>The peer ID of the key in an identity Secret: 64 hexadecimal digits.</summary>
    /// <returns>null when the text is not a usable private key.</returns>
    public static string? FromHex(string text)
    {
        text = text.Trim();
        if (text.Length != 64)
        {
            return null;
        }

        try
        {
            return FromPrivateKey(Convert.FromHexString(text));
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The peer ID of a private key of 32 bytes.</summary>
    /// <exception cref="CryptographicException">The bytes are not a private key of the curve.</exception>
    public static string FromPrivateKey(byte[] privateKey)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.CreateFromValue("1.3.132.0.10"), D = privateKey });
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;

        // Protobuf PublicKey { type = Secp256k1, data = compressed point } as an identity multihash.
        byte[] id = [0x00, 0x25, 0x08, 0x02, 0x12, 0x21, (byte)(2 + (point.Y![^1] & 1)), .. point.X!];
        return Base58(id);
    }

    private static string Base58(byte[] bytes)
    {
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new StringBuilder();
        while (number > 0)
        {
            number = BigInteger.DivRem(number, 58, out BigInteger digit);
            text.Insert(0, Alphabet[(int)digit]);
        }

        foreach (byte value in bytes)
        {
            if (value != 0)
            {
                break;
            }

            text.Insert(0, '1');
        }

        return text.ToString();
    }
}
