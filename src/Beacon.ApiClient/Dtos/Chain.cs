using System.Text.Json.Serialization;
using Beacon.ApiClient.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ApiClient;

/// <summary>The chain's beginning.</summary>
public sealed record GenesisInfo
{
    /// <summary>Unix time of slot 0, in seconds.</summary>
    public required ulong GenesisTime { get; init; }

    /// <summary>Root of the validators at genesis.</summary>
    public required Root GenesisValidatorsRoot { get; init; }

    /// <summary>Fork version at genesis.</summary>
    public required ForkVersion GenesisForkVersion { get; init; }
}

/// <summary>A block's header and where it stands.</summary>
public sealed record BlockHeaderInfo
{
    /// <summary>Root of the block.</summary>
    public required Root Root { get; init; }

    /// <summary>Whether it is an ancestor of the head, or the head.</summary>
    public required bool Canonical { get; init; }

    /// <summary>The header and its signature (zero for the genesis block).</summary>
    [JsonConverter(typeof(BeaconJsonConverter<SignedBeaconBlockHeader>))]
    public required SignedBeaconBlockHeader Header { get; init; }
}

/// <summary>A root.</summary>
public sealed record RootInfo
{
    public required Root Root { get; init; }
}

/// <summary>The checkpoints of a state.</summary>
public sealed record FinalityCheckpoints
{
    /// <summary>Justified as of the previous epoch.</summary>
    [JsonConverter(typeof(BeaconJsonConverter<Checkpoint>))]
    public required Checkpoint PreviousJustified { get; init; }

    /// <summary>Justified.</summary>
    [JsonConverter(typeof(BeaconJsonConverter<Checkpoint>))]
    public required Checkpoint CurrentJustified { get; init; }

    /// <summary>Finalized.</summary>
    [JsonConverter(typeof(BeaconJsonConverter<Checkpoint>))]
    public required Checkpoint Finalized { get; init; }
}

/// <summary>A validator in a state.</summary>
public sealed record ValidatorInfo
{
    /// <summary>Position in the registry.</summary>
    public required ValidatorIndex Index { get; init; }

    /// <summary>Exact balance.</summary>
    public required Gwei Balance { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required ValidatorStatus Status { get; init; }

    /// <summary>Its record.</summary>
    [JsonConverter(typeof(BeaconJsonConverter<Validator>))]
    public required Validator Validator { get; init; }
}

/// <summary>Stations of a validator's life.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ValidatorStatus>))]
public enum ValidatorStatus
{
    PendingInitialized,
    PendingQueued,
    ActiveOngoing,
    ActiveExiting,
    ActiveSlashed,
    ExitedUnslashed,
    ExitedSlashed,
    WithdrawalPossible,
    WithdrawalDone,
}

/// <summary>How a status follows from a record.</summary>
public static class ValidatorStatuses
{
    /// <summary>The status of a validator at an epoch.</summary>
    public static ValidatorStatus Of(Validator validator, Gwei balance, Epoch epoch)
    {
        if (epoch < validator.ActivationEpoch)
        {
            return validator.ActivationEligibilityEpoch == Epoch.FarFuture ? ValidatorStatus.PendingInitialized : ValidatorStatus.PendingQueued;
        }

        if (epoch < validator.ExitEpoch)
        {
            return validator.ExitEpoch == Epoch.FarFuture ? ValidatorStatus.ActiveOngoing
                : validator.Slashed ? ValidatorStatus.ActiveSlashed
                : ValidatorStatus.ActiveExiting;
        }

        if (epoch < validator.WithdrawableEpoch)
        {
            return validator.Slashed ? ValidatorStatus.ExitedSlashed : ValidatorStatus.ExitedUnslashed;
        }

        return balance.Value > 0 ? ValidatorStatus.WithdrawalPossible : ValidatorStatus.WithdrawalDone;
    }

    /// <summary>Whether a status is meant by a filter: its own name, or <c>pending</c>, <c>active</c>, <c>exited</c>, <c>withdrawal</c>.</summary>
    public static bool Matches(this ValidatorStatus status, string filter)
    {
        string name = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());
        return name == filter || (!filter.Contains('_', StringComparison.Ordinal) && name.StartsWith(filter + "_", StringComparison.Ordinal));
    }
}

/// <summary>A validator's exact balance.</summary>
public sealed record ValidatorBalance
{
    public required ValidatorIndex Index { get; init; }

    public required Gwei Balance { get; init; }
}

/// <summary>Body of a POST to the validators of a state.</summary>
public sealed record ValidatorQuery
{
    /// <summary>Indices or public keys; all validators when absent.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Statuses; any when absent.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }
}

/// <summary>A committee.</summary>
public sealed record CommitteeInfo
{
    /// <summary>Its number within the slot.</summary>
    public required CommitteeIndex Index { get; init; }

    /// <summary>Its slot.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Members in committee order.</summary>
    public required IReadOnlyList<ValidatorIndex> Validators { get; init; }
}

/// <summary>Where deposits are made.</summary>
public sealed record DepositContractInfo
{
    /// <summary>Chain ID.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>Address of the contract.</summary>
    public required ExecutionAddress Address { get; init; }
}

/// <summary>A head: a block without children.</summary>
public sealed record ChainHeadInfo
{
    public required Root Root { get; init; }

    public required Slot Slot { get; init; }

    public bool ExecutionOptimistic { get; init; }
}
