using System.Text.Json.Serialization;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ApiClient.Json;

/// <summary>Serialization of the API's own types: snake_case keys, integers as decimal strings.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(BeaconJsonConverter<Slot>), typeof(BeaconJsonConverter<Epoch>), typeof(BeaconJsonConverter<Gwei>),
        typeof(BeaconJsonConverter<ValidatorIndex>), typeof(BeaconJsonConverter<CommitteeIndex>), typeof(BeaconJsonConverter<Root>),
        typeof(BeaconJsonConverter<BlsPublicKey>), typeof(BeaconJsonConverter<BlsSignature>), typeof(BeaconJsonConverter<ForkVersion>),
        typeof(BeaconJsonConverter<ExecutionAddress>),
    ])]
[JsonSerializable(typeof(NodeIdentity))]
[JsonSerializable(typeof(NodePeer))]
[JsonSerializable(typeof(NodePeer[]))]
[JsonSerializable(typeof(PeerCount))]
[JsonSerializable(typeof(SyncingStatus))]
[JsonSerializable(typeof(NodeVersion))]
[JsonSerializable(typeof(GenesisInfo))]
[JsonSerializable(typeof(BlockHeaderInfo))]
[JsonSerializable(typeof(BlockHeaderInfo[]))]
[JsonSerializable(typeof(RootInfo))]
[JsonSerializable(typeof(FinalityCheckpoints))]
[JsonSerializable(typeof(ValidatorInfo))]
[JsonSerializable(typeof(ValidatorInfo[]))]
[JsonSerializable(typeof(ValidatorBalance[]))]
[JsonSerializable(typeof(ValidatorQuery))]
[JsonSerializable(typeof(CommitteeInfo[]))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(DepositContractInfo))]
[JsonSerializable(typeof(AttesterDuty[]))]
[JsonSerializable(typeof(ProposerDuty[]))]
[JsonSerializable(typeof(CommitteeSubscription[]))]
[JsonSerializable(typeof(ProposerPreparation[]))]
[JsonSerializable(typeof(ChainHeadInfo[]))]
[JsonSerializable(typeof(ValidatorIndex[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(ApiError))]
[JsonSerializable(typeof(HeadEvent))]
[JsonSerializable(typeof(BlockEvent))]
[JsonSerializable(typeof(FinalizedCheckpointEvent))]
[JsonSerializable(typeof(ChainReorgEvent))]
public sealed partial class BeaconApiJson : JsonSerializerContext;
