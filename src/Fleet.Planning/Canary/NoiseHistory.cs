using System.Collections.Immutable;

namespace Fleet.Planning.Canary;

/// <summary>What two sides differed by while both ran one image: one effect of each metric for every time that one of them was started. Immutable and bounded.</summary>
/// <remarks>
/// What a process differs by from the next of its image is drawn at its start and stays for as long as it lives. Further windows of the same two processes would show the same draw
/// again, and be taken for certainty; so one window counts for a start.
/// </remarks>
public sealed class NoiseHistory
{
    /// <summary>Starts that are remembered, the latest ones.</summary>
    public const int MaxStarts = 64;

    private readonly ImmutableDictionary<string, (MetricDefinition Definition, ImmutableArray<double> Effects)> _metrics;

    private NoiseHistory(ImmutableDictionary<string, (MetricDefinition Definition, ImmutableArray<double> Effects)> metrics)
    {
        _metrics = metrics;
    }

    /// <summary>Nothing is known.</summary>
    public static NoiseHistory Empty { get; } = new(ImmutableDictionary.Create<string, (MetricDefinition, ImmutableArray<double>)>(StringComparer.Ordinal));

    /// <summary>The history with one more start.</summary>
    /// <param name="window">A window in which both sides ran one image. Metrics that it does not have are forgotten.</param>
    public NoiseHistory With(JudgeInput window)
    {
        var metrics = ImmutableDictionary.CreateBuilder<string, (MetricDefinition, ImmutableArray<double>)>(StringComparer.Ordinal);
        foreach ((MetricObservation metric, MetricVerdict verdict) in window.Metrics.Zip(Judge.Decide(window with { Mode = JudgeMode.Native }).Metrics))
        {
            ImmutableArray<double> effects = Of(metric.Definition);
            if (metric.Definition.Kind is MetricKind.Continuous or MetricKind.Slope && verdict.Estimate is { } effect && double.IsFinite(effect))
            {
                effects = [.. effects.Skip(effects.Length - MaxStarts + 1), effect];
            }

            if (!effects.IsEmpty)
            {
                metrics[metric.Definition.Name] = (metric.Definition, effects);
            }
        }

        return new NoiseHistory(metrics.ToImmutable());
    }

    /// <summary>A window to judge, with what is known of the noise of each of its metrics.</summary>
    public JudgeInput Applied(JudgeInput window) => window with
    {
        Metrics =
        [
            .. window.Metrics.Select(metric =>
            {
                ImmutableArray<double> effects = Of(metric.Definition);
                return metric with { Noise = PairNoise.Of(effects, effects.Length) };
            }),
        ],
    };

    private ImmutableArray<double> Of(MetricDefinition definition) =>
        _metrics.TryGetValue(definition.Name, out (MetricDefinition Definition, ImmutableArray<double> Effects) known) && known.Definition == definition ? known.Effects : [];
}
