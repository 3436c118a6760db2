using System.Buffers;
using Libp2p.Crypto;
using Libp2p.Multiformats;
using Libp2p.Protobuf;

namespace Libp2p.Identify;

/// <summary>What a peer says of itself.</summary>
public sealed record IdentifyInfo
{
    /// <summary>Most protocols kept.</summary>
    public const int MaxProtocols = 512;

    /// <summary>Most addresses kept.</summary>
    public const int MaxAddresses = 64;

    private const int MaxText = 256;

    /// <summary>Version of the network's protocol family.</summary>
    public string ProtocolVersion { get; init; } = "";

    /// <summary>Name and version of the peer's software.</summary>
    public string AgentVersion { get; init; } = "";

    /// <summary>The peer's public key.</summary>
    public PublicKey? PublicKey { get; init; }

    /// <summary>Where the peer listens.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses { get; init; } = [];

    /// <summary>The address the peer sees us at.</summary>
    public Multiaddr? ObservedAddress { get; init; }

    /// <summary>Protocols the peer answers to.</summary>
    public IReadOnlySet<string> Protocols { get; init; } = new HashSet<string>();

    /// <summary>Protobuf form.</summary>
    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        var writer = new ProtoWriter(buffer);
        if (PublicKey is not null)
        {
            writer.WriteBytes(1, PublicKey.Encoded);
        }

        foreach (Multiaddr address in ListenAddresses)
        {
            writer.WriteBytes(2, address.Encode());
        }

        foreach (string protocol in Protocols)
        {
            writer.WriteString(3, protocol);
        }

        if (ObservedAddress is not null)
        {
            writer.WriteBytes(4, ObservedAddress.Encode());
        }

        writer.WriteString(5, ProtocolVersion);
        writer.WriteString(6, AgentVersion);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the protobuf form; addresses not known here are left out.</summary>
    /// <param name="source">One whole message.</param>
    /// <param name="previous">What fields of a partial update (push) fall back to.</param>
    /// <exception cref="ProtocolViolationException">Malformed or over a bound.</exception>
    public static IdentifyInfo Decode(ReadOnlySpan<byte> source, IdentifyInfo? previous = null)
    {
        previous ??= new IdentifyInfo();
        string protocolVersion = previous.ProtocolVersion;
        string agentVersion = previous.AgentVersion;
        PublicKey? key = previous.PublicKey;
        Multiaddr? observed = null;
        var addresses = new List<Multiaddr>();
        var protocols = new HashSet<string>(StringComparer.Ordinal);
        var reader = new ProtoReader(source);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    key = PublicKey.Decode(reader.ReadBytes());
                    break;
                case 2:
                    if (Multiaddr.TryDecode(reader.ReadBytes(), out Multiaddr? address) && addresses.Count < MaxAddresses)
                    {
                        addresses.Add(address);
                    }

                    break;
                case 3:
                    protocols.Add(reader.ReadString(MaxText));
                    if (protocols.Count > MaxProtocols)
                    {
                        throw new ProtocolViolationException($"identify: more than {MaxProtocols} protocols");
                    }

                    break;
                case 4:
                    Multiaddr.TryDecode(reader.ReadBytes(), out observed);
                    break;
                case 5:
                    protocolVersion = reader.ReadString(MaxText);
                    break;
                case 6:
                    agentVersion = reader.ReadString(MaxText);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new IdentifyInfo
        {
            ProtocolVersion = protocolVersion,
            AgentVersion = agentVersion,
            PublicKey = key,
            ObservedAddress = observed ?? previous.ObservedAddress,
            ListenAddresses = addresses.Count > 0 ? addresses : previous.ListenAddresses,
            Protocols = protocols.Count > 0 ? protocols : previous.Protocols,
        };
    }
}
