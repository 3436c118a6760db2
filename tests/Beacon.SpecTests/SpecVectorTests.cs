using System.Collections.Concurrent;
using Beacon.SpecTests.Runner;

namespace Beacon.SpecTests;

/// <summary>Runs every case of every archive; one row per archive, runner and handler, each listing all its failures.</summary>
public sealed class SpecVectorTests(SpecCounts counts) : IClassFixture<SpecCounts>
{
    private const int FailuresShown = 30;

    /// <summary>Archive, preset, runner and handler of every row; one row of empty strings where there are no vectors at all.</summary>
    public static TheoryData<string, string, string, string> Rows()
    {
        TheoryData<string, string, string, string> data = [];
        foreach (SpecRow row in SpecArchive.All.SelectMany(static archive => archive.Rows()))
        {
            data.Add(row.Archive.Name, row.Preset, row.Runner, row.Handler);
        }

        if (SpecArchive.All.Count == 0)
        {
            data.Add("", "", "", "");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public void Every_case_of_the_vectors_passes(string archive, string preset, string runner, string handler)
    {
        Assert.SkipWhen(archive.Length == 0, "not here: ../shared/vectors is absent and SPEC_VECTORS names nothing");
        SpecRow row = SpecArchive.All.Where(candidate => candidate.Name == archive).SelectMany(static candidate => candidate.Rows())
            .First(candidate => candidate.Preset == preset && candidate.Runner == runner && candidate.Handler == handler);
        SpecCase[] cases = [.. row.Cases()];
        Assert.Empty(row.Strays());
        if (cases.Length == 0)
        {
            return;
        }

        SpecHandler run = HandlerRegistry.Find(runner, handler) ?? throw new InvalidOperationException($"No handler for {runner}/{handler}: its {cases.Length} cases were not run.");
        ConcurrentBag<(string Case, string Failure)> failures = [];
        Parallel.ForEach(cases, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, specCase =>
        {
            try
            {
                _ = specCase.Meta;
                run(specCase);
                string[] unread = [.. specCase.Unread];
                if (unread.Length > 0)
                {
                    failures.Add((specCase.ToString(), $"present but unread: {string.Join(", ", unread)}"));
                }
            }
            catch (Exception exception)
            {
                failures.Add((specCase.ToString(), exception.ToString()));
            }
        });
        counts.Add(row, cases.Length - failures.Count, failures.Count);
        if (!failures.IsEmpty)
        {
            IEnumerable<string> shown = failures.OrderBy(static failure => failure.Case, StringComparer.Ordinal).Take(FailuresShown)
                .Select(static failure => $"{failure.Case}\n    {failure.Failure.ReplaceLineEndings("\n    ")}");
            Assert.Fail($"{failures.Count} of {cases.Length} cases failed:\n{string.Join('\n', shown)}");
        }
    }
}
