using Beacon.Ssz;
using Beacon.Storage.RocksDb;

namespace Beacon.Node;

/// <summary>The directories below <c>chain/</c>: one per iteration and genesis.</summary>
public static class ChainDirectories
{
    /// <summary>Name of a chain's directory: iteration, first eight digits of the genesis root, and the suffix of a roll-out.</summary>
    public static string NameOf(int iteration, Root genesisRoot, string suffix) =>
        $"{iteration}-{genesisRoot.ToString()[2..10]}" + (suffix.Length > 0 ? "-" + suffix : "");

    /// <summary>Removes every chain that is neither used nor kept, and returns the path of the one that is used.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="name">Directory in use.</param>
    /// <param name="keep">Names that stay.</param>
    /// <returns>The path, and the names that were removed.</returns>
    /// <exception cref="NodeException">A directory cannot be removed or made.</exception>
    public static (string Path, IReadOnlyList<string> Removed) Prepare(string dataDirectory, string name, IReadOnlyCollection<string> keep)
    {
        string root = Path.Combine(dataDirectory, "chain");
        var removed = new List<string>();
        try
        {
            Directory.CreateDirectory(root);
            foreach (string directory in Directory.GetDirectories(root))
            {
                string found = Path.GetFileName(directory);
                if (found != name && found != name + DatabaseDirectory.CopySuffix && !keep.Contains(found))
                {
                    Directory.Delete(directory, recursive: true);
                    removed.Add(found);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NodeException(
                ExitCodes.BadConfiguration, $"The data directory {dataDirectory} cannot be used ({exception.Message}); name a directory that this user may write by --data-dir.", exception);
        }

        return (Path.Combine(root, name), removed);
    }
}
