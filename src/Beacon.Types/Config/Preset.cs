using System.Collections.Immutable;

namespace Beacon.Types;

/// <summary>A phase0 preset: the constants of the specification that a network cannot change. There are two, <see cref="Mainnet"/> and <see cref="Minimal"/>.</summary>
public sealed record Preset
{
    private Preset()
    {
    }

    /// <summary>The preset of public networks.</summary>
    public static Preset Mainnet { get; } = new();

    /// <summary>The preset of small test networks.</summary>
    public static Preset Minimal { get; } = new()
    {
        Name = "minimal",
        MaxCommitteesPerSlot = 4,
        TargetCommitteeSize = 4,
        ShuffleRoundCount = 10,
        SlotsPerEpoch = 8,
        EpochsPerEth1VotingPeriod = 4,
        SlotsPerHistoricalRoot = 64,
        EpochsPerHistoricalVector = 64,
        EpochsPerSlashingsVector = 64,
        InactivityPenaltyQuotient = 33_554_432,
        MinSlashingPenaltyQuotient = 64,
        ProportionalSlashingMultiplier = 2,
    };

    /// <summary><c>mainnet</c> or <c>minimal</c>, as in <c>PRESET_BASE</c>.</summary>
    public string Name { get; private init; } = "mainnet";

    /// <summary><c>MAX_COMMITTEES_PER_SLOT</c>.</summary>
    public ulong MaxCommitteesPerSlot { get; private init; } = 64;

    /// <summary><c>TARGET_COMMITTEE_SIZE</c>, validators.</summary>
    public ulong TargetCommitteeSize { get; private init; } = 128;

    /// <summary><c>MAX_VALIDATORS_PER_COMMITTEE</c>.</summary>
    public ulong MaxValidatorsPerCommittee { get; private init; } = PresetLimits.MaxValidatorsPerCommittee;

    /// <summary><c>SHUFFLE_ROUND_COUNT</c>.</summary>
    public int ShuffleRoundCount { get; private init; } = 90;

    /// <summary><c>HYSTERESIS_QUOTIENT</c>.</summary>
    public ulong HysteresisQuotient { get; private init; } = 4;

    /// <summary><c>HYSTERESIS_DOWNWARD_MULTIPLIER</c>.</summary>
    public ulong HysteresisDownwardMultiplier { get; private init; } = 1;

    /// <summary><c>HYSTERESIS_UPWARD_MULTIPLIER</c>.</summary>
    public ulong HysteresisUpwardMultiplier { get; private init; } = 5;

    /// <summary><c>MIN_DEPOSIT_AMOUNT</c>.</summary>
    public Gwei MinDepositAmount { get; private init; } = new(1_000_000_000);

    /// <summary><c>MAX_EFFECTIVE_BALANCE</c>.</summary>
    public Gwei MaxEffectiveBalance { get; private init; } = new(32_000_000_000);

    /// <summary><c>EFFECTIVE_BALANCE_INCREMENT</c>.</summary>
    public Gwei EffectiveBalanceIncrement { get; private init; } = new(1_000_000_000);

    /// <summary><c>MIN_ATTESTATION_INCLUSION_DELAY</c>, slots.</summary>
    public ulong MinAttestationInclusionDelay { get; private init; } = 1;

    /// <summary><c>SLOTS_PER_EPOCH</c>.</summary>
    public ulong SlotsPerEpoch { get; private init; } = 32;

    /// <summary><c>MIN_SEED_LOOKAHEAD</c>, epochs.</summary>
    public ulong MinSeedLookahead { get; private init; } = 1;

    /// <summary><c>MAX_SEED_LOOKAHEAD</c>, epochs.</summary>
    public ulong MaxSeedLookahead { get; private init; } = 4;

    /// <summary><c>EPOCHS_PER_ETH1_VOTING_PERIOD</c>.</summary>
    public ulong EpochsPerEth1VotingPeriod { get; private init; } = 64;

    /// <summary><c>SLOTS_PER_HISTORICAL_ROOT</c>.</summary>
    public ulong SlotsPerHistoricalRoot { get; private init; } = 8192;

    /// <summary><c>MIN_EPOCHS_TO_INACTIVITY_PENALTY</c>.</summary>
    public ulong MinEpochsToInactivityPenalty { get; private init; } = 4;

    /// <summary><c>EPOCHS_PER_HISTORICAL_VECTOR</c>.</summary>
    public ulong EpochsPerHistoricalVector { get; private init; } = 65536;

    /// <summary><c>EPOCHS_PER_SLASHINGS_VECTOR</c>.</summary>
    public ulong EpochsPerSlashingsVector { get; private init; } = 8192;

    /// <summary><c>HISTORICAL_ROOTS_LIMIT</c>.</summary>
    public ulong HistoricalRootsLimit { get; private init; } = 16_777_216;

    /// <summary><c>VALIDATOR_REGISTRY_LIMIT</c>.</summary>
    public ulong ValidatorRegistryLimit { get; private init; } = 1_099_511_627_776;

    /// <summary><c>BASE_REWARD_FACTOR</c>.</summary>
    public ulong BaseRewardFactor { get; private init; } = 64;

    /// <summary><c>WHISTLEBLOWER_REWARD_QUOTIENT</c>.</summary>
    public ulong WhistleblowerRewardQuotient { get; private init; } = 512;

    /// <summary><c>PROPOSER_REWARD_QUOTIENT</c>.</summary>
    public ulong ProposerRewardQuotient { get; private init; } = 8;

    /// <summary><c>INACTIVITY_PENALTY_QUOTIENT</c>.</summary>
    public ulong InactivityPenaltyQuotient { get; private init; } = 67_108_864;

    /// <summary><c>MIN_SLASHING_PENALTY_QUOTIENT</c>.</summary>
    public ulong MinSlashingPenaltyQuotient { get; private init; } = 128;

    /// <summary><c>PROPORTIONAL_SLASHING_MULTIPLIER</c>.</summary>
    public ulong ProportionalSlashingMultiplier { get; private init; } = 1;

    /// <summary><c>MAX_PROPOSER_SLASHINGS</c>.</summary>
    public ulong MaxProposerSlashings { get; private init; } = PresetLimits.MaxProposerSlashings;

    /// <summary><c>MAX_ATTESTER_SLASHINGS</c>.</summary>
    public ulong MaxAttesterSlashings { get; private init; } = PresetLimits.MaxAttesterSlashings;

    /// <summary><c>MAX_ATTESTATIONS</c>.</summary>
    public ulong MaxAttestations { get; private init; } = PresetLimits.MaxAttestations;

    /// <summary><c>MAX_DEPOSITS</c>.</summary>
    public ulong MaxDeposits { get; private init; } = PresetLimits.MaxDeposits;

    /// <summary><c>MAX_VOLUNTARY_EXITS</c>.</summary>
    public ulong MaxVoluntaryExits { get; private init; } = PresetLimits.MaxVoluntaryExits;

    /// <summary>Limit of <c>eth1_data_votes</c>: <c>EPOCHS_PER_ETH1_VOTING_PERIOD * SLOTS_PER_EPOCH</c>.</summary>
    public ulong MaxEth1DataVotes => EpochsPerEth1VotingPeriod * SlotsPerEpoch;

    /// <summary>Limit of the pending attestations of an epoch: <c>MAX_ATTESTATIONS * SLOTS_PER_EPOCH</c>.</summary>
    public ulong MaxPendingAttestations => MaxAttestations * SlotsPerEpoch;

    /// <summary>The preset of that name, or null.</summary>
    public static Preset? Find(string name) => name switch
    {
        "mainnet" => Mainnet,
        "minimal" => Minimal,
        _ => null,
    };

    /// <summary>The constants under their names in the specification, in the order of its preset file.</summary>
    public ImmutableArray<KeyValuePair<string, string>> ToSpecValues() =>
    [
        new("MAX_COMMITTEES_PER_SLOT", $"{MaxCommitteesPerSlot}"),
        new("TARGET_COMMITTEE_SIZE", $"{TargetCommitteeSize}"),
        new("MAX_VALIDATORS_PER_COMMITTEE", $"{MaxValidatorsPerCommittee}"),
        new("SHUFFLE_ROUND_COUNT", $"{ShuffleRoundCount}"),
        new("HYSTERESIS_QUOTIENT", $"{HysteresisQuotient}"),
        new("HYSTERESIS_DOWNWARD_MULTIPLIER", $"{HysteresisDownwardMultiplier}"),
        new("HYSTERESIS_UPWARD_MULTIPLIER", $"{HysteresisUpwardMultiplier}"),
        new("MIN_DEPOSIT_AMOUNT", $"{MinDepositAmount.Value}"),
        new("MAX_EFFECTIVE_BALANCE", $"{MaxEffectiveBalance.Value}"),
        new("EFFECTIVE_BALANCE_INCREMENT", $"{EffectiveBalanceIncrement.Value}"),
        new("MIN_ATTESTATION_INCLUSION_DELAY", $"{MinAttestationInclusionDelay}"),
        new("SLOTS_PER_EPOCH", $"{SlotsPerEpoch}"),
        new("MIN_SEED_LOOKAHEAD", $"{MinSeedLookahead}"),
        new("MAX_SEED_LOOKAHEAD", $"{MaxSeedLookahead}"),
        new("EPOCHS_PER_ETH1_VOTING_PERIOD", $"{EpochsPerEth1VotingPeriod}"),
        new("SLOTS_PER_HISTORICAL_ROOT", $"{SlotsPerHistoricalRoot}"),
        new("MIN_EPOCHS_TO_INACTIVITY_PENALTY", $"{MinEpochsToInactivityPenalty}"),
        new("EPOCHS_PER_HISTORICAL_VECTOR", $"{EpochsPerHistoricalVector}"),
        new("EPOCHS_PER_SLASHINGS_VECTOR", $"{EpochsPerSlashingsVector}"),
        new("HISTORICAL_ROOTS_LIMIT", $"{HistoricalRootsLimit}"),
        new("VALIDATOR_REGISTRY_LIMIT", $"{ValidatorRegistryLimit}"),
        new("BASE_REWARD_FACTOR", $"{BaseRewardFactor}"),
        new("WHISTLEBLOWER_REWARD_QUOTIENT", $"{WhistleblowerRewardQuotient}"),
        new("PROPOSER_REWARD_QUOTIENT", $"{ProposerRewardQuotient}"),
        new("INACTIVITY_PENALTY_QUOTIENT", $"{InactivityPenaltyQuotient}"),
        new("MIN_SLASHING_PENALTY_QUOTIENT", $"{MinSlashingPenaltyQuotient}"),
        new("PROPORTIONAL_SLASHING_MULTIPLIER", $"{ProportionalSlashingMultiplier}"),
        new("MAX_PROPOSER_SLASHINGS", $"{MaxProposerSlashings}"),
        new("MAX_ATTESTER_SLASHINGS", $"{MaxAttesterSlashings}"),
        new("MAX_ATTESTATIONS", $"{MaxAttestations}"),
        new("MAX_DEPOSITS", $"{MaxDeposits}"),
        new("MAX_VOLUNTARY_EXITS", $"{MaxVoluntaryExits}"),
    ];
}
