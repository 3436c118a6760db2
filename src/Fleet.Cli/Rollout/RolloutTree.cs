using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Rollout;

/// <summary>A roll-out as a tree for the terminal: what it is doing and why, the verdict metric by metric, and what comes next.</summary>
internal static class RolloutTree
{
    /// <summary>Writes it.</summary>
    /// <param name="view">The roll-out.</param>
    /// <param name="now">For ages.</param>
    /// <param name="output">Where to.</param>
    public static void Write(RolloutView view, DateTimeOffset now, TextWriter output)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Compose(view, now, text);

        // Messages, names of metrics and reasons come from nodes and people.
        foreach (string line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            output.WriteLine(SafeText.Neutralise(line));
        }

        if (view.Earlier.Length > 0)
        {
            output.WriteLine();
            output.WriteLine($"Earlier roll-outs of {view.Rollout.Spec.Testnet}:");
            RolloutTable.Write(view.Earlier, now, output);
        }
    }

    private static void Compose(RolloutView view, DateTimeOffset now, TextWriter output)
    {
        CanaryRollout rollout = view.Rollout;
        CanaryRolloutStatus status = rollout.Status ?? new CanaryRolloutStatus();
        string since = status.PhaseSince is { } time ? $" since {TimeText.Instant(time)} ({TimeText.Age(time, now)})" : "";
        output.WriteLine($"{rollout.Metadata.Name}: {RolloutWords.PhaseOf(rollout)}{since}");
        if ((rollout.Status is null ? "The operator has not looked at it yet; is it running?" : OneLine(status.Message)) is { Length: > 0 } message)
        {
            output.WriteLine(message);
        }

        output.WriteLine($"  image     {rollout.Spec.From} → {rollout.Spec.To}");
        Line("wave", status.Waves?.Summary);
        Line("score", status.Score is null ? null : RolloutWords.ScoreOf(status.Score));
        Line("window", view.Verdict is { } verdict ? $"{TimeText.Instant(verdict.Input.Start)}, {verdict.Window}" : null);
        Line("decision", rollout.Spec.Decision);
        foreach (GuardStatus guard in status.Guards ?? [])
        {
            Line("guard", $"{guard.Name}: {OneLine(guard.Message)}");
        }

        if (view.Verdict is { } report)
        {
            VerdictTree.WriteGroups(report, output);
            foreach (string note in report.Notes)
            {
                output.WriteLine(OneLine(note));
            }
        }
        else
        {
            VerdictTree.WriteGroups((status.Metrics ?? []).Select(MetricOf), output);
        }

        Line("next", RolloutWords.Next(rollout, view.Spec));
        Line("report", view.Verdict is null ? null : $"'fleet rollout report {rollout.Metadata.Name} -o html --file {rollout.Metadata.Name}.html' draws every metric.");

        void Line(string name, string? value)
        {
            if (value is not null)
            {
                output.WriteLine($"  {name,-9} {value}");
            }
        }
    }

    /// <summary>A metric as the status has it: numbers whose unit is that of the built-in metric of the name. Other metrics have ratios and no unit.</summary>
    private static (MetricVerdict Verdict, MetricDefinition Definition) MetricOf(CanaryMetricStatus metric)
    {
        string group = metric.Group ?? "";
        MetricDefinition definition = BuiltInMetrics.All.FirstOrDefault(known => known.Name == metric.Name) ?? new MetricDefinition { Name = metric.Name, Group = group };
        var verdict = new MetricVerdict
        {
            Name = metric.Name,
            Group = group,
            Label = Enum.TryParse(metric.Label, out MetricLabel label) ? label : MetricLabel.Nodata,
            IsCritical = metric.Critical ?? false,
            Why = OneLine(metric.Reason) ?? "",
            Baseline = metric.Baseline,
            Canary = metric.Canary,
            Effect = metric.Effect,
            Bound = metric.Bound,
        };
        return (verdict, definition);
    }

    private static string? OneLine(string? text) => text?.ReplaceLineEndings(" ");
}
