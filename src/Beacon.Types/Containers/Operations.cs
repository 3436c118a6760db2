using System.Collections.Immutable;
using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>Proof that a proposer signed two blocks for one slot.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#proposerslashing")]
public sealed partial record ProposerSlashing
{
    /// <summary>One block.</summary>
    [SszName("signed_header_1")]
    public required SignedBeaconBlockHeader SignedHeader1 { get; init; }

    /// <summary>The other block.</summary>
    [SszName("signed_header_2")]
    public required SignedBeaconBlockHeader SignedHeader2 { get; init; }
}

/// <summary>Proof that validators signed attestations that contradict each other.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#attesterslashing")]
public sealed partial record AttesterSlashing
{
    /// <summary>One attestation.</summary>
    [SszName("attestation_1")]
    public required IndexedAttestation Attestation1 { get; init; }

    /// <summary>The other attestation.</summary>
    [SszName("attestation_2")]
    public required IndexedAttestation Attestation2 { get; init; }
}

/// <summary>Votes of members of one committee.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#attestation")]
public sealed partial record Attestation
{
    /// <summary>Which members of the committee attest.</summary>
    [SszList(PresetLimits.MaxValidatorsPerCommittee)]
    public required Bitlist AggregationBits { get; init; }

    /// <summary>What they attest.</summary>
    public required AttestationData Data { get; init; }

    /// <summary>Aggregate of their signatures.</summary>
    public required BlsSignature Signature { get; init; }
}

/// <summary>A deposit with its proof against the deposit root.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#deposit")]
public sealed partial record Deposit
{
    /// <summary>Branch of the deposit tree and, last, the deposit count.</summary>
    [SszVector(PresetLimits.DepositContractTreeDepth + 1)]
    public required ImmutableArray<Root> Proof { get; init; }

    /// <summary>The deposit.</summary>
    public required DepositData Data { get; init; }
}

/// <summary>A validator's wish to leave.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#voluntaryexit")]
public sealed partial record VoluntaryExit
{
    /// <summary>Earliest epoch at which it may be processed.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>Who leaves.</summary>
    public required ValidatorIndex ValidatorIndex { get; init; }
}

/// <summary>A signed voluntary exit.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#signedvoluntaryexit")]
public sealed partial record SignedVoluntaryExit
{
    /// <summary>The exit.</summary>
    public required VoluntaryExit Message { get; init; }

    /// <summary>The validator's signature.</summary>
    public required BlsSignature Signature { get; init; }
}

/// <summary>A signed block header.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#signedbeaconblockheader")]
public sealed partial record SignedBeaconBlockHeader
{
    /// <summary>The header.</summary>
    public required BeaconBlockHeader Message { get; init; }

    /// <summary>The proposer's signature.</summary>
    public required BlsSignature Signature { get; init; }
}

/// <summary>An aggregate and the proof that its sender may aggregate.</summary>
[SszContainer]
[Spec("phase0/validator.md#aggregateandproof")]
public sealed partial record AggregateAndProof
{
    /// <summary>Who sends it.</summary>
    public required ValidatorIndex AggregatorIndex { get; init; }

    /// <summary>The aggregate.</summary>
    public required Attestation Aggregate { get; init; }

    /// <summary>Signature over the slot: selects the aggregators.</summary>
    public required BlsSignature SelectionProof { get; init; }
}

/// <summary>A signed aggregate.</summary>
[SszContainer]
[Spec("phase0/validator.md#signedaggregateandproof")]
public sealed partial record SignedAggregateAndProof
{
    /// <summary>The aggregate and proof.</summary>
    public required AggregateAndProof Message { get; init; }

    /// <summary>The aggregator's signature.</summary>
    public required BlsSignature Signature { get; init; }
}
