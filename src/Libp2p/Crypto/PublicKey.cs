using System.Buffers;
using Libp2p.Protobuf;

namespace Libp2p.Crypto;

/// <summary>Kinds of keys as numbered in libp2p's peer ID specification.</summary>
public enum KeyType
{
    /// <summary>Known by name only; its holders cannot be verified here.</summary>
    Rsa = 0,

    /// <summary>RFC 8032.</summary>
    Ed25519 = 1,

    /// <summary>ECDSA over secp256k1.</summary>
    Secp256k1 = 2,

    /// <summary>Known by name only; its holders cannot be verified here.</summary>
    Ecdsa = 3,
}

/// <summary>A peer's public key in libp2p's protobuf form.</summary>
public sealed class PublicKey
{
    /// <summary>Longest encoded key that is looked at.</summary>
    public const int MaxEncoded = 512;

    /// <summary>Makes a key of raw bytes.</summary>
    public PublicKey(KeyType type, ReadOnlySpan<byte> raw)
    {
        Type = type;
        Raw = raw.ToArray();
        var buffer = new ArrayBufferWriter<byte>(64);
        var writer = new ProtoWriter(buffer);
        writer.WriteVarint(1, (ulong)type);
        writer.WriteBytes(2, raw);
        Encoded = buffer.WrittenSpan.ToArray();
    }

    /// <summary>Kind of key.</summary>
    public KeyType Type { get; }

    /// <summary>Raw bytes: 32 for Ed25519, 33 for secp256k1.</summary>
    public byte[] Raw { get; }

    /// <summary>Deterministic protobuf form.</summary>
    public byte[] Encoded { get; }

    /// <summary>Decodes the protobuf form of an Ed25519 or secp256k1 key.</summary>
    /// <exception cref="ProtocolViolationException">Malformed, or a kind of key that is not supported.</exception>
    public static PublicKey Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length > MaxEncoded)
        {
            throw new ProtocolViolationException($"public key of {encoded.Length} bytes, at most {MaxEncoded} are accepted");
        }

        ulong? type = null;
        ReadOnlySpan<byte> raw = default;
        var reader = new ProtoReader(encoded);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    type = reader.ReadVarint();
                    break;
                case 2:
                    raw = reader.ReadBytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        bool good = type switch
        {
            (ulong)KeyType.Ed25519 => raw.Length == Ed25519.KeySize,
            (ulong)KeyType.Secp256k1 => raw.Length == Secp256k1.PublicKeySize,
            _ => false,
        };
        return good
            ? new PublicKey((KeyType)type!.Value, raw)
            : throw new ProtocolViolationException("public key of an unsupported kind or length (Ed25519 and secp256k1 are supported)");
    }

    /// <summary>True when <paramref name="signature"/> of <paramref name="message"/> is by the holder of this key.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Type switch
    {
        KeyType.Ed25519 => Ed25519.Verify(Raw, message, signature),
        KeyType.Secp256k1 => Secp256k1.Verify(Raw, message, signature),
        _ => false,
    };
}

/// <summary>Our own key pair.</summary>
public sealed class Identity
{
    private readonly byte[] _privateKey;

    private Identity(KeyType type, byte[] privateKey, PublicKey publicKey)
    {
        _privateKey = privateKey;
        Type = type;
        PublicKey = publicKey;
        PeerId = Multiformats.PeerId.FromPublicKey(publicKey);
    }

    /// <summary>Kind of key.</summary>
    public KeyType Type { get; }

    /// <summary>Public half.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Peer ID of the public half.</summary>
    public Multiformats.PeerId PeerId { get; }

    /// <summary>Identity of a 32-byte secp256k1 private key.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key is out of range.</exception>
    public static Identity FromSecp256k1(ReadOnlySpan<byte> privateKey) =>
        new(KeyType.Secp256k1, privateKey.ToArray(), new PublicKey(KeyType.Secp256k1, Secp256k1.PublicKey(privateKey)));

    /// <summary>Identity of a 32-byte Ed25519 seed.</summary>
    public static Identity FromEd25519(ReadOnlySpan<byte> seed) =>
        new(KeyType.Ed25519, seed.ToArray(), new PublicKey(KeyType.Ed25519, Ed25519.PublicKey(seed)));

    /// <summary>A new random secp256k1 identity.</summary>
    public static Identity New() => FromSecp256k1(Secp256k1.NewPrivateKey());

    /// <summary>Identity of a key file's text: 64 hexadecimal digits, a secp256k1 private key.</summary>
    /// <exception cref="FormatException">Not 64 hexadecimal digits.</exception>
    public static Identity FromHex(string text)
    {
        string digits = text.Trim();
        if (digits.Length != 64)
        {
            throw new FormatException($"an identity key is 64 hexadecimal digits, this one has {digits.Length} characters");
        }

        return FromSecp256k1(Convert.FromHexString(digits));
    }

    /// <summary>Signs <paramref name="message"/> the way libp2p does for this kind of key.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => Type switch
    {
        KeyType.Ed25519 => Ed25519.Sign(_privateKey, message),
        _ => Secp256k1.Sign(_privateKey, message),
    };
}
