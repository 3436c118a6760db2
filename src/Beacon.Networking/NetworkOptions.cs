using System.Net;
using Beacon.Chain;
using Libp2p.Multiformats;
using Libp2p.Transport;

namespace Beacon.Networking;

/// <summary>How a node takes part in the network.</summary>
public sealed record NetworkOptions
{
    /// <summary>The network's protocol ID, or <c>standard</c>.</summary>
    public required string ProtocolId { get; init; }

    /// <summary>Address of the listener and of outgoing connections.</summary>
    public required IPAddress ListenAddress { get; init; }

    /// <summary>TCP port; 0 takes a free one.</summary>
    public int Port { get; init; } = 9000;

    /// <summary>Addresses told to peers instead of the listener's.</summary>
    public IReadOnlyList<Multiaddr> Announce { get; init; } = [];

    /// <summary>Name and version told to peers.</summary>
    public string AgentVersion { get; init; } = "fleet-beacon/0.1.0";

    /// <summary>Most connections. <value>300 by default, more than a testnet has nodes.</value></summary>
    public int MaxConnections { get; init; } = 300;

    /// <summary>Nodes below which every node subscribes every subnet in use. <value>32</value></summary>
    public int SmallNetwork { get; init; } = 32;

    /// <summary>Slots asked for at once in range sync. <value>64</value></summary>
    public int SyncBatchSlots { get; init; } = 64;

    /// <summary>Muxers offered, best first; null: yamux, then mplex.</summary>
    public IReadOnlyList<string>? Muxers { get; init; }

    /// <summary>Resolves names of peers; null: the hosts file of the environment, then the system.</summary>
    public IAddressResolver? Resolver { get; init; }

    /// <summary>Stands between the network and the chain for what comes in; nothing by default.</summary>
    public Func<IGossipReceiver, IGossipReceiver> Receiver { get; init; } = static receiver => receiver;

    /// <summary>Stands between the chain and the network for what goes out; nothing by default.</summary>
    public Func<IGossipPublisher, IGossipPublisher> Publisher { get; init; } = static publisher => publisher;
}
