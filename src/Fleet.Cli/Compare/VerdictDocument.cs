using System.Text.Json.Serialization;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Compare;

/// <summary>A verdict as data, for scripts.</summary>
internal sealed record VerdictDocument(
    string Baseline,
    string Canary,
    DateTimeOffset Start,
    DateTimeOffset End,
    string Outcome,
    double? Score,
    string Reason,
    IReadOnlyList<GroupScore> Groups,
    IReadOnlyList<MetricDocument> Metrics,
    IReadOnlyList<string> Notes)
{
    public static VerdictDocument Of(VerdictReport report) => new(
        report.Baseline,
        report.Canary,
        report.Input.Start,
        report.Input.End,
        report.Verdict.Outcome.ToString(),
        report.Verdict.Score,
        report.Verdict.Why,
        report.Verdict.Groups,
        [.. report.Verdict.Metrics.Select(MetricDocument.Of)],
        report.Notes);
}

/// <summary>One metric of a verdict; names as in <c>CanaryRollout.status.metrics</c>.</summary>
internal sealed record MetricDocument(
    string Name,
    string Group,
    string Label,
    bool Critical,
    double? Baseline,
    double? Canary,
    double? Effect,
    double? Low,
    double? High,
    double? Estimate,
    double? Bound,
    int Blocks,
    string Reason)
{
    public static MetricDocument Of(MetricVerdict metric) => new(
        metric.Name,
        metric.Group,
        metric.Label.ToString(),
        metric.IsCritical,
        metric.Baseline,
        metric.Canary,
        metric.Effect,
        metric.Low,
        metric.High,
        metric.Estimate,
        metric.Bound,
        metric.Blocks.Length,
        metric.Why);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VerdictDocument))]
internal sealed partial class CompareJson : JsonSerializerContext;
