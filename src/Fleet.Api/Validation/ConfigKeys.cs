using System.Collections.Frozen;

namespace Fleet.Api.Validation;

/// <summary>What may stand in <c>network.config</c>.</summary>
public static class ConfigKeys
{
    /// <summary>Slot length in milliseconds; our extension of v1.5.0.</summary>
    public const string SlotDurationMs = "SLOT_DURATION_MS";

    /// <summary>Slot length in seconds.</summary>
    public const string SecondsPerSlot = "SECONDS_PER_SLOT";

    /// <summary>Shortest slot in milliseconds.</summary>
    public const long MinSlotDurationMs = 100;

    /// <summary>Constants of the presets (phase0 to electra): compiled into the client, so a file cannot change them.</summary>
    internal const string PresetConstantNames =
        """
        MAX_COMMITTEES_PER_SLOT TARGET_COMMITTEE_SIZE MAX_VALIDATORS_PER_COMMITTEE SHUFFLE_ROUND_COUNT HYSTERESIS_QUOTIENT
        HYSTERESIS_DOWNWARD_MULTIPLIER HYSTERESIS_UPWARD_MULTIPLIER MIN_DEPOSIT_AMOUNT MAX_EFFECTIVE_BALANCE EFFECTIVE_BALANCE_INCREMENT
        MIN_ATTESTATION_INCLUSION_DELAY SLOTS_PER_EPOCH MIN_SEED_LOOKAHEAD MAX_SEED_LOOKAHEAD EPOCHS_PER_ETH1_VOTING_PERIOD
        SLOTS_PER_HISTORICAL_ROOT MIN_EPOCHS_TO_INACTIVITY_PENALTY EPOCHS_PER_HISTORICAL_VECTOR EPOCHS_PER_SLASHINGS_VECTOR
        HISTORICAL_ROOTS_LIMIT VALIDATOR_REGISTRY_LIMIT BASE_REWARD_FACTOR WHISTLEBLOWER_REWARD_QUOTIENT PROPOSER_REWARD_QUOTIENT
        INACTIVITY_PENALTY_QUOTIENT MIN_SLASHING_PENALTY_QUOTIENT PROPORTIONAL_SLASHING_MULTIPLIER MAX_PROPOSER_SLASHINGS
        MAX_ATTESTER_SLASHINGS MAX_ATTESTATIONS MAX_DEPOSITS MAX_VOLUNTARY_EXITS INACTIVITY_PENALTY_QUOTIENT_ALTAIR
        MIN_SLASHING_PENALTY_QUOTIENT_ALTAIR PROPORTIONAL_SLASHING_MULTIPLIER_ALTAIR SYNC_COMMITTEE_SIZE
        EPOCHS_PER_SYNC_COMMITTEE_PERIOD MIN_SYNC_COMMITTEE_PARTICIPANTS UPDATE_TIMEOUT INACTIVITY_PENALTY_QUOTIENT_BELLATRIX
        MIN_SLASHING_PENALTY_QUOTIENT_BELLATRIX PROPORTIONAL_SLASHING_MULTIPLIER_BELLATRIX MAX_BYTES_PER_TRANSACTION
        MAX_TRANSACTIONS_PER_PAYLOAD BYTES_PER_LOGS_BLOOM MAX_EXTRA_DATA_BYTES MAX_BLS_TO_EXECUTION_CHANGES MAX_WITHDRAWALS_PER_PAYLOAD
        MAX_VALIDATORS_PER_WITHDRAWALS_SWEEP FIELD_ELEMENTS_PER_BLOB MAX_BLOB_COMMITMENTS_PER_BLOCK KZG_COMMITMENT_INCLUSION_PROOF_DEPTH
        MIN_ACTIVATION_BALANCE MAX_EFFECTIVE_BALANCE_ELECTRA MIN_SLASHING_PENALTY_QUOTIENT_ELECTRA WHISTLEBLOWER_REWARD_QUOTIENT_ELECTRA
        PENDING_DEPOSITS_LIMIT PENDING_PARTIAL_WITHDRAWALS_LIMIT PENDING_CONSOLIDATIONS_LIMIT MAX_ATTESTER_SLASHINGS_ELECTRA
        MAX_ATTESTATIONS_ELECTRA MAX_DEPOSIT_REQUESTS_PER_PAYLOAD MAX_WITHDRAWAL_REQUESTS_PER_PAYLOAD
        MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD MAX_PENDING_PARTIALS_PER_WITHDRAWALS_SWEEP MAX_PENDING_DEPOSITS_PER_EPOCH
        """;

    /// <summary>Values the operator decides when it makes a genesis.</summary>
    internal const string NamesSetByOperator = "MIN_GENESIS_ACTIVE_VALIDATOR_COUNT MIN_GENESIS_TIME GENESIS_DELAY";

    /// <summary>Values that divide or pace something, so that zero would break the chain; without those of the slot, which have narrower bounds.</summary>
    internal const string PositiveNames = "CHURN_LIMIT_QUOTIENT MIN_PER_EPOCH_CHURN_LIMIT SECONDS_PER_ETH1_BLOCK ATTESTATION_SUBNET_COUNT MAX_REQUEST_BLOCKS";

    /// <summary>See <see cref="PresetConstantNames"/>.</summary>
    internal static FrozenSet<string> PresetConstants { get; } = SetOf(PresetConstantNames);

    /// <summary>See <see cref="NamesSetByOperator"/>.</summary>
    internal static FrozenSet<string> SetByOperator { get; } = SetOf(NamesSetByOperator);

    /// <summary>See <see cref="PositiveNames"/>.</summary>
    internal static FrozenSet<string> Positive { get; } = SetOf($"{SlotDurationMs} {SecondsPerSlot} {PositiveNames}");

    /// <summary>Bytes of a hexadecimal value by the key's name, or 0 when it is not one.</summary>
    internal static int HexBytes(string key) =>
        key.EndsWith("_FORK_VERSION", StringComparison.Ordinal) ? 4
        : key.EndsWith("_ADDRESS", StringComparison.Ordinal) ? 20
        : key.StartsWith("DOMAIN_", StringComparison.Ordinal) || key.StartsWith("MESSAGE_DOMAIN_", StringComparison.Ordinal) ? 4
        : 0;

    private static FrozenSet<string> SetOf(string names) => names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
