using System.Collections.Immutable;

namespace Fleet.Planning.Canary;

/// <summary>One value at one time.</summary>
public readonly record struct Sample(DateTimeOffset At, double Value);

/// <summary>How many duties had a certain outcome.</summary>
/// <param name="Hits">Duties with the outcome.</param>
/// <param name="Of">All duties.</param>
public readonly record struct DutyCounts(long Hits, long Of);

/// <summary>What is known of one side of a metric in the window.</summary>
public sealed record SideData
{
    /// <summary>Samples in the order of time; those outside the window and those that are no numbers are left out.</summary>
    public ImmutableArray<Sample> Samples { get; init; } = [];

    /// <summary>Duties over the window, for metrics of that kind.</summary>
    public DutyCounts? Duties { get; init; }

    /// <summary>Events over the window, for metrics of that kind.</summary>
    public long? Count { get; init; }

    /// <summary>Why samples are missing, as a clause ("/metrics answered 500"); null: nobody knows of a reason.</summary>
    public string? Problem { get; init; }
}

/// <summary>How far apart the two sides were seen while both ran one image.</summary>
/// <param name="EitherWay">99.7th percentile of the absolute effect over windows of the same length, in the scale of the estimate: a logarithm for ratios.</param>
/// <param name="OneWay">99.7th percentile of the effect in one direction; the sides are alike, so both directions are.</param>
/// <param name="Restarts">How often the pair was restarted in between. A restart shifts a level for as long as the process lives.</param>
public sealed record PairNoise(double EitherWay, double OneWay, int Restarts)
{
    /// <summary>Restarts from which their spread counts as known.</summary>
    public const int EnoughRestarts = 20;

    /// <summary>Standard deviations that hold 99.7 % of a normal distribution in both directions.</summary>
    internal const double EitherWayWidth = 2.968;

    /// <summary>Standard deviations that hold 99.7 % of a normal distribution in one direction.</summary>
    internal const double OneWayWidth = 2.748;

    /// <summary>Fewest effects that say anything.</summary>
    private const int FewestEffects = 5;

    /// <summary>
    /// The noise of past effects, one for each window in which both sides ran one image. Null: too few to say. Some dozen windows do not show their
    /// 99.7th percentile, so that of a normal distribution of the same width counts where it is larger.
    /// </summary>
    public static PairNoise? Of(IReadOnlyList<double> effects, int restarts)
    {
        double[] sizes = [.. effects.Where(double.IsFinite).Select(Math.Abs)];
        if (sizes.Length < FewestEffects)
        {
            return null;
        }

        Array.Sort(sizes);
        double squares = 0;
        foreach (double size in sizes)
        {
            squares += size * size;
        }

        double deviation = Math.Sqrt(squares / sizes.Length);
        return new PairNoise(
            Math.Max(Statistics.Quantiles.Percentile(sizes, 0.997), EitherWayWidth * deviation),
            Math.Max(Statistics.Quantiles.Percentile(sizes, 0.994), OneWayWidth * deviation),
            restarts);
    }

    /// <summary>The percentile that counts for a metric.</summary>
    internal double For(MetricDefinition definition) => definition.Direction == MetricDirection.Either ? EitherWay : OneWay;

    /// <summary>Standard deviations of noise that a metric is allowed.</summary>
    internal static double WidthFor(MetricDefinition definition) => definition.Direction == MetricDirection.Either ? EitherWayWidth : OneWayWidth;
}

/// <summary>A metric with both of its sides.</summary>
/// <param name="Definition">The metric.</param>
/// <param name="Baseline">The side with the stable image.</param>
/// <param name="Canary">The side with the new image.</param>
/// <param name="Noise">What the pair showed without a difference between its images; null: not known.</param>
public sealed record MetricObservation(MetricDefinition Definition, SideData Baseline, SideData Canary, PairNoise? Noise = null);

/// <summary>Whose rules a roll-out is judged by.</summary>
public enum JudgeMode
{
    /// <summary>Ours: paired blocks, exact tests.</summary>
    Native,

    /// <summary>Those of NetflixACAJudge-v1.0 in Kayenta, on raw samples.</summary>
    Kayenta,
}

/// <summary>Everything a verdict is made of.</summary>
public sealed record JudgeInput
{
    /// <summary>Whose rules.</summary>
    public JudgeMode Mode { get; init; }

    /// <summary>Begin of the window.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>End of the window, exclusive.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Length of an epoch; no block is shorter.</summary>
    public required TimeSpan Epoch { get; init; }

    /// <summary>All metrics of the roll-out, with data or without.</summary>
    public required ImmutableArray<MetricObservation> Metrics { get; init; }

    /// <summary>Weight of groups, in percent. Groups that are not named share the rest evenly.</summary>
    public IReadOnlyDictionary<string, double> GroupWeights { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Score from which a canary is approved by itself. <value>90.</value></summary>
    public double Pass { get; init; } = 90;

    /// <summary>Score from which a person is asked. <value>50.</value></summary>
    public double Marginal { get; init; } = 50;
}
