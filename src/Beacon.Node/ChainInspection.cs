using Beacon.Storage;
using Beacon.Storage.RocksDb;
using Beacon.Types;

namespace Beacon.Node;

/// <summary>What a chain's database holds.</summary>
/// <param name="Directory">Name below <c>chain/</c>.</param>
/// <param name="GenesisRoot">Root of the genesis block; null: the first start was never complete.</param>
/// <param name="GenesisValidatorsRoot">Root of the validators at genesis.</param>
/// <param name="HeadSlot">Slot of the head.</param>
/// <param name="HeadRoot">Root of the head.</param>
/// <param name="JustifiedEpoch">Justified epoch in the view of the head.</param>
/// <param name="JustifiedRoot">Root of that checkpoint.</param>
/// <param name="FinalizedEpoch">Finalized epoch.</param>
/// <param name="FinalizedRoot">Root of that checkpoint.</param>
/// <param name="UnfinalizedBlocks">Blocks after the finalized one, on all branches.</param>
/// <param name="Format">Format of the database.</param>
/// <param name="Bytes">Bytes that it takes.</param>
public sealed record ChainSummary(
    string Directory,
    string? GenesisRoot,
    string? GenesisValidatorsRoot,
    ulong? HeadSlot,
    string? HeadRoot,
    ulong? JustifiedEpoch,
    string? JustifiedRoot,
    ulong? FinalizedEpoch,
    string? FinalizedRoot,
    int UnfinalizedBlocks,
    uint Format,
    long Bytes);

/// <summary>Looks at the databases on a volume without changing them, also while a node runs beside them.</summary>
public static class ChainInspection
{
    /// <summary>The chains, in the order of their names.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="name">The one chain directory that is meant; null: all.</param>
    /// <exception cref="NodeException">There is none, or one cannot be read.</exception>
    public static IReadOnlyList<ChainSummary> Of(string dataDirectory, string? name)
    {
        string root = Path.Combine(dataDirectory, "chain");
        string[] there = Directory.Exists(root) ? [.. Directory.GetDirectories(root).Select(path => Path.GetFileName(path)).Where(found => !found.EndsWith(DatabaseDirectory.CopySuffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)] : [];
        if (there.Length == 0)
        {
            throw new NodeException(ExitCodes.BadConfiguration, $"There is no chain below {root}; name the data directory of a node by --data-dir.");
        }

        if (name is not null && !there.Contains(name))
        {
            throw new NodeException(ExitCodes.BadConfiguration, $"There is no chain {name} below {root}; there are {string.Join(", ", there)}.");
        }

        return [.. there.Where(found => name is null || found == name).Select(found => Read(root, found))];
    }

    private static ChainSummary Read(string root, string name)
    {
        try
        {
            using RocksDbKeyValueStore store = RocksDbKeyValueStore.OpenReadOnly(Path.Combine(root, name));
            using BeaconDatabase database = BeaconDatabase.Open(store);
            IReadOnlyList<StoredNode> nodes = database.GetNodes();
            StoredNode? head = nodes.FirstOrDefault(node => node.Root == database.Head);
            Checkpoint? finalized = database.Anchor;
            return new ChainSummary(
                name,
                database.Genesis?.BlockRoot.ToString(),
                database.Genesis?.ValidatorsRoot.ToString(),
                head?.Slot.Value,
                database.Head?.ToString(),
                head?.Justified.Epoch.Value,
                head?.Justified.Root.ToString(),
                finalized?.Epoch.Value,
                finalized?.Root.ToString(),
                nodes.Count(node => node.Root != finalized?.Root),
                database.Format,
                database.ApproximateSize);
        }
        catch (DatabaseDamagedException exception)
        {
            throw new NodeException(ExitCodes.DatabaseDamaged, $"{name}: {exception.Message}", exception);
        }
        catch (DatabaseException exception)
        {
            throw new NodeException(ExitCodes.BadConfiguration, $"{name}: {exception.Message}", exception);
        }
    }
}
