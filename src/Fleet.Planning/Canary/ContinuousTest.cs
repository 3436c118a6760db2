using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary;

/// <summary>Compares a level block by block.</summary>
internal static class ContinuousTest
{
    /// <summary>
    /// Spread between processes of one image after a restart, as a share of the level, assumed until the pair has shown its own. Heap layout, peers and
    /// timers fall differently at every start and stay so.
    /// </summary>
    private const double AssumedRestartSpread = 0.03;

    /// <summary>The value that stands for none, where a ratio needs one.</summary>
    private const double Nothing = 1e-12;

    /// <summary>Values below count as this one.</summary>
    public static double LeastValue(MetricDefinition definition) => Math.Max(definition.Floor, Nothing);

    /// <summary>Judges a continuous metric.</summary>
    public static MetricVerdict Decide(MetricObservation metric, WindowedSamples samples, JudgeInput input, double alpha)
    {
        MetricDefinition definition = metric.Definition;
        if (!Absence.TryCut(metric, samples, input, out BlockCut? cut, out MetricVerdict? absent))
        {
            return absent;
        }

        int n = cut.Blocks.Length;
        double[] differences = new double[n];
        double[] baselines = new double[n];
        double[] canaries = new double[n];
        for (int i = 0; i < n; i++)
        {
            Block block = cut.Blocks[i];
            baselines[i] = block.Baseline;
            canaries[i] = block.Canary;
            differences[i] = EffectOf(block.Canary, block.Baseline, definition);
        }

        double baseline = Quantiles.Median(baselines);
        double canary = Quantiles.Median(canaries);
        Interval interval = SignedRank.Of(differences, definition.Direction == MetricDirection.Either ? alpha / 2 : alpha);
        Limits limits = Allowed(definition).WidenedTo(Noise(metric, cut, (Math.Abs(baseline) + Math.Abs(canary)) / 2));
        bool isApart = !definition.IsRatio || Math.Abs(canary - baseline) > (definition.AllowedDifference ?? 0);
        MetricLabel? failure = isApart ? limits.FailureOf(definition, interval) : null;
        MetricLabel label = failure ?? (cut.AreIndependent ? MetricLabel.Pass : MetricLabel.Nodata);
        var verdict = new MetricVerdict
        {
            Name = definition.Name,
            Group = definition.Group,
            Label = label,
            IsCritical = definition.Critical && failure is not null && IsCritical(definition, interval.Estimate),
            Why = "",
            Baseline = baseline,
            Canary = canary,
            Effect = Shown(definition, interval.Estimate),
            Bound = Shown(definition, limits.Towards(definition, interval)),
            Low = interval.Low,
            High = interval.High,
            Estimate = interval.Estimate,
            Blocks = cut.Blocks,
            BaselineSamples = samples.Baseline.Length,
            CanarySamples = samples.Canary.Length,
        };
        return verdict with { Why = label == MetricLabel.Nodata ? Sentences.TooSlow(definition, cut, input) : Sentences.Continuous(definition, verdict, differences) };
    }

    /// <summary>What two levels differ by, in the scale of the estimate.</summary>
    public static double EffectOf(double canary, double baseline, MetricDefinition definition) => definition.IsRatio
        ? Math.Log(Math.Max(canary, LeastValue(definition))) - Math.Log(Math.Max(baseline, LeastValue(definition)))
        : canary - baseline;

    /// <summary>Whether an effect reaches what is critical.</summary>
    public static bool IsCritical(MetricDefinition definition, double estimate) =>
        definition.CriticalBound is not { } bound
        || Math.Abs(estimate) >= (definition.IsRatio ? Math.Abs(Math.Log(bound)) : bound);

    /// <summary>What is allowed, in the scale of the estimate.</summary>
    public static Limits Allowed(MetricDefinition definition) => definition.IsRatio
        ? new Limits(Math.Log(definition.AllowedIncrease ?? MetricDefinition.DefaultAllowedIncrease), Math.Log(definition.AllowedDecrease ?? MetricDefinition.DefaultAllowedDecrease))
        : new Limits(definition.AllowedDifference ?? 0, -(definition.AllowedDifference ?? 0));

    /// <summary>An estimate as people read it.</summary>
    public static double Shown(MetricDefinition definition, double estimate) => definition.IsRatio ? Math.Exp(estimate) : estimate;

    /// <summary>What two sides of one image differ by in 99.7 % of all windows: as seen, or as their samples and the assumed restarts let expect.</summary>
    private static double Noise(MetricObservation metric, BlockCut cut, double level)
    {
        double width = PairNoise.WidthFor(metric.Definition);
        double sampling = cut.Dependence.StandardError;
        double restarts = AssumedRestartSpread * Math.Sqrt(2) * (metric.Definition.IsRatio ? 1 : level);
        double expected = width * Math.Sqrt((restarts * restarts) + (sampling * sampling));
        return metric.Noise is not { } seen ? expected
            : Math.Max(seen.For(metric.Definition), seen.Restarts < PairNoise.EnoughRestarts ? expected : width * sampling);
    }
}

/// <summary>What is allowed upwards and downwards, in the scale of the estimate.</summary>
internal readonly record struct Limits(double Upper, double Lower)
{
    /// <summary>At least so far from zero.</summary>
    public Limits WidenedTo(double noise) => new(Math.Max(Upper, noise), Math.Min(Lower, -noise));

    /// <summary>High or Low where an effect is seen, lies beyond, and is worse; null where nothing fails.</summary>
    public MetricLabel? FailureOf(MetricDefinition definition, Interval interval) =>
        definition.IsWorseAbove && interval.Low > 0 && interval.Estimate > Upper ? MetricLabel.High
        : definition.IsWorseBelow && interval.High < 0 && interval.Estimate < Lower ? MetricLabel.Low
        : null;

    /// <summary>The limit in the direction that counts: the only one that is worse, else the one that the effect goes to.</summary>
    public double Towards(MetricDefinition definition, Interval interval) =>
        definition.Direction == MetricDirection.Increase || (definition.Direction == MetricDirection.Either && interval.Estimate >= 0) ? Upper : Lower;
}
