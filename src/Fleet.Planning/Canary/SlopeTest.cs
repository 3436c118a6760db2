using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary;

/// <summary>Compares how fast a level rises.</summary>
internal static class SlopeTest
{
    private const double SecondsPerMinute = 60;

    /// <summary>Judges a slope: one line and one interval for each side, through the blocks.</summary>
    public static MetricVerdict Decide(MetricObservation metric, WindowedSamples samples, JudgeInput input, double alpha)
    {
        MetricDefinition definition = metric.Definition;
        if (!Absence.TryCut(metric, samples, input, out BlockCut? cut, out MetricVerdict? absent))
        {
            return absent;
        }

        int n = cut.Blocks.Length;
        double[] seconds = new double[n];
        double[] baselines = new double[n];
        double[] canaries = new double[n];
        for (int i = 0; i < n; i++)
        {
            seconds[i] = (cut.Blocks[i].Start - input.Start).TotalSeconds;
            baselines[i] = cut.Blocks[i].Baseline;
            canaries[i] = cut.Blocks[i].Canary;
        }

        double side = definition.Direction == MetricDirection.Either ? alpha / 2 : alpha;
        Interval baseline = TheilSen.Slope(seconds, baselines, side);
        Interval canary = TheilSen.Slope(seconds, canaries, side);
        var interval = new Interval(canary.Low - baseline.High, canary.Estimate - baseline.Estimate, canary.High - baseline.Low);
        double level = (Math.Abs(Quantiles.Median(baselines)) + Math.Abs(Quantiles.Median(canaries))) / 2;

        // A mean that is off by so much comes with a slope that is off by √12 times as much per window.
        double sampling = PairNoise.WidthFor(definition) * Math.Sqrt(12) * cut.Dependence.StandardError / (input.End - input.Start).TotalSeconds;
        double least = Math.Max(definition.AllowedDifference ?? 0, Math.Max(sampling, metric.Noise?.For(definition) ?? 0));
        var limits = new Limits(
            Math.Max(least, ((definition.AllowedIncrease ?? MetricDefinition.DefaultAllowedIncrease) - 1) * level / SecondsPerMinute),
            Math.Min(-least, (1 - (1 / (definition.AllowedDecrease ?? MetricDefinition.DefaultAllowedDecrease))) * level / SecondsPerMinute));
        MetricLabel? failure = limits.FailureOf(definition, interval);
        MetricLabel label = failure ?? (cut.AreIndependent ? MetricLabel.Pass : MetricLabel.Nodata);
        var verdict = new MetricVerdict
        {
            Name = definition.Name,
            Group = definition.Group,
            Label = label,
            IsCritical = definition.Critical && failure is not null && ContinuousTest.IsCritical(definition, interval.Estimate),
            Why = "",
            Baseline = baseline.Estimate,
            Canary = canary.Estimate,
            Effect = interval.Estimate,
            Bound = limits.Towards(definition, interval),
            Low = interval.Low,
            High = interval.High,
            Estimate = interval.Estimate,
            Blocks = cut.Blocks,
            BaselineSamples = samples.Baseline.Length,
            CanarySamples = samples.Canary.Length,
        };
        return verdict with { Why = label == MetricLabel.Nodata ? Sentences.TooSlow(definition, cut, input) : Sentences.Slope(definition, verdict) };
    }
}
