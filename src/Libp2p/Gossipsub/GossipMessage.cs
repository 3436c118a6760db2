using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

/// <summary>A message as it is handed to a topic's validator.</summary>
/// <param name="Topic">Topic it came on.</param>
/// <param name="Data">Its bytes.</param>
/// <param name="Id">Its name.</param>
/// <param name="Decoded">What the message-ID function decoded, if anything.</param>
/// <param name="From">The peer that delivered it first.</param>
public sealed record GossipMessage(string Topic, ReadOnlyMemory<byte> Data, MessageId Id, object? Decoded, PeerId From);

/// <summary>What a validator says of a message.</summary>
public enum ValidationResult
{
    /// <summary>Forward it.</summary>
    Accept,

    /// <summary>Drop it; nobody is to blame.</summary>
    Ignore,

    /// <summary>Drop it and blame those who sent it.</summary>
    Reject,
}

/// <summary>Checks a message of a topic. May take its time; the number of messages in validation is bounded.</summary>
public delegate ValueTask<ValidationResult> GossipValidator(GossipMessage message, CancellationToken cancellationToken);

/// <summary>Name of a message, compared by its bytes.</summary>
public readonly struct MessageId(byte[] bytes) : IEquatable<MessageId>
{
    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <inheritdoc/>
    public bool Equals(MessageId other) => Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MessageId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        // Peers choose IDs freely in IHAVE and IWANT, so the hash has to be a seeded one.
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Hexadecimal form.</summary>
    public override string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>Equality of bytes.</summary>
    public static bool operator ==(MessageId left, MessageId right) => left.Equals(right);

    /// <summary>Inequality of bytes.</summary>
    public static bool operator !=(MessageId left, MessageId right) => !left.Equals(right);
}
