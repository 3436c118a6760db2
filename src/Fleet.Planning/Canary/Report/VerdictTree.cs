using System.Globalization;

namespace Fleet.Planning.Canary.Report;

/// <summary>A verdict as a tree for the terminal: score, groups, and a line per metric with what is wrong below it.</summary>
public static class VerdictTree
{
    private const int NameWidth = 22;

    /// <summary>Writes it.</summary>
    /// <param name="report">The verdict.</param>
    /// <param name="output">Where to.</param>
    public static void Write(VerdictReport report, TextWriter output)
    {
        output.WriteLine($"{report.Canary} beside {report.Baseline}, {report.Window}: score {report.Score}, {report.OutcomeInWords}");
        output.WriteLine(report.Verdict.Why);
        WriteGroups(report, output);
        foreach (string note in report.Notes)
        {
            output.WriteLine(note);
        }
    }

    /// <summary>Writes the groups of a verdict with their metrics.</summary>
    /// <param name="report">The verdict.</param>
    /// <param name="output">Where to.</param>
    public static void WriteGroups(VerdictReport report, TextWriter output) => Groups(
        [
            .. report.Verdict.Groups.Select(group => new Branch(
                string.Create(CultureInfo.InvariantCulture, $"{group.Name}  {ScoreOf(group.Score)}  (weight {group.Weight:0.#} %)"),
                [.. report.Of(group).Select(static metric => (metric.Verdict, metric.Data.Definition))])),
        ],
        output);

    /// <summary>Writes metrics by their groups, for those who have no more than these.</summary>
    /// <param name="metrics">Metrics with what was allowed to them.</param>
    /// <param name="output">Where to.</param>
    public static void WriteGroups(IEnumerable<(MetricVerdict Verdict, MetricDefinition Definition)> metrics, TextWriter output) => Groups(
        [
            .. metrics.GroupBy(static metric => metric.Verdict.Group, StringComparer.Ordinal).Select(static group =>
            {
                int passed = group.Count(static metric => metric.Verdict.Label == MetricLabel.Pass);
                int judged = passed + group.Count(static metric => metric.Verdict.IsFailure);
                return new Branch($"{group.Key}  {ScoreOf(judged == 0 ? null : 100.0 * passed / judged)}", [.. group]);
            }),
        ],
        output);

    private static string ScoreOf(double? score) => score is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "not judged";

    private static void Groups(Branch[] groups, TextWriter output)
    {
        for (int i = 0; i < groups.Length; i++)
        {
            bool isLast = i == groups.Length - 1;
            output.WriteLine($"{(isLast ? "└─" : "├─")} {groups[i].Heading}");
            (MetricVerdict Verdict, MetricDefinition Definition)[] metrics = groups[i].Metrics;
            for (int j = 0; j < metrics.Length; j++)
            {
                Metric(metrics[j].Verdict, metrics[j].Definition, isLast ? "   " : "│  ", j == metrics.Length - 1, output);
            }
        }
    }

    private static void Metric(MetricVerdict metric, MetricDefinition definition, string indent, bool isLast, TextWriter output)
    {
        string mark = metric.IsFailure ? "✘" : metric.Label == MetricLabel.Pass ? "✔" : "·";
        string levels = $"{VerdictReport.Level(definition, metric.Baseline)} → {VerdictReport.Level(definition, metric.Canary)}";
        string effect = metric.Effect is null ? "" : $"  {VerdictReport.Effect(definition, metric.Effect)} (bound {VerdictReport.Effect(definition, metric.Bound)})";
        output.WriteLine($"{indent}{(isLast ? "└─" : "├─")} {mark} {metric.Name.PadRight(NameWidth)} {(metric.Label == MetricLabel.Nodata ? "no data" : levels + effect)}");
        if (metric.Label != MetricLabel.Pass)
        {
            output.WriteLine($"{indent}{(isLast ? "  " : "│ ")}     {metric.Why}");
        }
    }

    /// <summary>A group with its metrics.</summary>
    private sealed record Branch(string Heading, (MetricVerdict Verdict, MetricDefinition Definition)[] Metrics);
}
