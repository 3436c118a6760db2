using System.Collections.Immutable;
using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary;

/// <summary>A critical metric that is so bad that the verdict is not waited for.</summary>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Why">One sentence.</param>
public sealed record InterimBreach(string Metric, string Why);

/// <summary>Looks at a canary before its verdict is due.</summary>
/// <remarks>
/// Looking often finds something by chance. So this stops for one thing only: a critical metric beyond its critical bound in two successive intervals that
/// do not overlap. Everything else waits for the verdict, which is given once.
/// </remarks>
public static class InterimLook
{
    private const int FewestSamples = 3;

    /// <summary>Critical metrics that are beyond their critical bound in both intervals, in the order of the later one.</summary>
    /// <param name="earlier">The interval before.</param>
    /// <param name="later">The interval that has just ended; must begin where the earlier one ends, or after.</param>
    /// <exception cref="ArgumentException">The intervals overlap.</exception>
    public static ImmutableArray<InterimBreach> Breaches(JudgeInput earlier, JudgeInput later)
    {
        if (later.Start < earlier.End)
        {
            throw new ArgumentException("Intervals of interim looks must not overlap; begin the later one where the earlier one ends.", nameof(later));
        }

        var breaches = ImmutableArray.CreateBuilder<InterimBreach>();
        foreach (MetricObservation metric in later.Metrics)
        {
            if (metric.Definition.Critical
                && WhyBeyond(metric, later) is { } why
                && earlier.Metrics.FirstOrDefault(before => before.Definition.Name == metric.Definition.Name) is { } before
                && WhyBeyond(before, earlier) is not null)
            {
                breaches.Add(new InterimBreach(metric.Definition.Name, $"In two intervals one after the other, {why}"));
            }
        }

        return breaches.ToImmutable();
    }

    /// <summary>Why a metric is critically bad in an interval; null: it is not, or too little is known.</summary>
    private static string? WhyBeyond(MetricObservation metric, JudgeInput input)
    {
        MetricVerdict? verdict = metric.Definition.Kind switch
        {
            MetricKind.Duty => DutyTest.Decide(metric),
            MetricKind.Count => CountTest.Decide(metric),
            MetricKind.Continuous => OfLevel(metric, input),
            _ => null,
        };
        return verdict is { IsCritical: true } ? verdict.Why : null;
    }

    /// <summary>Compares whole intervals: they are too short for blocks, and a critical bound is far from what chance does.</summary>
    private static MetricVerdict? OfLevel(MetricObservation metric, JudgeInput input)
    {
        MetricDefinition definition = metric.Definition;
        var samples = new WindowedSamples(metric, input);
        if (samples.Baseline.Length < FewestSamples || samples.Canary.Length < FewestSamples)
        {
            return null;
        }

        double baseline = LevelOf(samples.Baseline, definition);
        double canary = LevelOf(samples.Canary, definition);
        double effect = ContinuousTest.EffectOf(canary, baseline, definition);
        Limits limits = ContinuousTest.Allowed(definition);
        MetricLabel label = definition.IsWorseAbove && effect > limits.Upper ? MetricLabel.High
            : definition.IsWorseBelow && effect < limits.Lower ? MetricLabel.Low
            : MetricLabel.Pass;
        var verdict = new MetricVerdict
        {
            Name = definition.Name,
            Group = definition.Group,
            Label = label,
            IsCritical = label != MetricLabel.Pass && ContinuousTest.IsCritical(definition, effect),
            Why = "",
            Baseline = baseline,
            Canary = canary,
            Effect = ContinuousTest.Shown(definition, effect),
            Bound = ContinuousTest.Shown(definition, label == MetricLabel.Low ? limits.Lower : limits.Upper),
        };
        return verdict with { Why = Sentences.Continuous(definition, verdict, [effect]) };
    }

    private static double LevelOf(ReadOnlySpan<Sample> samples, MetricDefinition definition)
    {
        double[] values = new double[samples.Length];
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = samples[i].Value;
            sum += values[i];
        }

        return definition.Summary == BlockSummary.Mean ? sum / values.Length : Quantiles.Median(values);
    }
}
