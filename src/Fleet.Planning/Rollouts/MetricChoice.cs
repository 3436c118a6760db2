using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Planning.Rollouts;

/// <summary>The metrics that a testnet's canaries are judged by.</summary>
public static class MetricChoice
{
    /// <summary>The metrics of a spec: the built-in set, or what it names, with its bounds.</summary>
    public static ImmutableArray<MetricDefinition> Of(RolloutSpec spec) =>
        spec.Metrics is { Count: > 0 } chosen ? [.. chosen.Select(Of)] : BuiltInMetrics.All;

    /// <summary>Weights of their groups. Without any, groups that are not built in share evenly with those that are.</summary>
    public static IReadOnlyDictionary<string, double> GroupWeights(RolloutSpec spec) =>
        spec.GroupWeights is { Count: > 0 } weights ? weights.ToImmutableDictionary(pair => pair.Key, pair => (double)pair.Value, StringComparer.Ordinal)
        : Of(spec).All(metric => BuiltInMetrics.GroupWeights.ContainsKey(metric.Group)) ? BuiltInMetrics.GroupWeights
        : ImmutableDictionary<string, double>.Empty;

    private static MetricDefinition Of(CanaryMetricSpec spec)
    {
        MetricDefinition metric = spec.Series is { } series
            ? new MetricDefinition { Name = spec.Name, Group = spec.Group!, Summary = series.Type == "Counter" ? BlockSummary.Mean : BlockSummary.Median, Source = Source(series) }
            : BuiltInMetrics.All.First(builtIn => builtIn.Name == spec.Name);
        return metric with
        {
            Group = spec.Group ?? metric.Group,
            Direction = spec.Direction is { } direction ? Enum.Parse<MetricDirection>(direction) : metric.Direction,
            AllowedIncrease = spec.AllowedIncreasePercent / 100.0 ?? metric.AllowedIncrease,
            AllowedDecrease = spec.AllowedDecreasePercent / 100.0 ?? metric.AllowedDecrease,
            Critical = spec.Critical ?? metric.Critical,
            MustHaveData = spec.MustHaveData ?? metric.MustHaveData,
        };
    }

    private static MetricSource Source(MetricSeriesSpec series)
    {
        var selector = new SeriesSelector(series.Name);
        foreach ((string label, string value) in series.Labels ?? [])
        {
            selector = selector.With(label, value);
        }

        return series.Type == "Counter" ? new MetricSource.Rate(selector) : new MetricSource.Gauge(selector);
    }
}
