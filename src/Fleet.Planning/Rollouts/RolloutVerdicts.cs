using Fleet.Api;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Rollouts;

/// <summary>A verdict as the status keeps it.</summary>
internal static class RolloutVerdicts
{
    private const int MaxBlocks = 32;
    private const int MaxSentence = 1024;

    public static void Store(CanaryRolloutStatus status, CanaryVerdict verdict)
    {
        status.Score = verdict.Score;
        status.Metrics = [.. verdict.Metrics.Select(Of)];
    }

    private static CanaryMetricStatus Of(MetricVerdict metric) => new()
    {
        Name = metric.Name,
        Group = metric.Group,
        Label = metric.Label.ToString(),
        Critical = metric.IsCritical ? true : null,
        Baseline = Number(metric.Baseline),
        Canary = Number(metric.Canary),
        Effect = Number(metric.Effect),
        Bound = Number(metric.Bound),
        Low = Number(metric.Low),
        High = Number(metric.High),
        Estimate = Number(metric.Estimate),
        BaselineSamples = metric.BaselineSamples,
        CanarySamples = metric.CanarySamples,
        Blocks = metric.Blocks.IsEmpty ? null : [.. metric.Blocks.Take(MaxBlocks).Select(block => new BlockStatus { Baseline = Number(block.Baseline) ?? 0, Canary = Number(block.Canary) ?? 0 })],
        Reason = metric.Why.Length > MaxSentence ? metric.Why[..MaxSentence] : metric.Why,
    };

    /// <summary>Six digits say all that can be known; what is no number has no place in JSON.</summary>
    private static double? Number(double? value) =>
        value is { } number && double.IsFinite(number)
            ? (number == 0 ? 0 : double.Parse(number.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture))
            : null;
}
