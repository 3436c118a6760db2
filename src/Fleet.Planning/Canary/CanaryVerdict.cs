using System.Collections.Immutable;

namespace Fleet.Planning.Canary;

/// <summary>What became of a metric.</summary>
public enum MetricLabel
{
    /// <summary>Nothing speaks against the canary.</summary>
    Pass,

    /// <summary>The canary is above what is allowed.</summary>
    High,

    /// <summary>The canary is below what is allowed.</summary>
    Low,

    /// <summary>The data say nothing.</summary>
    Nodata,

    /// <summary>The canary lacks data that it must have.</summary>
    NodataFail,
}

/// <summary>What follows from a verdict.</summary>
public enum CanaryOutcome
{
    /// <summary>Too little is known; watching goes on.</summary>
    NoVerdict,

    /// <summary>The roll-out goes on by itself.</summary>
    Approve,

    /// <summary>A person decides.</summary>
    AwaitApproval,

    /// <summary>The roll-out ends.</summary>
    Stop,
}

/// <summary>The same stretch of time on both sides.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Baseline">What stands for the baseline's samples.</param>
/// <param name="Canary">What stands for the canary's samples.</param>
public readonly record struct Block(DateTimeOffset Start, TimeSpan Length, double Baseline, double Canary);

/// <summary>One metric's part of a verdict.</summary>
public sealed record MetricVerdict
{
    /// <summary>Name of the metric.</summary>
    public required string Name { get; init; }

    /// <summary>Its group.</summary>
    public required string Group { get; init; }

    /// <summary>What became of it.</summary>
    public required MetricLabel Label { get; init; }

    /// <summary>Whether it failed so that the roll-out stops.</summary>
    public bool IsCritical { get; init; }

    /// <summary>One sentence of why.</summary>
    public required string Why { get; init; }

    /// <summary>What stands for the baseline: level, share, slope per second, or number.</summary>
    public double? Baseline { get; init; }

    /// <summary>What stands for the canary.</summary>
    public double? Canary { get; init; }

    /// <summary>Effect as people read it: a ratio, or a difference in the metric's unit.</summary>
    public double? Effect { get; init; }

    /// <summary>Effect from which it fails, as a ratio or a difference, in the direction that the canary went.</summary>
    public double? Bound { get; init; }

    /// <summary>Lower end of the interval, in the scale of <see cref="Estimate"/>.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the interval.</summary>
    public double? High { get; init; }

    /// <summary>The estimate: of the log-ratio for ratios, else of the difference.</summary>
    public double? Estimate { get; init; }

    /// <summary>The blocks, where the metric has such.</summary>
    public ImmutableArray<Block> Blocks { get; init; } = [];

    /// <summary>Samples of the baseline in the window; duties for metrics of that kind.</summary>
    public long BaselineSamples { get; init; }

    /// <summary>Samples of the canary in the window; duties for metrics of that kind.</summary>
    public long CanarySamples { get; init; }

    /// <summary>Highest score that is left because of it; null: any.</summary>
    public double? Ceiling { get; init; }

    /// <summary>Whether it speaks against the canary.</summary>
    public bool IsFailure => Label is MetricLabel.High or MetricLabel.Low or MetricLabel.NodataFail;
}

/// <summary>One group's part of a score.</summary>
/// <param name="Name">The group.</param>
/// <param name="Weight">Its weight in percent, after the weight of groups without judged metrics was shared out.</param>
/// <param name="Score">Share of its judged metrics that passed, in percent; null: none was judged.</param>
public sealed record GroupScore(string Name, double Weight, double? Score);

/// <summary>A verdict on a canary.</summary>
/// <param name="Outcome">What follows.</param>
/// <param name="Score">0 to 100, two decimals; null: no verdict.</param>
/// <param name="Groups">The groups, by name.</param>
/// <param name="Metrics">The metrics, in the order they were given in.</param>
/// <param name="Why">One sentence.</param>
public sealed record CanaryVerdict(CanaryOutcome Outcome, double? Score, ImmutableArray<GroupScore> Groups, ImmutableArray<MetricVerdict> Metrics, string Why);
