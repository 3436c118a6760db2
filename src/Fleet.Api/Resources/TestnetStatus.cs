using System.Text.Json.Serialization;
using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>What a test network is. Written by the operator only.</summary>
/// <remarks>Conditions are the truth; phase and counts derive from them. Progress fields may lag by an epoch or 30 s.</remarks>
public sealed class TestnetStatus
{
    /// <summary>Generation of the spec this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>One word for people, derived from the conditions; never read to decide.</summary>
    [Schema(MaxLength = 32)]
    public string? Phase { get; set; }

    /// <summary>Facts about the network.</summary>
    [Schema(MaxItems = 32, MapKey = "type")]
    public List<Condition>? Conditions { get; set; }

    /// <summary>Number of the running iteration of the chain, from 1.</summary>
    public int? Iteration { get; set; }

    /// <summary>Prefix of the libp2p protocol IDs of the running iteration.</summary>
    [Schema(MaxLength = 128)]
    public string? ProtocolId { get; set; }

    /// <summary>Genesis time of the running iteration.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? GenesisTime { get; set; }

    /// <summary>Root of the genesis block.</summary>
    [Schema(MaxLength = 66)]
    public string? GenesisRoot { get; set; }

    /// <summary>Root of the validators at genesis; scope of every signature and of the slashing protection.</summary>
    [Schema(MaxLength = 66)]
    public string? GenesisValidatorsRoot { get; set; }

    /// <summary>Fork digest; part of every gossip topic.</summary>
    [Schema(MaxLength = 10)]
    public string? ForkDigest { get; set; }

    /// <summary>Hash of the running iteration's config.yaml.</summary>
    [Schema(MaxLength = 64)]
    public string? ConfigHash { get; set; }

    /// <summary>Keys of the running iteration.</summary>
    public ValidatorCounts? Validators { get; set; }

    /// <summary>Node counts.</summary>
    public NodeCounts? Nodes { get; set; }

    /// <summary>Highest head slot that any node reports.</summary>
    public long? HeadSlot { get; set; }

    /// <summary>When the head last changed.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? HeadTime { get; set; }

    /// <summary>Justified epoch of most nodes.</summary>
    public long? JustifiedEpoch { get; set; }

    /// <summary>Finalized epoch of most nodes.</summary>
    public long? FinalizedEpoch { get; set; }

    /// <summary>Wall-clock epoch less the finalized one.</summary>
    public long? FinalityLag { get; set; }

    /// <summary>Share of the stake that voted for the right target in the previous epoch, such as 98.4%.</summary>
    [Schema(MaxLength = 8)]
    public string? Participation { get; set; }

    /// <summary>Share of the active stake that the nodes of this testnet sign for, such as 100.0%.</summary>
    [Schema(MaxLength = 8)]
    public string? OperatorStake { get; set; }

    /// <summary>Peers of other networks that the nodes refused since they started.</summary>
    public long? StrayPeersRejected { get; set; }

    /// <summary>Peer counts of the nodes.</summary>
    public PeerCounts? Peers { get; set; }

    /// <summary>Images in use.</summary>
    public ImageStatus? Images { get; set; }

    /// <summary>The latest roll-out.</summary>
    public RolloutSummary? Rollout { get; set; }

    /// <summary>The ChainReset that is carried out; empty: none. Who is named here has the testnet, whoever else asks.</summary>
    [Schema(MaxLength = 253)]
    public string? ActiveReset { get; set; }

    /// <summary>The latest ChainReset that began another iteration.</summary>
    public ResetSummary? LastReset { get; set; }
}

/// <summary>Keys of an iteration.</summary>
public sealed class ValidatorCounts
{
    /// <summary>Keys of the pools.</summary>
    public int Pools { get; set; }

    /// <summary>Keys of baseline and canary together.</summary>
    public int Pair { get; set; }

    /// <summary>All keys at genesis.</summary>
    public int Total { get; set; }
}

/// <summary>Node counts of a testnet.</summary>
public sealed class NodeCounts
{
    /// <summary>Nodes that should run, bootnodes included.</summary>
    public int Desired { get; set; }

    /// <summary>Nodes whose pod is ready.</summary>
    public int Ready { get; set; }

    /// <summary>Nodes whose pod is made from the current template.</summary>
    public int Updated { get; set; }

    /// <summary>ready/desired, for the printer column.</summary>
    [Schema(MaxLength = 16)]
    public string? Summary { get; set; }
}

/// <summary>Peer counts of a testnet's nodes.</summary>
public sealed class PeerCounts
{
    /// <summary>Of the node with fewest.</summary>
    public int Min { get; set; }

    /// <summary>Of the node in the middle.</summary>
    public int Median { get; set; }
}

/// <summary>Images in use by a testnet.</summary>
public sealed class ImageStatus
{
    /// <summary>Image the nodes should run.</summary>
    [Schema(MaxLength = 512)]
    public string? Stable { get; set; }

    /// <summary>Image that is being tried.</summary>
    [Schema(MaxLength = 512)]
    public string? Canary { get; set; }

    /// <summary>Latest image that passed everything; a roll-out that fails goes back to it.</summary>
    [Schema(MaxLength = 512)]
    public string? LastGood { get; set; }

    /// <summary>Images that were refused and are not tried again until spec.image or the annotation beaconfleet.dev/retry changes.</summary>
    [Schema(MaxItems = 8)]
    public List<RejectedImage>? Rejected { get; set; }
}

/// <summary>An image that a roll-out refused.</summary>
public sealed class RejectedImage
{
    /// <summary>The image.</summary>
    [Schema(MaxLength = 512)]
    public string Image { get; set => field = value ?? ""; } = "";

    /// <summary>The roll-out.</summary>
    [Schema(MaxLength = 253)]
    public string? Rollout { get; set; }

    /// <summary>The annotation beaconfleet.dev/retry at that time.</summary>
    [Schema(MaxLength = 128)]
    public string? Retry { get; set; }
}

/// <summary>The latest roll-out of a testnet.</summary>
public sealed class RolloutSummary
{
    /// <summary>The CanaryRollout.</summary>
    [Schema(MaxLength = 253)]
    public string? Name { get; set; }

    /// <summary>Its phase.</summary>
    [Schema(MaxLength = 32)]
    public string? Phase { get; set; }

    /// <summary>Its score.</summary>
    public double? Score { get; set; }
}

/// <summary>The latest reset of a testnet.</summary>
public sealed class ResetSummary
{
    /// <summary>The ChainReset.</summary>
    [Schema(MaxLength = 253)]
    public string? Name { get; set; }

    /// <summary>When the new iteration began.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? Time { get; set; }

    /// <summary>Why.</summary>
    [Schema(MaxLength = 512)]
    public string? Reason { get; set; }
}
