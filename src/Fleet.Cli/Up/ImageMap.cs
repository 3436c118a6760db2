using Fleet.Cli.Common;

namespace Fleet.Cli.Up;

/// <summary>Which local build stands for which image name.</summary>
internal static class ImageMap
{
    /// <summary>Image of nodes whose testnet names none.</summary>
    public const string DefaultBeaconImage = "localhost/beacon:dev";

    /// <summary>Reads <c>NAME=PATH</c> pairs.</summary>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> pairs)
    {
        var images = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == pair.Length - 1)
            {
                throw new CliException($"--image is '{pair}', but must be NAME=PATH, such as {DefaultBeaconImage}=./artifacts/publish/beacon/beacon.", ExitCodes.BadInput);
            }

            string path = Path.GetFullPath(pair[(equals + 1)..]);
            if (!File.Exists(path))
            {
                throw new CliException($"--image {pair[..equals]} points to {path}, which does not exist; build it first.", ExitCodes.BadInput);
            }

            images[pair[..equals]] = path;
        }

        return images;
    }

    /// <summary>The given images, and the beacon build that came with this program under its default name. Who gives all images needs no such build.</summary>
    /// <exception cref="CliException">There is no such build, and no image was given.</exception>
    public static IReadOnlyDictionary<string, string> WithDefault(IReadOnlyDictionary<string, string> images) => WithDefault(images, FindBeacon());

    internal static IReadOnlyDictionary<string, string> WithDefault(IReadOnlyDictionary<string, string> images, string? beacon)
    {
        if (images.ContainsKey(DefaultBeaconImage))
        {
            return images;
        }

        if (beacon is null)
        {
            return images.Count > 0 ? images : throw new CliException(
                $"The 'beacon' executable was not found beside this program; run 'make build', or name it with --image {DefaultBeaconImage}=PATH.");
        }

        return new Dictionary<string, string>(images, StringComparer.Ordinal) { [DefaultBeaconImage] = beacon };
    }

    private static string? FindBeacon()
    {
        string here = AppContext.BaseDirectory;
        string[] candidates =
        [
            Path.Combine(here, "beacon"),
            Path.GetFullPath(Path.Combine(here, "..", "beacon", "beacon")),
            Path.GetFullPath(Path.Combine(here, "..", "..", "..", "publish", "beacon", "beacon")),
            Path.GetFullPath(Path.Combine(here, "..", "..", "Beacon.Cli", "release", "beacon")),
        ];
        return candidates.FirstOrDefault(File.Exists);
    }
}
