using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Libp2p.Crypto;

namespace Libp2p.Multiformats;

/// <summary>Name of a peer: the multihash of its public key.</summary>
/// <remarks>Short keys are embedded (identity multihash), long ones hashed with SHA-256. Ordered by bytes.</remarks>
public sealed class PeerId : IEquatable<PeerId>, IComparable<PeerId>
{
    private const int MaxInlineKey = 42;
    private readonly byte[] _bytes;
    private readonly string _text;

    private PeerId(byte[] bytes)
    {
        _bytes = bytes;
        _text = Base58.Encode(bytes);
    }

    /// <summary>The multihash.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Peer ID of a public key.</summary>
    public static PeerId FromPublicKey(PublicKey key)
    {
        byte[] encoded = key.Encoded;
        return encoded.Length <= MaxInlineKey
            ? new PeerId([0x00, (byte)encoded.Length, .. encoded])
            : new PeerId([0x12, 0x20, .. SHA256.HashData(encoded)]);
    }

    /// <summary>Reads a multihash.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PeerId? peerId)
    {
        bool good = bytes.Length >= 3
            && ((bytes[0] == 0x00 && bytes[1] <= MaxInlineKey && bytes[1] == bytes.Length - 2)
                || (bytes[0] == 0x12 && bytes[1] == 0x20 && bytes.Length == 34));
        peerId = good ? new PeerId(bytes.ToArray()) : null;
        return good;
    }

    /// <summary>Reads base58btc text, such as <c>16Uiu2HA…</c> or <c>12D3Koo…</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out PeerId? peerId)
    {
        peerId = null;
        return Base58.TryDecode(text, out byte[]? bytes) && TryFromBytes(bytes, out peerId);
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">Not a peer ID.</exception>
    public static PeerId Parse(string text) => TryParse(text, out PeerId? peerId) ? peerId : throw new FormatException($"'{text}' is not a peer ID");

    /// <summary>The key, where the multihash embeds it.</summary>
    /// <exception cref="ProtocolViolationException">The embedded bytes are not a supported key.</exception>
    public PublicKey? InlineKey() => _bytes[0] == 0x00 ? PublicKey.Decode(_bytes.AsSpan(2)) : null;

    /// <inheritdoc/>
    public bool Equals(PeerId? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PeerId);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(PeerId? other) => other is null ? 1 : _bytes.AsSpan().SequenceCompareTo(other._bytes);

    /// <summary>base58btc text.</summary>
    public override string ToString() => _text;

    /// <summary>Value equality.</summary>
    public static bool operator ==(PeerId? left, PeerId? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Value inequality.</summary>
    public static bool operator !=(PeerId? left, PeerId? right) => !(left == right);
}
