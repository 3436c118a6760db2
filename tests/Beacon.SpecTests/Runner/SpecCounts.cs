using System.Globalization;
using System.Text;

namespace Beacon.SpecTests.Runner;

/// <summary>Counts cases per archive and runner over a run; prints the table and writes it to <c>artifacts/test-results</c> at the end.</summary>
public sealed class SpecCounts : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Archive, string Runner), (int Passed, int Failed)> _counts = [];

    /// <summary>Adds the outcome of one row.</summary>
    public void Add(SpecRow row, int passed, int failed)
    {
        lock (_lock)
        {
            (string Archive, string Runner) key = (row.Archive.Name, row.Preset.Length == 0 ? row.Runner : $"{row.Preset}/{row.Runner}");
            (int Passed, int Failed) before = _counts.GetValueOrDefault(key);
            _counts[key] = (before.Passed + passed, before.Failed + failed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_counts.Count == 0)
        {
            return;
        }

        StringBuilder table = new();
        foreach (((string archive, string runner), (int passed, int failed)) in _counts)
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"{archive,-50} {runner,-28} {passed,6} passed {failed,5} failed");
        }

        foreach ((string note, int times) in SpecCheckNotes.Snapshot())
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"{note}: {times}");
        }

        foreach (SpecArchive archive in SpecArchive.All)
        {
            string forks = string.Join(", ", archive.SkippedForks());
            if (forks.Length > 0)
            {
                table.AppendLine(CultureInfo.InvariantCulture, $"{archive.Name}: not run, later forks: {forks}");
            }
        }

        table.AppendLine(CultureInfo.InvariantCulture, $"{_counts.Values.Sum(static count => count.Passed)} cases passed, {_counts.Values.Sum(static count => count.Failed)} failed");
        Console.WriteLine(table);
        if (SharedFiles.CloneRoot is { } root)
        {
            string results = Path.Combine(root, "artifacts", "test-results");
            Directory.CreateDirectory(results);
            File.WriteAllText(Path.Combine(results, "spec-counts.txt"), table.ToString());
        }
    }
}
