using System.Text;
using Beacon.Genesis;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;

namespace Fleet.Planning;

/// <summary>Reads what the ConfigMaps of an iteration record.</summary>
public static class IterationRecords
{
    /// <summary>When the chain begins or began; null before that is fixed.</summary>
    /// <param name="time">ConfigMap of the genesis time.</param>
    /// <param name="network">ConfigMap of the network files, which tells it too.</param>
    public static DateTimeOffset? GenesisTime(ConfigMap? time, ConfigMap? network) =>
        IterationMaps.ReadGenesisTime(time)
        ?? (NetworkManifests.Read(network?.Data) is { } manifest ? DateTimeOffset.FromUnixTimeSeconds((long)manifest.GenesisTime) : null);
}

/// <summary>Reads manifest.json from a network ConfigMap; it is written last, so its presence means the iteration has begun.</summary>
public static class NetworkManifests
{
    /// <summary>The manifest; null when there is none or it is not one.</summary>
    public static NetworkManifest? Read(IReadOnlyDictionary<string, string>? data)
    {
        if (data is null || !data.TryGetValue(NetworkManifest.FileName, out string? text))
        {
            return null;
        }

        try
        {
            return NetworkManifest.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (GenesisException)
        {
            return null;
        }
    }
}

/// <summary>keys.json of a keys Secret (docs/contracts.md).</summary>
/// <param name="GenesisValidatorsRoot">Empty: the manifest of the iteration decides.</param>
/// <param name="Keys">One entry per keystore.</param>
public sealed record KeysFile(string GenesisValidatorsRoot, List<KeysFileEntry> Keys);

/// <summary>One key of <see cref="KeysFile"/>.</summary>
/// <param name="Index">Position in the assignment.</param>
/// <param name="Pubkey">Public key, 0x and 96 digits.</param>
/// <param name="Path">EIP-2334 path of the signing key.</param>
public sealed record KeysFileEntry(int Index, string Pubkey, string Path);
