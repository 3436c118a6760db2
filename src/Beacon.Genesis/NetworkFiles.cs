using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>The files of a network directory (<c>docs/contracts.md</c>) as bytes; where they go is the caller's business.</summary>
public sealed class NetworkFiles
{
    /// <summary>Name of the configuration.</summary>
    public const string ConfigFileName = "config.yaml";

    /// <summary>Name of the compressed genesis state; shards have a number behind it.</summary>
    public const string GenesisFileName = "genesis.ssz.gz";

    /// <summary>Largest shard in bytes: with its base64 form and the other files it still fits a ConfigMap.</summary>
    public const int MaxShardSize = 900 * 1024;

    private NetworkFiles(NetworkManifest manifest, byte[] config, ImmutableArray<byte[]> shards)
    {
        Manifest = manifest;
        Config = config;
        GenesisShards = shards;
    }

    /// <summary>The manifest.</summary>
    public NetworkManifest Manifest { get; }

    /// <summary><c>config.yaml</c>.</summary>
    public byte[] Config { get; }

    /// <summary>The shards of the compressed genesis state, in order.</summary>
    public ImmutableArray<byte[]> GenesisShards { get; }

    /// <summary>All files by name, in the order in which they have to be written.</summary>
    public IEnumerable<KeyValuePair<string, byte[]>> All()
    {
        yield return new(ConfigFileName, Config);
        for (int i = 0; i < GenesisShards.Length; i++)
        {
            yield return new(ShardName(i, GenesisShards.Length), GenesisShards[i]);
        }

        yield return new(NetworkManifest.FileName, Manifest.ToJson());
    }

    /// <summary>File name of a shard.</summary>
    public static string ShardName(int index, int count) =>
        count == 1 ? GenesisFileName : string.Create(CultureInfo.InvariantCulture, $"{GenesisFileName}.{index:D2}");

    /// <summary>Makes the files.</summary>
    /// <param name="spec">Preset and the complete configuration.</param>
    /// <param name="genesisState">The genesis state.</param>
    /// <param name="iteration">Number of the iteration.</param>
    /// <param name="protocolId">Prefix of the protocol IDs, or <c>standard</c>.</param>
    /// <param name="maxShardSize">Largest shard in bytes.</param>
    public static NetworkFiles Build(ChainSpec spec, BeaconState genesisState, int iteration, string protocolId, int maxShardSize = MaxShardSize)
    {
        byte[] ssz = new byte[genesisState.SszSize];
        genesisState.Serialize(ssz);
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(ssz);
        }

        ImmutableArray<byte[]> shards = [.. compressed.ToArray().Chunk(maxShardSize)];
        NetworkManifest manifest = Describe(spec, genesisState, iteration, protocolId, shards.Length);
        return new NetworkFiles(manifest, Encoding.UTF8.GetBytes(spec.Config.ToYaml()), shards);
    }

    /// <summary>The manifest that belongs to a genesis state.</summary>
    internal static NetworkManifest Describe(ChainSpec spec, BeaconState genesisState, int iteration, string protocolId, int shards) => new()
    {
        Iteration = iteration,
        GenesisRoot = GenesisStates.GenesisBlock(genesisState).HashTreeRoot().ToString(),
        GenesisValidatorsRoot = genesisState.GenesisValidatorsRoot.ToString(),
        GenesisTime = genesisState.GenesisTime,
        ProtocolId = protocolId,
        ForkDigest = Misc.ComputeForkDigest(spec.Config.GenesisForkVersion, genesisState.GenesisValidatorsRoot).ToString(),
        GenesisShards = shards,
    };

    /// <summary>Reads a genesis state from its compressed shards.</summary>
    /// <exception cref="GenesisException">They are damaged or of another preset.</exception>
    public static BeaconState ReadGenesis(ChainSpec spec, IEnumerable<byte[]> shards)
    {
        using MemoryStream compressed = new();
        foreach (byte[] shard in shards)
        {
            compressed.Write(shard);
        }

        compressed.Position = 0;
        try
        {
            using GZipStream gzip = new(compressed, CompressionMode.Decompress);
            using MemoryStream ssz = new();
            gzip.CopyTo(ssz);
            return BeaconState.Deserialize(ssz.GetBuffer().AsSpan(0, (int)ssz.Length), spec);
        }
        catch (Exception exception) when (exception is InvalidDataException or SszException)
        {
            throw new GenesisException(
                $"{GenesisFileName} holds no genesis state of preset {spec.Preset.Name}: {exception.Message} Make the network directory again.", exception);
        }
    }
}
