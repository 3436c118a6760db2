using System.Collections.Immutable;
using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>What a block carries.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#beaconblockbody")]
public sealed partial record BeaconBlockBody
{
    /// <summary>The proposer's signature over the epoch.</summary>
    public required BlsSignature RandaoReveal { get; init; }

    /// <summary>The proposer's eth1 vote.</summary>
    public required Eth1Data Eth1Data { get; init; }

    /// <summary>Arbitrary bytes of the proposer.</summary>
    public required Root Graffiti { get; init; }

    /// <summary>Proposer slashings.</summary>
    [SszList(PresetLimits.MaxProposerSlashings)]
    public required ImmutableArray<ProposerSlashing> ProposerSlashings { get; init; }

    /// <summary>Attester slashings.</summary>
    [SszList(PresetLimits.MaxAttesterSlashings)]
    public required ImmutableArray<AttesterSlashing> AttesterSlashings { get; init; }

    /// <summary>Attestations.</summary>
    [SszList(PresetLimits.MaxAttestations)]
    public required ImmutableArray<Attestation> Attestations { get; init; }

    /// <summary>Deposits.</summary>
    [SszList(PresetLimits.MaxDeposits)]
    public required ImmutableArray<Deposit> Deposits { get; init; }

    /// <summary>Voluntary exits.</summary>
    [SszList(PresetLimits.MaxVoluntaryExits)]
    public required ImmutableArray<SignedVoluntaryExit> VoluntaryExits { get; init; }
}

/// <summary>A block.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#beaconblock")]
public sealed partial record BeaconBlock
{
    /// <summary>Slot of the block.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Its proposer.</summary>
    public required ValidatorIndex ProposerIndex { get; init; }

    /// <summary>Root of the block before.</summary>
    public required Root ParentRoot { get; init; }

    /// <summary>Root of the state after the block.</summary>
    public required Root StateRoot { get; init; }

    /// <summary>The body.</summary>
    public required BeaconBlockBody Body { get; init; }

    /// <summary>The header of this block; has the same hash tree root.</summary>
    public BeaconBlockHeader ToHeader() => new()
    {
        Slot = Slot,
        ProposerIndex = ProposerIndex,
        ParentRoot = ParentRoot,
        StateRoot = StateRoot,
        BodyRoot = Body.HashTreeRoot(),
    };
}

/// <summary>A signed block.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#signedbeaconblock")]
public sealed partial record SignedBeaconBlock
{
    /// <summary>The block.</summary>
    public required BeaconBlock Message { get; init; }

    /// <summary>The proposer's signature.</summary>
    public required BlsSignature Signature { get; init; }

    /// <summary>The header of this block, signed.</summary>
    public SignedBeaconBlockHeader ToHeader() => new() { Message = Message.ToHeader(), Signature = Signature };
}
