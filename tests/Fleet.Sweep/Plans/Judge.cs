using Fleet.LocalCluster.Storage;

namespace Fleet.Sweep;

/// <summary>How a run ended.</summary>
/// <param name="EndState">What the world held at rest.</param>
/// <param name="Counts">How often each object was created and deleted, by whom ever.</param>
/// <param name="Points">What the operator went through.</param>
/// <param name="IsReached">Whether the point of its plan was reached.</param>
/// <param name="Faults">What must never be, whatever happened.</param>
internal sealed record Outcome(string EndState, IReadOnlyDictionary<string, int> Counts, IReadOnlyList<Point> Points, bool IsReached, IReadOnlyList<string> Faults);

/// <summary>Compares a run with the one without disturbance.</summary>
internal static class Judge
{
    /// <summary>Why the run is not as it should be; empty when it is.</summary>
    public static IReadOnlyList<string> Alarms(Outcome reference, Outcome outcome)
    {
        List<string> alarms = [.. outcome.Faults];
        if (outcome.EndState != reference.EndState)
        {
            alarms.Add("the end state differs: " + FirstDifference(reference.EndState, outcome.EndState));
        }

        foreach (string what in reference.Counts.Keys.Union(outcome.Counts.Keys).Order(StringComparer.Ordinal))
        {
            int expected = reference.Counts.GetValueOrDefault(what);
            int actual = outcome.Counts.GetValueOrDefault(what);
            if (actual != expected && !IsExplained(what, actual, outcome))
            {
                alarms.Add($"{what}: {actual} times instead of {expected}");
            }
        }

        return alarms;
    }

    /// <summary>Whether anything is decided from such objects.</summary>
    public static bool Counts(StoredWrite write) => write.Resource is not ("events" or "leases");

    /// <summary>Creations and deletions per object.</summary>
    public static IReadOnlyDictionary<string, int> Count(IEnumerable<StoredWrite> stored) => stored
        .Where(write => write.Kind != ChangeKind.Modified && Counts(write))
        .GroupBy(write => write.ToString())
        .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);

    private static bool IsExplained(string what, int actual, Outcome outcome) => IsNewGenesisTime(what, actual, outcome) || IsIncident(what, outcome);

    /// <summary>An operator that was away may find finality behind, remembers that, and forgets it when it is over.</summary>
    private static bool IsIncident(string what, Outcome outcome) =>
        what.EndsWith("configmaps nets/devnet-health", StringComparison.Ordinal)
        && outcome.Counts.GetValueOrDefault("Added configmaps nets/devnet-health") == outcome.Counts.GetValueOrDefault("Deleted configmaps nets/devnet-health");

    /// <summary>A genesis time that passed before anyone could read it is chosen anew, which deletes its record once more than it was.</summary>
    private static bool IsNewGenesisTime(string what, int actual, Outcome outcome) =>
        what.EndsWith("configmaps nets/devnet-i1-time", StringComparison.Ordinal)
        && actual <= 2
        && outcome.Counts.GetValueOrDefault("Added configmaps nets/devnet-i1-time") == outcome.Counts.GetValueOrDefault("Deleted configmaps nets/devnet-i1-time") + 1;

    /// <summary>The first line in which two texts differ.</summary>
    public static string FirstDifference(string expected, string actual)
    {
        string[] left = expected.Split('\n');
        string[] right = actual.Split('\n');
        for (int i = 0; i < Math.Max(left.Length, right.Length); i++)
        {
            string? wanted = i < left.Length ? left[i] : null;
            string? got = i < right.Length ? right[i] : null;
            if (wanted != got)
            {
                return $"line {i + 1} is '{got}' instead of '{wanted}'";
            }
        }

        return "none";
    }
}
