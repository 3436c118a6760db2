using System.Collections.Immutable;
using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>Current and previous fork version, and when it changed.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#fork")]
public sealed partial record Fork
{
    /// <summary>Version before <see cref="Epoch"/>.</summary>
    public required ForkVersion PreviousVersion { get; init; }

    /// <summary>Version from <see cref="Epoch"/> on.</summary>
    public required ForkVersion CurrentVersion { get; init; }

    /// <summary>First epoch of the current version.</summary>
    public required Epoch Epoch { get; init; }
}

/// <summary>What a fork digest and a domain are made from.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#forkdata")]
public sealed partial record ForkData
{
    /// <summary>Version of the fork.</summary>
    public required ForkVersion CurrentVersion { get; init; }

    /// <summary>Root of the validators at genesis: tells chains apart.</summary>
    public required Root GenesisValidatorsRoot { get; init; }
}

/// <summary>An epoch and the block root at its first slot.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#checkpoint")]
public sealed partial record Checkpoint
{
    /// <summary>The epoch.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>Root of the last block at or before the epoch's first slot.</summary>
    public required Root Root { get; init; }
}

/// <summary>A validator's record in the registry.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#validator")]
public sealed partial record Validator
{
    /// <summary>Key its messages are signed with.</summary>
    public required BlsPublicKey Pubkey { get; init; }

    /// <summary>Commitment to the key or address for withdrawals.</summary>
    public required Root WithdrawalCredentials { get; init; }

    /// <summary>Balance at stake, a multiple of the increment.</summary>
    public required Gwei EffectiveBalance { get; init; }

    /// <summary>Whether it was slashed.</summary>
    public required bool Slashed { get; init; }

    /// <summary>When the criteria for activation were met.</summary>
    public required Epoch ActivationEligibilityEpoch { get; init; }

    /// <summary>First epoch of its duties.</summary>
    public required Epoch ActivationEpoch { get; init; }

    /// <summary>First epoch without duties.</summary>
    public required Epoch ExitEpoch { get; init; }

    /// <summary>When it can withdraw.</summary>
    public required Epoch WithdrawableEpoch { get; init; }
}

/// <summary>What an attestation says.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#attestationdata")]
public sealed partial record AttestationData
{
    /// <summary>Slot it is for.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Committee within the slot.</summary>
    public required CommitteeIndex Index { get; init; }

    /// <summary>Vote for the head.</summary>
    public required Root BeaconBlockRoot { get; init; }

    /// <summary>Vote for finality: from here</summary>
    public required Checkpoint Source { get; init; }

    /// <summary>Vote for finality: to here.</summary>
    public required Checkpoint Target { get; init; }
}

/// <summary>An attestation with its attesters' indices spelled out.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#indexedattestation")]
public sealed partial record IndexedAttestation
{
    /// <summary>The attesters.</summary>
    [SszList(PresetLimits.MaxValidatorsPerCommittee)]
    public required ImmutableArray<ValidatorIndex> AttestingIndices { get; init; }

    /// <summary>What they attest.</summary>
    public required AttestationData Data { get; init; }

    /// <summary>Aggregate of their signatures.</summary>
    public required BlsSignature Signature { get; init; }
}

/// <summary>An included attestation as the state remembers it until the epoch's end.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#pendingattestation")]
public sealed partial record PendingAttestation
{
    /// <summary>Which members of the committee attested.</summary>
    [SszList(PresetLimits.MaxValidatorsPerCommittee)]
    public required Bitlist AggregationBits { get; init; }

    /// <summary>What they attested.</summary>
    public required AttestationData Data { get; init; }

    /// <summary>Slots between the attested slot and the inclusion.</summary>
    public required Slot InclusionDelay { get; init; }

    /// <summary>Who included it.</summary>
    public required ValidatorIndex ProposerIndex { get; init; }
}

/// <summary>A vote about the deposit contract.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#eth1data")]
public sealed partial record Eth1Data
{
    /// <summary>Root of the deposit tree.</summary>
    public required Root DepositRoot { get; init; }

    /// <summary>Number of deposits.</summary>
    public required ulong DepositCount { get; init; }

    /// <summary>The eth1 block.</summary>
    public required Root BlockHash { get; init; }
}

/// <summary>An eth1 block as voting needs it.</summary>
[SszContainer]
[Spec("phase0/validator.md#eth1block")]
public sealed partial record Eth1Block
{
    /// <summary>Seconds since 1970.</summary>
    public required ulong Timestamp { get; init; }

    /// <summary>Root of the deposit tree.</summary>
    public required Root DepositRoot { get; init; }

    /// <summary>Number of deposits.</summary>
    public required ulong DepositCount { get; init; }
}

/// <summary>Block and state roots of one history period.</summary>
[SszContainer(Context = typeof(Preset))]
[Spec("phase0/beacon-chain.md#historicalbatch")]
public sealed partial class HistoricalBatch
{
    /// <summary>Block roots.</summary>
    [SszVector(nameof(Preset.SlotsPerHistoricalRoot))]
    public required PersistentList<Root> BlockRoots { get; init; }

    /// <summary>State roots.</summary>
    [SszVector(nameof(Preset.SlotsPerHistoricalRoot))]
    public required PersistentList<Root> StateRoots { get; init; }
}

/// <summary>What a deposit's signature is over.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#depositmessage")]
public sealed partial record DepositMessage
{
    /// <summary>The validator's key.</summary>
    public required BlsPublicKey Pubkey { get; init; }

    /// <summary>Commitment to the key or address for withdrawals.</summary>
    public required Root WithdrawalCredentials { get; init; }

    /// <summary>The deposited amount.</summary>
    public required Gwei Amount { get; init; }
}

/// <summary>A deposit as the contract records it.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#depositdata")]
public sealed partial record DepositData
{
    /// <summary>The validator's key.</summary>
    public required BlsPublicKey Pubkey { get; init; }

    /// <summary>Commitment to the key or address for withdrawals.</summary>
    public required Root WithdrawalCredentials { get; init; }

    /// <summary>The deposited amount.</summary>
    public required Gwei Amount { get; init; }

    /// <summary>Proof of possession of the key.</summary>
    public required BlsSignature Signature { get; init; }
}

/// <summary>A block without its body.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#beaconblockheader")]
public sealed partial record BeaconBlockHeader
{
    /// <summary>Slot of the block.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Its proposer.</summary>
    public required ValidatorIndex ProposerIndex { get; init; }

    /// <summary>Root of the block before.</summary>
    public required Root ParentRoot { get; init; }

    /// <summary>Root of the state after the block; zero in a state until its next slot.</summary>
    public required Root StateRoot { get; init; }

    /// <summary>Root of the body.</summary>
    public required Root BodyRoot { get; init; }
}

/// <summary>What is signed: an object's root within a domain.</summary>
[SszContainer]
[Spec("phase0/beacon-chain.md#signingdata")]
public sealed partial record SigningData
{
    /// <summary>Root of the object.</summary>
    public required Root ObjectRoot { get; init; }

    /// <summary>The domain.</summary>
    public required Domain Domain { get; init; }
}
