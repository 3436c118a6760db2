using System.Text.Json.Serialization;
using Beacon.ApiClient.Json;
using Beacon.Types;

namespace Beacon.ApiClient;

/// <summary>Who a node is on the network.</summary>
public sealed record NodeIdentity
{
    /// <summary>libp2p peer ID, base58.</summary>
    public required string PeerId { get; init; }

    /// <summary>Node record, <c>enr:…</c>; empty where discovery is not running.</summary>
    public required string Enr { get; init; }

    /// <summary>Multiaddresses that can be dialled, with peer ID.</summary>
    public required IReadOnlyList<string> P2pAddresses { get; init; }

    /// <summary>Multiaddresses of discovery.</summary>
    public required IReadOnlyList<string> DiscoveryAddresses { get; init; }

    /// <summary>What it tells peers that ask.</summary>
    public required NodeMetadata Metadata { get; init; }
}

/// <summary>The metadata of the p2p protocol.</summary>
public sealed record NodeMetadata
{
    /// <summary>Rises with each change.</summary>
    public required ulong SeqNumber { get; init; }

    /// <summary>Bit vector of attestation subnets, 0x and 16 digits.</summary>
    public required string Attnets { get; init; }
}

/// <summary>A peer.</summary>
public sealed record NodePeer
{
    /// <summary>libp2p peer ID, base58.</summary>
    public required string PeerId { get; init; }

    /// <summary>Node record, if known.</summary>
    public string? Enr { get; init; }

    /// <summary>Multiaddress used last.</summary>
    public required string LastSeenP2pAddress { get; init; }

    /// <summary>Connection state.</summary>
    public required PeerState State { get; init; }

    /// <summary>Who dialled.</summary>
    public required PeerDirection Direction { get; init; }
}

/// <summary>State of a peer's connection.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<PeerState>))]
public enum PeerState
{
    Disconnected,
    Connecting,
    Connected,
    Disconnecting,
}

/// <summary>Who opened a connection.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<PeerDirection>))]
public enum PeerDirection
{
    Inbound,
    Outbound,
}

/// <summary>Numbers of peers by state.</summary>
public sealed record PeerCount
{
    public required ulong Disconnected { get; init; }

    public required ulong Connecting { get; init; }

    public required ulong Connected { get; init; }

    public required ulong Disconnecting { get; init; }
}

/// <summary>Whether a node keeps up with the chain.</summary>
public sealed record SyncingStatus
{
    /// <summary>Slot of the head.</summary>
    public required Slot HeadSlot { get; init; }

    /// <summary>How many slots are missing, as far as known.</summary>
    public required ulong SyncDistance { get; init; }

    /// <summary>Whether a peer is known to be ahead.</summary>
    public required bool IsSyncing { get; init; }

    /// <summary>Always false in phase0.</summary>
    public bool IsOptimistic { get; init; }

    /// <summary>Always false: there is no execution layer.</summary>
    public bool ElOffline { get; init; }
}

/// <summary>What software a node runs.</summary>
public sealed record NodeVersion
{
    /// <summary>Like a user agent: <c>Name/version/platform</c>.</summary>
    public required string Version { get; init; }
}

/// <summary>What an answer with an error status says.</summary>
public sealed record ApiError
{
    /// <summary>The HTTP status again.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public required int Code { get; init; }

    /// <summary>One sentence.</summary>
    public required string Message { get; init; }

    /// <summary>Which items of a list were refused, and why.</summary>
    public IReadOnlyList<ApiFailure>? Failures { get; init; }
}

/// <summary>An item that was refused.</summary>
public sealed record ApiFailure
{
    /// <summary>Its position in the request's list.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public required int Index { get; init; }

    /// <summary>Why.</summary>
    public required string Message { get; init; }
}
