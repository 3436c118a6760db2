using System.Globalization;

namespace Fleet.Load;

/// <summary>Who has which processor cores. In a cluster the API server's machine is not the operator's; on one machine each gets cores of its own.</summary>
internal static class Cores
{
    /// <summary>The cores that this process, and what it starts, may not use, as <c>taskset</c> takes them; null when it may use all.</summary>
    public static string? OfServer()
    {
        HashSet<int> own = Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1]);
        int[] others = [.. Parse(File.ReadAllText("/sys/devices/system/cpu/online")).Where(core => !own.Contains(core)).Order()];
        return others.Length == 0 ? null : string.Join(',', others.Select(core => core.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Numbers and ranges with commas between them.</summary>
    private static HashSet<int> Parse(string list)
    {
        HashSet<int> cores = [];
        foreach (string part in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            cores.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return cores;
    }
}
