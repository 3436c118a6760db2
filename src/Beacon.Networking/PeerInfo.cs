using Beacon.Types;
using Libp2p.Multiformats;

namespace Beacon.Networking;

/// <summary>State of a peer as the Beacon API names it.</summary>
public enum PeerState
{
    /// <summary>Not connected.</summary>
    Disconnected,

    /// <summary>Connected, not yet known to share our chain.</summary>
    Connecting,

    /// <summary>Connected and on our chain (or a bootnode of our network).</summary>
    Connected,

    /// <summary>On its way out.</summary>
    Disconnecting,
}

/// <summary>A peer for the Beacon API.</summary>
/// <param name="PeerId">Its peer ID.</param>
/// <param name="Name">Its name in the peers file, or empty.</param>
/// <param name="Address">Where it was last seen.</param>
/// <param name="State">Whether it is connected.</param>
/// <param name="IsOutbound">Whether we dialled.</param>
/// <param name="Agent">Its software, or empty.</param>
/// <param name="IsBootnode">Whether it has no chain.</param>
/// <param name="Status">Its last Status.</param>
/// <param name="Score">Its score; 0 is neutral.</param>
public sealed record PeerInfo(
    PeerId PeerId, string Name, Multiaddr Address, PeerState State, bool IsOutbound, string Agent, bool IsBootnode, Status? Status, double Score);

/// <summary>This node for the Beacon API.</summary>
/// <param name="PeerId">Our peer ID.</param>
/// <param name="Addresses">Where we listen, with our peer ID.</param>
/// <param name="Metadata">What we tell peers about our subnets.</param>
public sealed record NetworkIdentity(PeerId PeerId, IReadOnlyList<Multiaddr> Addresses, Metadata Metadata);

/// <summary>Numbers of peers by state.</summary>
public readonly record struct PeerCounts(int Disconnected, int Connecting, int Connected, int Disconnecting);
