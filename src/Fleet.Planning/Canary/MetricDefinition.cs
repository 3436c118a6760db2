namespace Fleet.Planning.Canary;

/// <summary>What kind of evidence a metric is.</summary>
public enum MetricKind
{
    /// <summary>A level that both sides have all the time: compared block by block.</summary>
    Continuous,

    /// <summary>k of n over the window, such as attestations that were included: compared by Fisher's exact test.</summary>
    Duty,

    /// <summary>How fast a level rises, such as a leak: compared by the slopes of both sides.</summary>
    Slope,

    /// <summary>Events that are each one too many, such as restarts: compared by their number.</summary>
    Count,
}

/// <summary>How two sides of a continuous metric are compared.</summary>
public enum MetricEffect
{
    /// <summary>Canary through baseline, on a logarithmic scale.</summary>
    Ratio,

    /// <summary>Canary minus baseline, in the metric's unit.</summary>
    Difference,
}

/// <summary>Which way is worse.</summary>
public enum MetricDirection
{
    /// <summary>More is worse.</summary>
    Increase,

    /// <summary>Less is worse.</summary>
    Decrease,

    /// <summary>Any change is worse.</summary>
    Either,
}

/// <summary>What stands for a block of samples.</summary>
public enum BlockSummary
{
    /// <summary>The median: for levels, where a single sample may be far off.</summary>
    Median,

    /// <summary>The mean: for rates, whose single samples are lumps or nothing.</summary>
    Mean,
}

/// <summary>From a certain effect on, a failed metric caps the score lower than usual.</summary>
/// <param name="From">Effect as a ratio (or its inverse, where less is worse).</param>
/// <param name="Score">The highest score that is left.</param>
public sealed record SteepCeiling(double From, double Score);

/// <summary>A metric and what is allowed to it.</summary>
public sealed record MetricDefinition
{
    /// <summary>Ratio that a metric may rise to. <value>1.10.</value></summary>
    public const double DefaultAllowedIncrease = 1.10;

    /// <summary>Ratio that a metric may fall to. <value>1/1.10.</value></summary>
    public const double DefaultAllowedDecrease = 1 / DefaultAllowedIncrease;

    /// <summary>Share of the duties by which a side may do worse without failing. <value>0.10, ten points.</value></summary>
    public const double DefaultAllowedDutyDifference = 0.10;

    /// <summary>Share of the duties by which a side does critically worse. <value>0.50.</value></summary>
    public const double DefaultCriticalDutyDifference = 0.50;

    /// <summary>Unique name, such as <c>cpu</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Group whose weight it shares, such as <c>resources</c>.</summary>
    public required string Group { get; init; }

    /// <summary>What kind of evidence it is.</summary>
    public MetricKind Kind { get; init; }

    /// <summary>How the sides are compared. Only for continuous metrics; the other kinds are differences.</summary>
    public MetricEffect Effect { get; init; }

    /// <summary>Which way is worse.</summary>
    public MetricDirection Direction { get; init; }

    /// <summary>What stands for a block.</summary>
    public BlockSummary Summary { get; init; }

    /// <summary>Unit of the values, for sentences: <c>s</c>, <c>bytes</c>.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Ratio up to which an increase is allowed, at least 1. For a slope: what the level may grow to within a minute. Null: 1.10, and 1 with Kayenta's rules.</summary>
    public double? AllowedIncrease { get; init; }

    /// <summary>Ratio down to which a decrease is allowed, at most 1. Null: 1/1.10, and 1 with Kayenta's rules.</summary>
    public double? AllowedDecrease { get; init; }

    /// <summary>
    /// Difference up to which nothing fails, in the metric's unit (a share for duties, a number for counts, unit per second for slopes). A metric
    /// with a ratio must then be beyond both. Null: none, and 0.10 for duties.
    /// </summary>
    public double? AllowedDifference { get; init; }

    /// <summary>Values below count as this one, in the metric's unit, so that next to nothing is not a multiple of nothing. <value>0: no floor.</value></summary>
    public double Floor { get; init; }

    /// <summary>Whether its failure alone stops a roll-out.</summary>
    public bool Critical { get; init; }

    /// <summary>Effect from which the failure of a critical metric is critical: a ratio or a difference, as the effect is. Null: every failure is; 0.50 for duties.</summary>
    public double? CriticalBound { get; init; }

    /// <summary>Whether a canary without data fails.</summary>
    public bool MustHaveData { get; init; }

    /// <summary>Highest score while it fails. Null: one below what is approved.</summary>
    public double? Ceiling { get; init; }

    /// <summary>A lower ceiling for a larger ratio, or null.</summary>
    public SteepCeiling? SteepCeiling { get; init; }

    /// <summary>Whether values more than three interquartile ranges beyond the quartiles are left out. Only with Kayenta's rules.</summary>
    public bool RemoveOutliers { get; init; }

    /// <summary>Where its samples come from; null: from elsewhere.</summary>
    public Samples.MetricSource? Source { get; init; }

    /// <summary>Whether an increase can fail.</summary>
    internal bool IsWorseAbove => Direction != MetricDirection.Decrease;

    /// <summary>Whether a decrease can fail.</summary>
    internal bool IsWorseBelow => Direction != MetricDirection.Increase;

    /// <summary>Whether the estimate is a logarithm.</summary>
    internal bool IsRatio => Kind == MetricKind.Continuous && Effect == MetricEffect.Ratio;
}
