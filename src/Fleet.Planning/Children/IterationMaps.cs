using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The ConfigMaps and Secrets that record an iteration.</summary>
public static class IterationMaps
{
    /// <summary>Data key of the genesis time record.</summary>
    public const string GenesisTimeKey = "genesisTime";

    /// <summary>Data key of a mnemonic.</summary>
    public const string MnemonicKey = "mnemonic";

    /// <summary>The immutable record of assignment and parameters.</summary>
    public static ConfigMap Assignment(Testnet testnet, IterationRecord record) => new()
    {
        Metadata = ChildMetadata.Of(testnet, Names.Assignment(testnet.Metadata.Name!, record.Iteration), "keys", record.Iteration),
        Data = record.ToData(),
        Immutable = true,
    };

    /// <summary>The immutable record of the genesis time; it carries a copy of the assignment, so that neither is lost with the other.</summary>
    public static ConfigMap GenesisTime(Testnet testnet, IterationRecord record, DateTimeOffset genesisTime)
    {
        Dictionary<string, string> data = record.ToData();
        data[GenesisTimeKey] = genesisTime.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new ConfigMap
        {
            Metadata = ChildMetadata.Of(testnet, Names.GenesisTime(testnet.Metadata.Name!, record.Iteration), "network", record.Iteration),
            Data = data,
            Immutable = true,
        };
    }

    /// <summary>Reads the genesis time record; null when it is not one.</summary>
    public static DateTimeOffset? ReadGenesisTime(ConfigMap? map) =>
        map?.Data?.GetValueOrDefault(GenesisTimeKey) is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>The Secret of the generated mnemonic, still empty.</summary>
    public static Secret MnemonicShell(Testnet testnet) => new()
    {
        Metadata = ChildMetadata.Of(testnet, Names.Mnemonic(testnet.Metadata.Name!), "keys"),
        Type = "Opaque",
    };

    /// <summary>The Secret of a node's keystores, still empty. It stays when the node goes, because its ordinal may come back.</summary>
    public static Secret KeysShell(Testnet testnet, IterationRecord record, KeyRange range)
    {
        ObjectMeta metadata = ChildMetadata.Of(testnet, Names.KeysSecret(range.Node, record.Iteration), "keys", record.Iteration);
        metadata.Labels![Labels.Node] = range.Node;
        metadata.Labels[Labels.Pool] = range.Pool;
        metadata.Annotations = new Dictionary<string, string> { [Annotations.Keys] = range.ToString() };
        return new Secret { Metadata = metadata, Type = "Opaque", Immutable = true };
    }
}
