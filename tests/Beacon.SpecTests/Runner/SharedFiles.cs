namespace Beacon.SpecTests.Runner;

/// <summary>Where the vectors and the cache for their contents are on this machine.</summary>
public static class SharedFiles
{
    /// <summary>The folder <c>shared</c> beside the clone, or the one named by <c>FLEET_SHARED</c>; null where there is none.</summary>
    public static string? Root { get; } = FindShared();

    /// <summary>Where archives are unpacked: outside the clone, so that a clean clone stays clean and unpacks nothing twice.</summary>
    public static string VectorCache
    {
        get
        {
            string? fleet = Environment.GetEnvironmentVariable("FLEET_CACHE");
            if (string.IsNullOrEmpty(fleet))
            {
                string? xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
                string cache = string.IsNullOrEmpty(xdg)
                    ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                    : xdg;
                fleet = Path.Combine(cache, "fleet-operator");
            }

            return Path.Combine(fleet, "vectors");
        }
    }

    /// <summary>The root of the clone this test runs from, or null when it was copied elsewhere.</summary>
    public static string? CloneRoot
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "FleetOperator.sln")))
                {
                    return folder.FullName;
                }
            }

            return null;
        }
    }

    private static string? FindShared()
    {
        string? named = Environment.GetEnvironmentVariable("FLEET_SHARED");
        if (!string.IsNullOrEmpty(named))
        {
            return named;
        }

        string? beside = CloneRoot is { } root ? Path.GetFullPath(Path.Combine(root, "..", "shared")) : null;
        return Directory.Exists(beside) ? beside : null;
    }
}
