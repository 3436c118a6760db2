namespace Fleet.Api.Tests;

/// <summary>Files of the repository.</summary>
internal static class Repository
{
    public static string Root => TestKit.Repository.Root;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));
}
