using System.Text.Json;
using System.Text.Json.Serialization;
using Beacon.Ssz;

namespace Beacon.ApiClient.Json;

/// <summary>Lets the serializer use the JSON functions generated for units and containers.</summary>
public sealed class BeaconJsonConverter<T> : JsonConverter<T>
    where T : IBeaconJson<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.ReadJson(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => value.WriteJson(writer);
}

/// <summary>Enumerations as their snake_case names.</summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
