using System.Text;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>A network directory that was read: what a node and a validator client start from.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Spec">Preset and configuration.</param>
/// <param name="GenesisState">The genesis state; null where it was not asked for.</param>
public sealed record Network(NetworkManifest Manifest, ChainSpec Spec, BeaconState? GenesisState);

/// <summary>Reading and writing of network directories (<c>docs/contracts.md</c>).</summary>
public static class NetworkDirectory
{
    /// <summary>Whether a directory is complete: its manifest is written last.</summary>
    public static bool IsComplete(string path) => File.Exists(Path.Combine(path, NetworkManifest.FileName));

    /// <summary>Reads a directory and checks that its files belong together.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="withGenesisState">Whether the genesis state is needed; a validator client does without.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="GenesisException">A file is missing or damaged, or the files contradict each other.</exception>
    /// <exception cref="ChainConfigException">A value of <c>config.yaml</c> cannot be used.</exception>
    public static async Task<Network> ReadAsync(string path, bool withGenesisState, CancellationToken cancellationToken)
    {
        NetworkManifest manifest = NetworkManifest.Parse(await ReadFileAsync(path, NetworkManifest.FileName, cancellationToken));
        ChainSpec spec = new(ChainConfig.Parse(Encoding.UTF8.GetString(await ReadFileAsync(path, NetworkFiles.ConfigFileName, cancellationToken))));
        if (!withGenesisState)
        {
            return new Network(manifest, spec, null);
        }

        if (manifest.GenesisShards is < 1 or > 100)
        {
            throw new GenesisException($"{NetworkManifest.FileName} says the genesis state has {manifest.GenesisShards} shards; make the network directory again.");
        }

        List<byte[]> shards = [];
        for (int i = 0; i < manifest.GenesisShards; i++)
        {
            shards.Add(await ReadFileAsync(path, NetworkFiles.ShardName(i, manifest.GenesisShards), cancellationToken));
        }

        BeaconState state = NetworkFiles.ReadGenesis(spec, shards);
        NetworkManifest actual = NetworkFiles.Describe(spec, state, manifest.Iteration, manifest.ProtocolId, manifest.GenesisShards);
        return actual == Normalize(manifest)
            ? new Network(manifest, spec, state)
            : throw new GenesisException(
                $"The files in {path} do not belong together: {NetworkManifest.FileName} names genesis {manifest.GenesisRoot} at {manifest.GenesisTime}, "
                + $"the genesis state is {actual.GenesisRoot} at {actual.GenesisTime}. Make the network directory again.");
    }

    /// <summary>Writes a directory, the manifest last.</summary>
    /// <param name="path">The directory, made where it is missing.</param>
    /// <param name="files">The files.</param>
    /// <param name="cancellationToken">Ends the writing; the directory then has no manifest.</param>
    /// <exception cref="GenesisException">There is a complete network directory already.</exception>
    public static async Task WriteAsync(string path, NetworkFiles files, CancellationToken cancellationToken)
    {
        if (IsComplete(path))
        {
            throw new GenesisException($"{path} holds a network already; choose another directory or remove it first.");
        }

        Directory.CreateDirectory(path);
        foreach ((string name, byte[] content) in files.All())
        {
            string target = Path.Combine(path, name);
            string partial = target + ".partial";
            await File.WriteAllBytesAsync(partial, content, cancellationToken);
            File.Move(partial, target, overwrite: true);
        }
    }

    /// <summary>Hexadecimal may be written in either case.</summary>
    private static NetworkManifest Normalize(NetworkManifest manifest) => manifest with
    {
        GenesisRoot = manifest.GenesisRoot.ToLowerInvariant(),
        GenesisValidatorsRoot = manifest.GenesisValidatorsRoot.ToLowerInvariant(),
        ForkDigest = manifest.ForkDigest.ToLowerInvariant(),
    };

    private static async Task<byte[]> ReadFileAsync(string path, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(Path.Combine(path, name), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GenesisException($"{Path.Combine(path, name)} cannot be read: {exception.Message}", exception);
        }
    }
}
