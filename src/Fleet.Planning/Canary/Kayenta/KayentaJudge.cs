using System.Collections.Immutable;
using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary.Kayenta;

/// <summary>The rules of NetflixACAJudge-v1.0, for those who come from Spinnaker: raw samples, one Mann–Whitney test for each metric.</summary>
/// <remarks>
/// Samples of a running process repeat each other, which this test does not know: it calls changes where there are none. It is here to compare, not to
/// rely on. Kayenta adds random noise to constant samples; here their difference is the interval.
/// </remarks>
internal static class KayentaJudge
{
    /// <summary>Share of the estimate that the interval must be away from zero.</summary>
    private const double Tolerance = 0.25;

    /// <summary>Quantile of the normal distribution for a confidence of 98 %.</summary>
    private const double Confidence98 = 2.326348;

    /// <summary>Judges.</summary>
    public static CanaryVerdict Decide(JudgeInput input)
    {
        var verdicts = ImmutableArray.CreateBuilder<MetricVerdict>(input.Metrics.Length);
        foreach (MetricObservation metric in input.Metrics)
        {
            var samples = new WindowedSamples(metric, input);
            verdicts.Add(Classify(metric, Values(samples.Canary), Values(samples.Baseline)));
        }

        return Scoring.Kayenta(verdicts.MoveToImmutable(), input);
    }

    /// <summary>Judges one metric.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="canary">Values of the experiment.</param>
    /// <param name="baseline">Values of the control.</param>
    public static MetricVerdict Classify(MetricObservation metric, double[] canary, double[] baseline)
    {
        MetricDefinition definition = metric.Definition;
        if (definition.RemoveOutliers)
        {
            canary = Outliers.Remove(canary);
            baseline = Outliers.Remove(baseline);
        }

        var verdict = new MetricVerdict
        {
            Name = definition.Name,
            Group = definition.Group,
            Label = MetricLabel.Nodata,
            Why = $"{definition.Name} is not judged, {(canary.Length > 0 ? "the baseline has" : baseline.Length > 0 ? "the canary has" : "both sides have")} no samples of it in the window.",
            BaselineSamples = baseline.Length,
            CanarySamples = canary.Length,
        };
        if (canary.Length == 0 || baseline.Length == 0)
        {
            return definition.MustHaveData ? verdict with { Label = MetricLabel.NodataFail, IsCritical = definition.Critical } : verdict;
        }

        Array.Sort(canary);
        Array.Sort(baseline);
        double ratio = Mean(canary) / Mean(baseline);
        Interval interval = MannWhitney.Interval(canary, baseline, Confidence98);
        MetricLabel label = canary.AsSpan().SequenceEqual(baseline) ? MetricLabel.Pass : Label(definition, interval, ratio);
        return verdict with
        {
            Label = label,
            IsCritical = definition.Critical && label != MetricLabel.Pass,
            Why = Sentences.Kayenta(definition, label, interval, ratio, Tolerance),
            Baseline = Mean(baseline),
            Canary = Mean(canary),
            Effect = ratio,
            Bound = label == MetricLabel.Low || definition.Direction == MetricDirection.Decrease ? (definition.AllowedDecrease ?? 1) : (definition.AllowedIncrease ?? 1),
            Low = interval.Low,
            High = interval.High,
            Estimate = interval.Estimate,
        };
    }

    /// <summary>The label of an interval and a ratio of means; an undefined ratio stands for any.</summary>
    private static MetricLabel Label(MetricDefinition definition, Interval interval, double ratio)
    {
        double tolerance = Tolerance * Math.Abs(interval.Estimate);
        return definition.IsWorseAbove && interval.Low > tolerance && !(ratio < (definition.AllowedIncrease ?? 1)) ? MetricLabel.High
            : definition.IsWorseBelow && interval.High < -tolerance && !(ratio > (definition.AllowedDecrease ?? 1)) ? MetricLabel.Low
            : MetricLabel.Pass;
    }

    private static double Mean(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    private static double[] Values(ReadOnlySpan<Sample> samples)
    {
        double[] values = new double[samples.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = samples[i].Value;
        }

        return values;
    }
}
