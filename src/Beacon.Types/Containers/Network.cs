using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>The <c>eth2</c> field of a node record.</summary>
[SszContainer]
[Spec("phase0/p2p-interface.md#eth2-field")]
public sealed partial record EnrForkId
{
    /// <summary>Digest of the current fork.</summary>
    public required ForkDigest ForkDigest { get; init; }

    /// <summary>Version of the next planned fork, or of the current one.</summary>
    public required ForkVersion NextForkVersion { get; init; }

    /// <summary>Epoch of the next planned fork, or the far future.</summary>
    public required Epoch NextForkEpoch { get; init; }
}

/// <summary>The handshake of two nodes.</summary>
[SszContainer]
[Spec("phase0/p2p-interface.md#status")]
public sealed partial record Status
{
    /// <summary>Digest of the current fork.</summary>
    public required ForkDigest ForkDigest { get; init; }

    /// <summary>Root of the finalized checkpoint.</summary>
    public required Root FinalizedRoot { get; init; }

    /// <summary>Epoch of the finalized checkpoint.</summary>
    public required Epoch FinalizedEpoch { get; init; }

    /// <summary>Root of the head.</summary>
    public required Root HeadRoot { get; init; }

    /// <summary>Slot of the head.</summary>
    public required Slot HeadSlot { get; init; }
}

/// <summary>What a node says about itself.</summary>
[SszContainer]
[Spec("phase0/p2p-interface.md#metadata")]
public sealed partial record Metadata
{
    /// <summary>Rises with every change.</summary>
    public required ulong SeqNumber { get; init; }

    /// <summary>The attestation subnets the node stays subscribed to.</summary>
    [SszVector(PresetLimits.AttestationSubnetCount)]
    public required Bitvector Attnets { get; init; }
}

/// <summary>Asks for a range of blocks.</summary>
[SszContainer]
[Spec("phase0/p2p-interface.md#beaconblocksbyrange")]
public sealed partial record BeaconBlocksByRangeRequest
{
    /// <summary>First slot.</summary>
    public required Slot StartSlot { get; init; }

    /// <summary>Number of slots.</summary>
    public required ulong Count { get; init; }

    /// <summary>Deprecated: 1.</summary>
    public required ulong Step { get; init; }
}
