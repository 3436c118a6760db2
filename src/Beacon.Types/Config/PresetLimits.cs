namespace Beacon.Types;

/// <summary>Limits of containers that are the same in both presets, and constants outside of presets.</summary>
public static class PresetLimits
{
    /// <summary><c>MAX_VALIDATORS_PER_COMMITTEE</c>.</summary>
    public const ulong MaxValidatorsPerCommittee = 2048;

    /// <summary><c>MAX_PROPOSER_SLASHINGS</c>.</summary>
    public const ulong MaxProposerSlashings = 16;

    /// <summary><c>MAX_ATTESTER_SLASHINGS</c>.</summary>
    public const ulong MaxAttesterSlashings = 2;

    /// <summary><c>MAX_ATTESTATIONS</c>.</summary>
    public const ulong MaxAttestations = 128;

    /// <summary><c>MAX_DEPOSITS</c>.</summary>
    public const ulong MaxDeposits = 16;

    /// <summary><c>MAX_VOLUNTARY_EXITS</c>.</summary>
    public const ulong MaxVoluntaryExits = 16;

    /// <summary><c>DEPOSIT_CONTRACT_TREE_DEPTH</c>.</summary>
    public const ulong DepositContractTreeDepth = 32;

    /// <summary><c>JUSTIFICATION_BITS_LENGTH</c>.</summary>
    public const ulong JustificationBitsLength = 4;

    /// <summary><c>ATTESTATION_SUBNET_COUNT</c>.</summary>
    public const ulong AttestationSubnetCount = 64;

    /// <summary><c>TARGET_AGGREGATORS_PER_COMMITTEE</c>.</summary>
    public const ulong TargetAggregatorsPerCommittee = 16;

    /// <summary><c>GENESIS_SLOT</c>.</summary>
    public const ulong GenesisSlot = 0;

    /// <summary><c>GENESIS_EPOCH</c>.</summary>
    public const ulong GenesisEpoch = 0;

    /// <summary><c>BASE_REWARDS_PER_EPOCH</c>.</summary>
    public const ulong BaseRewardsPerEpoch = 4;

    /// <summary><c>BLS_WITHDRAWAL_PREFIX</c>.</summary>
    public const byte BlsWithdrawalPrefix = 0;
}
