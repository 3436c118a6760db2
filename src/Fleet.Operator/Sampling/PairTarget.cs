using System.Collections.Immutable;
using Fleet.Planning.Canary;
using Fleet.Planning.Rollouts;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Sampling;

/// <summary>A pair that is to be watched.</summary>
internal sealed record PairTarget
{
    /// <summary>Namespace of the nodes.</summary>
    public required string Namespace { get; init; }

    /// <summary>BeaconNode that keeps the stable image.</summary>
    public required string Baseline { get; init; }

    /// <summary>BeaconNode with the new one.</summary>
    public required string Canary { get; init; }

    /// <summary>BeaconNodes outside the pair, in the order in which they are asked for what they have seen of it.</summary>
    public required ImmutableArray<string> Outside { get; init; }

    /// <summary>Slots and epochs of the chain.</summary>
    public required ChainClock Clock { get; init; }

    /// <summary>How often and for how long.</summary>
    public required RolloutTiming Timing { get; init; }

    /// <summary>What is judged.</summary>
    public required ImmutableArray<MetricDefinition> Metrics { get; init; }

    /// <summary>The Prometheus whose samples are read; null: the nodes are scraped.</summary>
    public Uri? Prometheus { get; init; }

    /// <summary>config.yaml of the chain, by key.</summary>
    public required ImmutableSortedDictionary<string, string> Config { get; init; }

    /// <summary>Whether what was remembered of another target is of use for this one.</summary>
    public bool Continues(PairTarget other) =>
        Clock == other.Clock && Timing == other.Timing && Metrics.SequenceEqual(other.Metrics) && Prometheus == other.Prometheus && Baseline == other.Baseline && Canary == other.Canary;
}
