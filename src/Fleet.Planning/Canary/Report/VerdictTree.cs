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
        for (int i = 0; i < report.Verdict.Groups.Length; i++)
        {
            GroupScore group = report.Verdict.Groups[i];
            bool isLast = i == report.Verdict.Groups.Length - 1;
            string score = group.Score is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "not judged";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(isLast ? "└─" : "├─")} {group.Name}  {score}  (weight {group.Weight:0.#} %)"));
            (MetricVerdict Verdict, MetricObservation Data)[] metrics = [.. report.Of(group)];
            for (int j = 0; j < metrics.Length; j++)
            {
                Metric(metrics[j].Verdict, metrics[j].Data.Definition, isLast ? "   " : "│  ", j == metrics.Length - 1, output);
            }
        }

        foreach (string note in report.Notes)
        {
            output.WriteLine(note);
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
}
