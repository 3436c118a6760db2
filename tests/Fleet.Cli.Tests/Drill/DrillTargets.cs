using Fleet.Cli.Drill;

namespace Fleet.Cli.Tests.Drill;

/// <summary>Testnets in a line: <c>eu-0=16 eu-1=16 boot-0</c>; a node without keys and named boot holds no chain.</summary>
internal static class DrillTargets
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    public static DrillTarget Parse(string nodes) => new()
    {
        Name = "devnet",
        Namespace = "default",
        Iteration = 1,
        Nodes = [.. nodes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Node)],
    };

    public static DrillRequest Request(string arguments = "", TimeSpan? offset = null) =>
        new(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), offset, 7, "fleet_drill_0a1b2c3d", Now);

    private static DrillNode Node(string text, int index)
    {
        string[] parts = text.Split('=');
        int keys = parts.Length > 1 ? int.Parse(parts[1]) : 0;
        bool isBootnode = parts[0].StartsWith("boot", StringComparison.Ordinal);
        return new DrillNode(parts[0], keys, $"127.9.0.{index + 1}", 1000 + index, keys > 0 ? 2000 + index : null, !isBootnode);
    }
}
