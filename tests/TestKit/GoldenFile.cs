using Xunit;

namespace TestKit;

/// <summary>Text that was reviewed once and is compared from then on. <c>FLEET_UPDATE_GOLDEN=1</c> rewrites the files in the source folder.</summary>
public static class GoldenFile
{
    /// <summary>Fails unless the file, named from the repository's root, holds exactly <paramref name="actual"/>.</summary>
    public static void Matches(string path, string actual)
    {
        string file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("FLEET_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }

        Assert.True(File.Exists(file), $"There is no golden file {path}: run once with FLEET_UPDATE_GOLDEN=1 and review it.");
        Assert.Equal(File.ReadAllText(file), actual);
    }
}

/// <summary>The checkout that the test binaries were built in.</summary>
public static class Repository
{
    /// <summary>Directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "FleetOperator.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("FleetOperator.sln was not found above the test binary; run the tests from a checkout.");
    }
}
