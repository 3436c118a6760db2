using System.Net;
using Libp2p.Multiformats;
using Libp2p.Muxing;
using Libp2p.Transport;

namespace Libp2p.Hosting;

/// <summary>How a <see cref="Libp2pHost"/> listens, dials and bounds itself.</summary>
public sealed record Libp2pOptions
{
    /// <summary>Where to listen; empty: nowhere. Port 0 takes a free one.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>Local address of outgoing connections; null: the system's choice.</summary>
    public IPAddress? BindAddress { get; init; }

    /// <summary>Addresses told to peers instead of those listened on, without the peer ID.</summary>
    public IReadOnlyList<Multiaddr> Announce { get; init; } = [];

    /// <summary>Identify's protocolVersion.</summary>
    public string ProtocolVersion { get; init; } = "ipfs/0.1.0";

    /// <summary>Identify's agentVersion.</summary>
    public string AgentVersion { get; init; } = "fleet-libp2p/0.1.0";

    /// <summary>Most connections at once. <value>200 by default.</value></summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Most connections from one address at once. <value>100 by default: nodes of one machine share it.</value></summary>
    public int MaxConnectionsPerAddress { get; init; } = 100;

    /// <summary>Most inbound connections whose handshake is not done. <value>64 by default.</value></summary>
    public int MaxPendingInbound { get; init; } = 64;

    /// <summary>Longest time from TCP connect to an established connection. <value>10 s by default.</value></summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time to agree on a stream's protocol. <value>10 s by default.</value></summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Two connections to one peer within this time are a simultaneous dial; later ones replace what is there. <value>10 s by default.</value></summary>
    public TimeSpan SimultaneousDialWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Muxers offered, best first; <c>/yamux/1.0.0</c> and <c>/mplex/6.7.0</c> are known.</summary>
    public IReadOnlyList<string> Muxers { get; init; } = [Yamux.YamuxSession.ProtocolId, Mplex.MplexSession.ProtocolId];

    /// <summary>Bounds of each connection's streams.</summary>
    public MuxerOptions Muxer { get; init; } = new();

    /// <summary>Resolves names in addresses; by default the file named by <c>FLEET_HOSTS_FILE</c>, then the system.</summary>
    public IAddressResolver Resolver { get; init; } = HostsFileResolver.FromEnvironment();

    /// <summary>Asked after the handshake, before anything else is exchanged: false refuses the peer.</summary>
    public Func<PeerId, bool>? Gate { get; init; }
}
