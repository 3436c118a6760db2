namespace Fleet.Chart.Tests;

/// <summary>Files of the repository.</summary>
internal static class Repository
{
    public static string Root => TestKit.Repository.Root;

    public static string Chart { get; } = Path.Combine(Root, "charts", "fleet-operator");
}
