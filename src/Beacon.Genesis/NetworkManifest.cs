using System.Text.Json;
using System.Text.Json.Serialization;

namespace Beacon.Genesis;

/// <summary><c>manifest.json</c> of a network directory: written last, so its presence means that the directory is complete.</summary>
public sealed record NetworkManifest
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest.json";

    /// <summary>Number of the iteration.</summary>
    public required int Iteration { get; init; }

    /// <summary>Root of the genesis block, 0x and 64 digits.</summary>
    public required string GenesisRoot { get; init; }

    /// <summary>Root of the validators at genesis, 0x and 64 digits.</summary>
    public required string GenesisValidatorsRoot { get; init; }

    /// <summary>Unix seconds.</summary>
    public required ulong GenesisTime { get; init; }

    /// <summary>Prefix of the protocol IDs, or <c>standard</c>.</summary>
    public required string ProtocolId { get; init; }

    /// <summary>Fork digest, 0x and 8 digits.</summary>
    public required string ForkDigest { get; init; }

    /// <summary>Parts that the compressed genesis state was cut into.</summary>
    public required int GenesisShards { get; init; }

    /// <summary>The file's bytes.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, NetworkManifestJson.Default.NetworkManifest);

    /// <summary>Reads the file's bytes.</summary>
    /// <exception cref="GenesisException">They are no manifest.</exception>
    public static NetworkManifest Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, NetworkManifestJson.Default.NetworkManifest) ?? throw new GenesisException($"{FileName} is empty; make the network directory again.");
        }
        catch (JsonException exception)
        {
            throw new GenesisException($"{FileName} is not a manifest of a network directory: {exception.Message} Make the network directory again.", exception);
        }
    }
}

/// <summary>Serialization of the manifest without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NetworkManifest))]
internal sealed partial class NetworkManifestJson : JsonSerializerContext;
