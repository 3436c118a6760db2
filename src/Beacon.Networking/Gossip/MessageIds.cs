using System.Security.Cryptography;
using Beacon.Types;

namespace Beacon.Networking.Gossip;

/// <summary>Names of gossip messages by the phase0 p2p specification: a hash over a domain and the decompressed (or, where it is no snappy, raw) data.</summary>
public sealed class MessageIds
{
    private const int IdLength = 20;
    private readonly byte[] _valid;
    private readonly byte[] _invalid;
    private readonly int _maxPayload;

    /// <summary>Takes domains and bounds of a configuration.</summary>
    public MessageIds(ChainConfig config)
    {
        _valid = Bytes(config.MessageDomainValidSnappy);
        _invalid = Bytes(config.MessageDomainInvalidSnappy);
        _maxPayload = checked((int)config.MaxPayloadSize);
    }

    /// <summary>Name of a message, and its decompressed bytes (null when it is no valid snappy or too long for its topic).</summary>
    public (byte[] Id, object? Decoded) Compute(string topic, ReadOnlyMemory<byte> data)
    {
        byte[]? plain = SnappyBlock.TryDecompress(data.Span, GossipTopics.MaxUncompressed(topic, _maxPayload));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(plain is null ? _invalid : _valid);
        hash.AppendData(plain ?? data.Span);
        return (hash.GetHashAndReset()[..IdLength], plain);
    }

    private static byte[] Bytes(DomainType domain)
    {
        byte[] bytes = new byte[4];
        domain.Serialize(bytes);
        return bytes;
    }
}
