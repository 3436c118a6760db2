using System.Globalization;
using System.Text;

namespace Fleet.Planning.Canary.Report;

/// <summary>A verdict as Markdown, for a pull request or an issue.</summary>
public static class MarkdownReport
{
    /// <summary>The text.</summary>
    public static string Write(VerdictReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Text(report.Canary)} beside {Text(report.Baseline)}: {report.Score}, {report.OutcomeInWords}\n\n{Text(report.Verdict.Why)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Window: {report.Input.Start:yyyy-MM-dd HH:mm:ss} UTC, {report.Window}.\n");
        foreach (GroupScore group in report.Verdict.Groups)
        {
            string score = group.Score is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "not judged";
            text.Append(CultureInfo.InvariantCulture, $"\n## {Text(group.Name)}: {score} (weight {group.Weight:0.#} %)\n\n");
            text.Append("| metric | label | baseline | canary | effect | bound | why |\n|---|---|---|---|---|---|---|\n");
            foreach ((MetricVerdict metric, MetricObservation data) in report.Of(group))
            {
                MetricDefinition definition = data.Definition;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {Text(metric.Name)} | {(metric.IsFailure ? "**" + VerdictReport.LabelOf(metric) + "**" : VerdictReport.LabelOf(metric))} | {VerdictReport.Level(definition, metric.Baseline)} | {VerdictReport.Level(definition, metric.Canary)} | {VerdictReport.Effect(definition, metric.Effect)} | {VerdictReport.Effect(definition, metric.Bound)} | {Text(metric.Why)} |\n");
            }
        }

        foreach (string note in report.Notes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Text(note)}\n");
        }

        return text.ToString();
    }

    /// <summary>Names and messages come from elsewhere: they must not end a cell or begin markup.</summary>
    private static string Text(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '|' or '<' or '>' or '`' or '*' or '_' or '[' or ']' or '\\')
            {
                escaped.Append('\\');
            }

            escaped.Append(char.IsControl(c) ? ' ' : c);
        }

        return escaped.ToString();
    }
}
