using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Planning.Canary.Report;

/// <summary>A verdict with everything it was made of, for people.</summary>
/// <param name="Baseline">Name of the node on the stable side.</param>
/// <param name="Canary">Name of the node that is judged.</param>
/// <param name="Input">What was judged.</param>
/// <param name="Verdict">What came of it.</param>
/// <param name="Notes">Sentences on how it was measured and what could not be.</param>
public sealed record VerdictReport(string Baseline, string Canary, JudgeInput Input, CanaryVerdict Verdict, ImmutableArray<string> Notes)
{
    /// <summary>The window, as in manifests.</summary>
    public string Window => Sentences.Time(Input.End - Input.Start);

    /// <summary>What the outcome means for a roll-out, in a few words.</summary>
    public string OutcomeInWords => Verdict.Outcome switch
    {
        CanaryOutcome.Approve => "goes on by itself",
        CanaryOutcome.AwaitApproval => "waits for a person",
        CanaryOutcome.Stop => "stops",
        _ => "no verdict",
    };

    /// <summary>The score with two decimals, or a dash.</summary>
    public string Score => Verdict.Score is { } score ? score.ToString("0.00", CultureInfo.InvariantCulture) : "–";

    /// <summary>Metrics of a group, in the order they were judged in.</summary>
    internal IEnumerable<(MetricVerdict Verdict, MetricObservation Data)> Of(GroupScore group)
    {
        for (int i = 0; i < Verdict.Metrics.Length; i++)
        {
            if (Verdict.Metrics[i].Group == group.Name)
            {
                yield return (Verdict.Metrics[i], Input.Metrics[i]);
            }
        }
    }

    /// <summary>A label as people read it.</summary>
    internal static string LabelOf(MetricVerdict metric) => metric.Label switch
    {
        MetricLabel.Pass => "pass",
        MetricLabel.High => metric.IsCritical ? "high, critical" : "high",
        MetricLabel.Low => metric.IsCritical ? "low, critical" : "low",
        MetricLabel.NodataFail => "no data, fails",
        _ => "no data",
    };

    /// <summary>Level of a side; a dash where there is none.</summary>
    internal static string Level(MetricDefinition definition, double? value) =>
        value is not { } level ? "–"
        : definition.Kind == MetricKind.Duty ? string.Create(CultureInfo.InvariantCulture, $"{100 * level:0.#} %")
        : definition.Kind == MetricKind.Slope ? Sentences.Value(definition, level) + "/s"
        : Sentences.Value(definition, level);

    /// <summary>Effect as it was judged; a dash where there is none.</summary>
    internal static string Effect(MetricDefinition definition, double? value) =>
        value is not { } effect ? "–"
        : definition.Kind == MetricKind.Continuous && definition.Effect == MetricEffect.Ratio ? string.Create(CultureInfo.InvariantCulture, $"×{effect:0.00}")
        : definition.Kind == MetricKind.Duty ? string.Create(CultureInfo.InvariantCulture, $"{100 * effect:+0.#;-0.#;0} points")
        : (effect >= 0 ? "+" : "−") + Sentences.Value(definition, Math.Abs(effect));
}
