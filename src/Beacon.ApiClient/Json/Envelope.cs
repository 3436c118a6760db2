using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beacon.Ssz;

namespace Beacon.ApiClient.Json;

/// <summary>What an answer says beside its data. Members that are null are absent.</summary>
public readonly record struct ApiMetadata
{
    /// <summary>Name of the fork the data is of.</summary>
    public string? Version { get; init; }

    /// <summary>Whether the data refers to a block whose execution payload was not verified; always false in phase0.</summary>
    public bool? ExecutionOptimistic { get; init; }

    /// <summary>Whether the data can no longer change.</summary>
    public bool? Finalized { get; init; }

    /// <summary>Block root that duties were computed from; when it changes they are stale.</summary>
    public Root? DependentRoot { get; init; }

    /// <summary>Number of items in a list of peers.</summary>
    public long? Count { get; init; }
}

/// <summary>An answer: data and what is said about it.</summary>
public sealed record ApiResponse<T>(T Data, ApiMetadata Metadata);

/// <summary>Reads a value at the reader's position and leaves the reader on its last token.</summary>
public delegate T JsonRead<out T>(ref Utf8JsonReader reader);

/// <summary>The API's envelope <c>{"data": …}</c>, for client and server.</summary>
public static class Envelope
{
    private static readonly JsonEncodedText DataKey = JsonEncodedText.Encode("data");

    /// <summary>Writes an answer.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="metadata">Members beside the data.</param>
    /// <param name="writeData">Writes exactly one value.</param>
    public static void Write(IBufferWriter<byte> output, ApiMetadata metadata, Action<Utf8JsonWriter> writeData)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        if (metadata.Version is not null)
        {
            writer.WriteString("version", metadata.Version);
        }

        if (metadata.DependentRoot is { } dependentRoot)
        {
            writer.WritePropertyName("dependent_root");
            dependentRoot.WriteJson(writer);
        }

        if (metadata.ExecutionOptimistic is { } optimistic)
        {
            writer.WriteBoolean("execution_optimistic", optimistic);
        }

        if (metadata.Finalized is { } finalized)
        {
            writer.WriteBoolean("finalized", finalized);
        }

        writer.WritePropertyName(DataKey);
        writeData(writer);
        if (metadata.Count is { } count)
        {
            writer.WriteStartObject("meta");
            writer.WriteNumber("count", count);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes an answer whose data is one of this project's types.</summary>
    public static void Write<T>(IBufferWriter<byte> output, ApiMetadata metadata, T data, JsonTypeInfo<T> type) =>
        Write(output, metadata, writer => JsonSerializer.Serialize(writer, data, type));

    /// <summary>Writes an answer whose data is a container.</summary>
    public static void Write<T>(IBufferWriter<byte> output, ApiMetadata metadata, T data)
        where T : IBeaconJson<T> => Write(output, metadata, data.WriteJson);

    /// <summary>Writes an answer whose data is a list of containers.</summary>
    public static void WriteList<T>(IBufferWriter<byte> output, ApiMetadata metadata, IEnumerable<T> data)
        where T : IBeaconJson<T> => Write(output, metadata, writer => WriteArray(writer, data));

    /// <summary>Writes a JSON array of containers.</summary>
    public static void WriteArray<T>(Utf8JsonWriter writer, IEnumerable<T> items)
        where T : IBeaconJson<T>
    {
        writer.WriteStartArray();
        foreach (T item in items)
        {
            item.WriteJson(writer);
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads a JSON array of containers, as in request bodies.</summary>
    /// <exception cref="JsonException">Not an array, or an item of the wrong form.</exception>
    public static IReadOnlyList<T> ReadArray<T>(ref Utf8JsonReader reader)
        where T : IBeaconJson<T>
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An array is wanted.");
        }

        var items = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(T.ReadJson(ref reader));
        }

        return items;
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="JsonException">Not JSON, without data, or with data of the wrong form.</exception>
    public static ApiResponse<T> Read<T>(ReadOnlySpan<byte> utf8, JsonRead<T> readData)
    {
        var reader = new Utf8JsonReader(utf8);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The answer is not a JSON object.");
        }

        T? data = default;
        bool found = false;
        var metadata = default(ApiMetadata);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string? key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "data":
                    data = readData(ref reader);
                    found = true;
                    break;
                case "version":
                    metadata = metadata with { Version = reader.GetString() };
                    break;
                case "execution_optimistic":
                    metadata = metadata with { ExecutionOptimistic = reader.GetBoolean() };
                    break;
                case "finalized":
                    metadata = metadata with { Finalized = reader.GetBoolean() };
                    break;
                case "dependent_root":
                    metadata = metadata with { DependentRoot = Root.ReadJson(ref reader) };
                    break;
                case "meta":
                    metadata = metadata with { Count = ReadCount(ref reader) };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return found ? new ApiResponse<T>(data!, metadata) : throw new JsonException("The answer has no data.");
    }

    private static long? ReadCount(ref Utf8JsonReader reader)
    {
        using var meta = JsonDocument.ParseValue(ref reader);
        return meta.RootElement.ValueKind == JsonValueKind.Object
            && meta.RootElement.TryGetProperty("count", out JsonElement count)
            && count.ValueKind == JsonValueKind.Number
            ? count.GetInt64()
            : null;
    }
}
