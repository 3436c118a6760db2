using System.Text.Json;
using System.Text.Json.Serialization;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Validator;

/// <summary>What <c>manifest.json</c> of a network directory says.</summary>
public sealed record NetworkManifest
{
    /// <summary>File name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>Number of the chain among those of its testnet.</summary>
    public required long Iteration { get; init; }

    /// <summary>Root of the genesis block.</summary>
    public required Root GenesisRoot { get; init; }

    /// <summary>Root of the validators at genesis.</summary>
    public required Root GenesisValidatorsRoot { get; init; }

    /// <summary>Unix time of slot 0, in seconds.</summary>
    public required long GenesisTime { get; init; }

    /// <summary>Reads the manifest; null while it is not there.</summary>
    /// <exception cref="ValidatorStopException">It cannot be read.</exception>
    public static NetworkManifest? TryRead(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            ManifestFile file = JsonSerializer.Deserialize(File.ReadAllBytes(path), ValidatorJson.Default.ManifestFile) ?? throw new JsonException("The file is empty.");
            return new NetworkManifest
            {
                Iteration = file.Iteration,
                GenesisRoot = Root.Parse(file.GenesisRoot),
                GenesisValidatorsRoot = Root.Parse(file.GenesisValidatorsRoot),
                GenesisTime = file.GenesisTime,
            };
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Swapped between the two calls.
            return null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ValidatorStopException(ExitCodes.BadConfiguration, $"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads <c>config.yaml</c> beside the manifest.</summary>
    /// <exception cref="ValidatorStopException">It is missing or not a chain configuration.</exception>
    public static ChainSpec ReadConfig(string directory)
    {
        string path = Path.Combine(directory, "config.yaml");
        try
        {
            return new ChainSpec(ChainConfig.Parse(File.ReadAllText(path)));
        }
        catch (Exception exception) when (exception is ChainConfigException or IOException or UnauthorizedAccessException)
        {
            throw new ValidatorStopException(ExitCodes.BadConfiguration, $"{path} cannot be used: {exception.Message}", exception);
        }
    }
}

internal sealed record ManifestFile
{
    public required long Iteration { get; init; }

    public required string GenesisRoot { get; init; }

    public required string GenesisValidatorsRoot { get; init; }

    public required long GenesisTime { get; init; }
}

internal sealed record KeysFile
{
    public required string GenesisValidatorsRoot { get; init; }

    public required IReadOnlyList<KeyEntry> Keys { get; init; }
}

internal sealed record KeyEntry
{
    public required int Index { get; init; }

    public required string Pubkey { get; init; }

    public string Path { get; init; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ManifestFile))]
[JsonSerializable(typeof(KeysFile))]
internal sealed partial class ValidatorJson : JsonSerializerContext;
