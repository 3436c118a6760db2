using System.Text.Json;
using Beacon.ApiClient.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ApiClient;

/// <summary>Something that happened on a node; a closed set of cases.</summary>
public abstract record BeaconEvent
{
    private BeaconEvent()
    {
    }

    /// <summary>Name of the topic it is sent under.</summary>
    public abstract string Topic { get; }

    /// <summary>Writes the JSON of the event's data.</summary>
    public abstract void WriteData(Utf8JsonWriter writer);

    /// <summary>Reads an event; null for a topic that is not known here.</summary>
    /// <exception cref="JsonException">Data of the wrong form.</exception>
    public static BeaconEvent? Read(string topic, ReadOnlySpan<byte> data) => topic switch
    {
        EventTopics.Head => new Head(Deserialize(data, BeaconApiJson.Default.HeadEvent)),
        EventTopics.Block => new Block(Deserialize(data, BeaconApiJson.Default.BlockEvent)),
        EventTopics.Attestation => new AttestationReceived(SszJson.FromJson<Attestation>(data)),
        EventTopics.VoluntaryExit => new ExitReceived(SszJson.FromJson<SignedVoluntaryExit>(data)),
        EventTopics.FinalizedCheckpoint => new FinalizedCheckpoint(Deserialize(data, BeaconApiJson.Default.FinalizedCheckpointEvent)),
        EventTopics.ChainReorg => new ChainReorg(Deserialize(data, BeaconApiJson.Default.ChainReorgEvent)),
        _ => null,
    };

    private static T Deserialize<T>(ReadOnlySpan<byte> data, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(data, type) ?? throw new JsonException("The event has no data.");

    /// <summary>The head changed.</summary>
    public sealed record Head(HeadEvent Data) : BeaconEvent
    {
        /// <inheritdoc/>
        public override string Topic => EventTopics.Head;

        /// <inheritdoc/>
        public override void WriteData(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, Data, BeaconApiJson.Default.HeadEvent);
    }

    /// <summary>A block was imported.</summary>
    public sealed record Block(BlockEvent Data) : BeaconEvent
    {
        /// <inheritdoc/>
        public override string Topic => EventTopics.Block;

        /// <inheritdoc/>
        public override void WriteData(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, Data, BeaconApiJson.Default.BlockEvent);
    }

    /// <summary>A valid attestation arrived.</summary>
    public sealed record AttestationReceived(Attestation Data) : BeaconEvent
    {
        /// <inheritdoc/>
        public override string Topic => EventTopics.Attestation;

        /// <inheritdoc/>
        public override void WriteData(Utf8JsonWriter writer) => Data.WriteJson(writer);
    }

    /// <summary>A valid exit arrived.</summary>
    public sealed record ExitReceived(SignedVoluntaryExit Data) : BeaconEvent
    {
        /// <inheritdoc/>
        public override string Topic => EventTopics.VoluntaryExit;

        /// <inheritdoc/>
        public override void WriteData(Utf8JsonWriter writer) => Data.WriteJson(writer);
    }

    /// <summary>A checkpoint was finalized.</summary>
    public sealed record FinalizedCheckpoint(FinalizedCheckpointEvent Data) : BeaconEvent
    {
        /// <inheritdoc/>
        public override string Topic => EventTopics.FinalizedCheckpoint;

        /// <inheritdoc/>
        public override void WriteData(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, Data, BeaconApiJson.Default.FinalizedCheckpointEvent);
    }

    /// <summary>The new head does not descend from the old one.</summary>
    public sealed record ChainReorg(ChainReorgEvent Data) : BeaconEvent
    {
        /// <inheritdoc/>
        public override string Topic => EventTopics.ChainReorg;

        /// <inheritdoc/>
        public override void WriteData(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, Data, BeaconApiJson.Default.ChainReorgEvent);
    }
}

/// <summary>Names of event topics.</summary>
public static class EventTopics
{
    public const string Head = "head";
    public const string Block = "block";
    public const string Attestation = "attestation";
    public const string VoluntaryExit = "voluntary_exit";
    public const string FinalizedCheckpoint = "finalized_checkpoint";
    public const string ChainReorg = "chain_reorg";

    /// <summary>All topics that are served.</summary>
    public static IReadOnlyList<string> All { get; } = [Head, Block, Attestation, VoluntaryExit, FinalizedCheckpoint, ChainReorg];
}

/// <summary>Data of a head event.</summary>
public sealed record HeadEvent
{
    /// <summary>Slot of the new head.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Root of its block.</summary>
    public required Root Block { get; init; }

    /// <summary>Root of its state.</summary>
    public required Root State { get; init; }

    /// <summary>Whether it is the first head of its epoch.</summary>
    public required bool EpochTransition { get; init; }

    /// <summary>What attester duties of the head's epoch depend on.</summary>
    public required Root PreviousDutyDependentRoot { get; init; }

    /// <summary>What attester duties of the next epoch, and proposer duties of the head's, depend on.</summary>
    public required Root CurrentDutyDependentRoot { get; init; }

    public bool ExecutionOptimistic { get; init; }
}

/// <summary>Data of a block event.</summary>
public sealed record BlockEvent
{
    public required Slot Slot { get; init; }

    public required Root Block { get; init; }

    public bool ExecutionOptimistic { get; init; }
}

/// <summary>Data of a finalized_checkpoint event.</summary>
public sealed record FinalizedCheckpointEvent
{
    public required Root Block { get; init; }

    public required Root State { get; init; }

    public required Epoch Epoch { get; init; }

    public bool ExecutionOptimistic { get; init; }
}

/// <summary>Data of a chain_reorg event.</summary>
public sealed record ChainReorgEvent
{
    /// <summary>Slot of the new head.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Slots from the common ancestor to the old head.</summary>
    public required ulong Depth { get; init; }

    public required Root OldHeadBlock { get; init; }

    public required Root NewHeadBlock { get; init; }

    public required Root OldHeadState { get; init; }

    public required Root NewHeadState { get; init; }

    /// <summary>Epoch of the new head.</summary>
    public required Epoch Epoch { get; init; }

    public bool ExecutionOptimistic { get; init; }
}
