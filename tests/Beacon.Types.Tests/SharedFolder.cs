namespace Beacon.Types.Tests;

/// <summary>Finds the folder of shared inputs beside the repository.</summary>
internal static class SharedFolder
{
    /// <summary>A path in the shared folder; the test is skipped where it is absent.</summary>
    public static string Require(string relative)
    {
        string path = Path.Combine(Root(), relative);
        Assert.SkipUnless(Path.Exists(path), $"not here: {relative} of the shared folder");
        return path;
    }

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable("FLEET_SHARED") is { Length: > 0 } given)
        {
            return given;
        }

        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FleetOperator.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.Parent?.FullName ?? ".", "shared");
    }
}
