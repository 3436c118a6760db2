namespace Beacon.Networking;

/// <summary>Protocol IDs on the wire, made from a network's own protocol ID.</summary>
/// <remarks><c>standard</c> gives the IDs of the consensus specification, which other clients speak; anything else is a prefix that keeps
/// networks apart.</remarks>
public sealed class ProtocolNames
{
    /// <summary>The protocol ID that stands for the specification's own names.</summary>
    public const string Standard = "standard";

    private readonly string _requests;

    /// <summary>Names for a protocol ID such as <c>/fleet/devnet-7-3f9a1c/2</c> or <c>standard</c>.</summary>
    /// <exception cref="ArgumentException">Neither <c>standard</c> nor a path beginning with a slash.</exception>
    public ProtocolNames(string protocolId)
    {
        ProtocolId = protocolId;
        IsStandard = protocolId == Standard;
        if (!IsStandard && (protocolId.Length is < 2 or > 128 || protocolId[0] != '/' || protocolId[^1] == '/'))
        {
            throw new ArgumentException($"protocol ID '{protocolId}' is neither 'standard' nor a path such as /fleet/devnet-7-3f9a1c/1", nameof(protocolId));
        }

        string prefix = IsStandard ? "" : protocolId;
        _requests = IsStandard ? "/eth2/beacon_chain/req" : $"{protocolId}/req";
        Gossip = [$"{prefix}/meshsub/1.1.0", $"{prefix}/meshsub/1.0.0"];
    }

    /// <summary>The protocol ID itself.</summary>
    public string ProtocolId { get; }

    /// <summary>Whether the specification's names are in use.</summary>
    public bool IsStandard { get; }

    /// <summary>Identify's protocolVersion.</summary>
    public string IdentifyVersion => IsStandard ? "eth2/1.0.0" : ProtocolId;

    /// <summary>gossipsub, newest first.</summary>
    public IReadOnlyList<string> Gossip { get; }

    /// <summary>The handshake.</summary>
    public string Status => Request("status", 1);

    /// <summary>The farewell.</summary>
    public string Goodbye => Request("goodbye", 1);

    /// <summary>Liveness and metadata's sequence number.</summary>
    public string Ping => Request("ping", 1);

    /// <summary>A node's subnets.</summary>
    public string Metadata => Request("metadata", 1);

    /// <summary>Blocks of a range of slots.</summary>
    public string BlocksByRange => Request("beacon_blocks_by_range", 1);

    /// <summary>The same with the fork digest before each block.</summary>
    public string BlocksByRangeV2 => Request("beacon_blocks_by_range", 2);

    /// <summary>Blocks by their roots.</summary>
    public string BlocksByRoot => Request("beacon_blocks_by_root", 1);

    /// <summary>The same with the fork digest before each block.</summary>
    public string BlocksByRootV2 => Request("beacon_blocks_by_root", 2);

    private string Request(string name, int version) => $"{_requests}/{name}/{version}/ssz_snappy";
}
