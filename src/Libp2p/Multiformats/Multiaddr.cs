using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Libp2p.Multiformats;

/// <summary>Parts of a multiaddr with their multicodec numbers.</summary>
public enum MultiaddrProtocol
{
    /// <summary>IPv4 address.</summary>
    Ip4 = 4,

    /// <summary>TCP port.</summary>
    Tcp = 6,

    /// <summary>IPv6 address.</summary>
    Ip6 = 41,

    /// <summary>Name that resolves to addresses of either family.</summary>
    Dns = 53,

    /// <summary>Name that resolves to IPv4 addresses.</summary>
    Dns4 = 54,

    /// <summary>Name that resolves to IPv6 addresses.</summary>
    Dns6 = 55,

    /// <summary>UDP port.</summary>
    Udp = 273,

    /// <summary>Peer ID.</summary>
    P2p = 421,
}

/// <summary>One part of a <see cref="Multiaddr"/>: a protocol and its value as text.</summary>
public readonly record struct MultiaddrPart(MultiaddrProtocol Protocol, string Value);

/// <summary>A self-describing address, such as <c>/ip4/127.0.0.1/tcp/9000/p2p/16Uiu2HA…</c>.</summary>
/// <remarks>Parts known here: ip4, ip6, dns, dns4, dns6, tcp, udp, p2p (also written ipfs). At most <see cref="MaxParts"/> parts.</remarks>
public sealed class Multiaddr : IEquatable<Multiaddr>
{
    /// <summary>Most parts of one address.</summary>
    public const int MaxParts = 8;

    /// <summary>Most bytes of one encoded address.</summary>
    public const int MaxEncoded = 512;

    private readonly MultiaddrPart[] _parts;
    private readonly string _text;

    private Multiaddr(MultiaddrPart[] parts)
    {
        _parts = parts;
        _text = string.Concat(parts.Select(p => $"/{Name(p.Protocol)}/{p.Value}"));
    }

    /// <summary>The parts in order.</summary>
    public IReadOnlyList<MultiaddrPart> Parts => _parts;

    /// <summary>The peer ID at the end, if there is one.</summary>
    public PeerId? PeerId => Find(MultiaddrProtocol.P2p) is { } text ? Multiformats.PeerId.Parse(text) : null;

    /// <summary>The TCP port, if there is one.</summary>
    public int? TcpPort => Find(MultiaddrProtocol.Tcp) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>Value of the first part of <paramref name="protocol"/>.</summary>
    public string? Find(MultiaddrProtocol protocol)
    {
        foreach (MultiaddrPart part in _parts)
        {
            if (part.Protocol == protocol)
            {
                return part.Value;
            }
        }

        return null;
    }

    /// <summary>Address of a TCP endpoint.</summary>
    public static Multiaddr FromEndPoint(IPEndPoint endPoint)
    {
        IPAddress address = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        MultiaddrProtocol family = address.AddressFamily == AddressFamily.InterNetwork ? MultiaddrProtocol.Ip4 : MultiaddrProtocol.Ip6;
        return new Multiaddr(
        [
            new MultiaddrPart(family, address.ToString()),
            new MultiaddrPart(MultiaddrProtocol.Tcp, endPoint.Port.ToString(CultureInfo.InvariantCulture)),
        ]);
    }

    /// <summary>This address with <c>/p2p/…</c> at its end.</summary>
    public Multiaddr WithPeerId(PeerId peerId) =>
        new([.. _parts.Where(p => p.Protocol != MultiaddrProtocol.P2p), new MultiaddrPart(MultiaddrProtocol.P2p, peerId.ToString())]);

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        if (text.Length is < 2 or > MaxEncoded || text[0] != '/')
        {
            return false;
        }

        string[] words = text.TrimEnd('/').Split('/');
        if (words.Length % 2 == 0 || words.Length / 2 is 0 or > MaxParts)
        {
            return false;
        }

        MultiaddrPart[] parts = new MultiaddrPart[words.Length / 2];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryProtocol(words[1 + (2 * i)], out MultiaddrProtocol protocol) || !TryNormalise(protocol, words[2 + (2 * i)], out string? value))
            {
                return false;
            }

            parts[i] = new MultiaddrPart(protocol, value);
        }

        address = new Multiaddr(parts);
        return true;
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">Not an address, or with parts not known here.</exception>
    public static Multiaddr Parse(string text) =>
        TryParse(text, out Multiaddr? address) ? address : throw new FormatException($"'{text}' is not an address such as /ip4/127.0.0.1/tcp/9000/p2p/16Uiu2HA…");

    /// <summary>Reads the binary form; false for malformed ones and for parts not known here.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        if (bytes.Length is 0 or > MaxEncoded)
        {
            return false;
        }

        var parts = new List<MultiaddrPart>(4);
        while (!bytes.IsEmpty)
        {
            if (parts.Count == MaxParts || Varint.TryRead(bytes, out ulong code, out int consumed) != OperationStatus.Done || code > 1000)
            {
                return false;
            }

            bytes = bytes[consumed..];
            var protocol = (MultiaddrProtocol)code;
            int length = FixedLength(protocol);
            if (length < 0)
            {
                if (Varint.TryRead(bytes, out ulong size, out consumed) != OperationStatus.Done || size > MaxEncoded)
                {
                    return false;
                }

                bytes = bytes[consumed..];
                length = (int)size;
            }

            if (length == 0 || length > bytes.Length || !TryText(protocol, bytes[..length], out string? value))
            {
                return false;
            }

            bytes = bytes[length..];
            parts.Add(new MultiaddrPart(protocol, value));
        }

        address = new Multiaddr([.. parts]);
        return true;
    }

    /// <summary>The binary form.</summary>
    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        foreach (MultiaddrPart part in _parts)
        {
            Varint.Write(buffer, (ulong)part.Protocol);
            byte[] value = part.Protocol switch
            {
                MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6 => IPAddress.Parse(part.Value).GetAddressBytes(),
                MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp => BigEndian(ushort.Parse(part.Value, CultureInfo.InvariantCulture)),
                MultiaddrProtocol.P2p => Multiformats.PeerId.Parse(part.Value).Bytes.ToArray(),
                _ => Encoding.UTF8.GetBytes(part.Value),
            };
            if (FixedLength(part.Protocol) < 0)
            {
                Varint.Write(buffer, (ulong)value.Length);
            }

            buffer.Write(value);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public bool Equals(Multiaddr? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Multiaddr);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text form.</summary>
    public override string ToString() => _text;

    private static byte[] BigEndian(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    private static bool TryNormalise(MultiaddrProtocol protocol, string text, [NotNullWhen(true)] out string? value)
    {
        value = null;
        switch (protocol)
        {
            case MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6:
                AddressFamily family = protocol == MultiaddrProtocol.Ip4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
                if (IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == family)
                {
                    value = address.ToString();
                }

                break;
            case MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp:
                value = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port.ToString(CultureInfo.InvariantCulture) : null;
                break;
            case MultiaddrProtocol.P2p:
                value = Multiformats.PeerId.TryParse(text, out PeerId? peerId) ? peerId.ToString() : null;
                break;
            default:
                value = IsName(text) ? text : null;
                break;
        }

        return value is not null;
    }

    private static bool TryText(MultiaddrProtocol protocol, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? value)
    {
        value = protocol switch
        {
            MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6 => new IPAddress(bytes).ToString(),
            MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp => BinaryPrimitives.ReadUInt16BigEndian(bytes).ToString(CultureInfo.InvariantCulture),
            MultiaddrProtocol.P2p => Multiformats.PeerId.TryFromBytes(bytes, out PeerId? peerId) ? peerId.ToString() : null,
            MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6 => Encoding.UTF8.GetString(bytes) is { } name && IsName(name) ? name : null,
            _ => null,
        };
        return value is not null;
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 253 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    /// <summary>Bytes of a part's value; −1 for those with a length before them.</summary>
    private static int FixedLength(MultiaddrProtocol protocol) => protocol switch
    {
        MultiaddrProtocol.Ip4 => 4,
        MultiaddrProtocol.Ip6 => 16,
        MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp => 2,
        MultiaddrProtocol.P2p or MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6 => -1,
        _ => 0,
    };

    private static bool TryProtocol(string name, out MultiaddrProtocol protocol)
    {
        protocol = name switch
        {
            "ip4" => MultiaddrProtocol.Ip4,
            "ip6" => MultiaddrProtocol.Ip6,
            "tcp" => MultiaddrProtocol.Tcp,
            "udp" => MultiaddrProtocol.Udp,
            "dns" => MultiaddrProtocol.Dns,
            "dns4" => MultiaddrProtocol.Dns4,
            "dns6" => MultiaddrProtocol.Dns6,
            "p2p" or "ipfs" => MultiaddrProtocol.P2p,
            _ => 0,
        };
        return protocol != 0;
    }

    private static string Name(MultiaddrProtocol protocol) => protocol switch
    {
        MultiaddrProtocol.Ip4 => "ip4",
        MultiaddrProtocol.Ip6 => "ip6",
        MultiaddrProtocol.Tcp => "tcp",
        MultiaddrProtocol.Udp => "udp",
        MultiaddrProtocol.Dns => "dns",
        MultiaddrProtocol.Dns4 => "dns4",
        MultiaddrProtocol.Dns6 => "dns6",
        _ => "p2p",
    };
}
