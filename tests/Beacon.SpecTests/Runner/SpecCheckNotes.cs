using System.Collections.Concurrent;

namespace Beacon.SpecTests.Runner;

/// <summary>Things a handler deliberately does not check, counted and printed with the table so that they stay visible.</summary>
public static class SpecCheckNotes
{
    private static readonly ConcurrentDictionary<string, int> Notes = new(StringComparer.Ordinal);

    /// <summary>Counts one omission, for example <c>fork_choice: check best_justified_checkpoint skipped</c>.</summary>
    public static void Count(string note) => Notes.AddOrUpdate(note, 1, static (_, count) => count + 1);

    /// <summary>What was counted so far.</summary>
    public static IEnumerable<KeyValuePair<string, int>> Snapshot() => Notes.OrderBy(static pair => pair.Key, StringComparer.Ordinal);
}
