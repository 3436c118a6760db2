using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Planning.Canary;

/// <summary>The metrics that a canary is judged by unless its testnet names others, and the weights of their groups.</summary>
/// <remarks>Names of series are those that nodes export. A metric of another client that has no such series is Nodata.</remarks>
public static class BuiltInMetrics
{
    private const double Kibi = 1024;
    private const double Mebi = 1024 * Kibi;
    private const double PerMinute = 1.0 / 60;

    /// <summary>From half as much again on, as little is left of the score as the talk's canary got for its memory.</summary>
    private static readonly SteepCeiling HalfAsMuchAgain = new(1.5, 77);

    /// <summary>Errors are few and come in lumps; half as many again is no news yet.</summary>
    private const double AllowedErrors = 1.5;

    /// <summary>Weights of the groups, in percent.</summary>
    public static ImmutableDictionary<string, double> GroupWeights { get; } = ImmutableDictionary.CreateRange(StringComparer.Ordinal, new KeyValuePair<string, double>[]
    {
        new(CanaryMetrics.Consensus, 50), new(CanaryMetrics.Network, 25), new(CanaryMetrics.Resources, 15), new(CanaryMetrics.Errors, 10),
    });

    /// <summary>The metrics, group by group.</summary>
    public static ImmutableArray<MetricDefinition> All { get; } =
    [
        new()
        {
            Name = "attestation-inclusion", Group = CanaryMetrics.Consensus, Kind = MetricKind.Duty, Direction = MetricDirection.Decrease,
            Critical = true, MustHaveData = true,
            Source = Duties("fleet_duty_attestation_total", ["included", "late", "wrong_head", "wrong_target"], ["included", "late", "wrong_head", "wrong_target", "missed"]),
        },
        new()
        {
            Name = "wrong-votes", Group = CanaryMetrics.Consensus, Kind = MetricKind.Duty, Direction = MetricDirection.Increase,
            Source = Duties("fleet_duty_attestation_total", ["wrong_head", "wrong_target"], ["included", "late", "wrong_head", "wrong_target", "missed"]),
        },
        new()
        {
            Name = "inclusion-distance", Group = CanaryMetrics.Consensus, Direction = MetricDirection.Increase, Summary = BlockSummary.Mean, Unit = "slots",
            Source = new MetricSource.Quotient(
                new SeriesSelector("fleet_duty_inclusion_distance_slots_total"),
                new SeriesSelector("fleet_duty_attestation_total").With("result", "included", "late", "wrong_head", "wrong_target")) { IsFromOutside = true },
        },
        new()
        {
            Name = "missed-proposals", Group = CanaryMetrics.Consensus, Kind = MetricKind.Duty, Direction = MetricDirection.Increase,
            Source = Duties("fleet_duty_proposal_total", ["missed", "orphaned"], ["proposed", "missed", "orphaned"]),
        },
        new()
        {
            Name = "head-lag", Group = CanaryMetrics.Consensus, Effect = MetricEffect.Difference, Direction = MetricDirection.Increase,
            AllowedDifference = 0.1, Summary = BlockSummary.Mean, Unit = "slots", Critical = true, CriticalBound = 1, MustHaveData = true,

            // One slot is the way of the slot's own block, and whether a scrape comes before or after it is no difference between the sides.
            Source = new MetricSource.Gauge(new SeriesSelector("beacon_clock_time_slot"), new SeriesSelector("beacon_head_slot"), Beyond: 1),
        },
        new()
        {
            Name = "block-arrival-p95", Group = CanaryMetrics.Consensus, Direction = MetricDirection.Increase, Floor = 0.02, Unit = "s",
            Source = new MetricSource.Quantile(new SeriesSelector("fleet_block_arrival_delay_seconds"), 0.95),
        },
        new()
        {
            Name = "reorgs", Group = CanaryMetrics.Consensus, Direction = MetricDirection.Increase, AllowedIncrease = AllowedErrors,
            Floor = 0.5 * PerMinute, Summary = BlockSummary.Mean, Unit = "per second",
            Source = new MetricSource.Rate(new SeriesSelector("beacon_reorgs_total")),
        },
        Gossip("gossip-blocks", "beacon_block"),
        Gossip("gossip-attestations", "beacon_attestation"),
        Gossip("gossip-aggregates", "beacon_aggregate_and_proof"),
        new()
        {
            Name = "peers", Group = CanaryMetrics.Network, Direction = MetricDirection.Decrease, AllowedDifference = 1, Floor = 0.5, MustHaveData = true,
            Source = new MetricSource.Gauge(new SeriesSelector("libp2p_peers")),
        },
        new()
        {
            Name = "rejected-messages", Group = CanaryMetrics.Network, Direction = MetricDirection.Increase, AllowedIncrease = AllowedErrors,
            Floor = 2 * PerMinute, Summary = BlockSummary.Mean, Unit = "per second",
            Source = new MetricSource.Rate(new SeriesSelector("fleet_gossip_messages_total").With("outcome", "reject")),
        },
        new()
        {
            Name = "cpu", Group = CanaryMetrics.Resources, Direction = MetricDirection.Increase, Floor = 0.005, Summary = BlockSummary.Mean, Unit = "cores",
            SteepCeiling = HalfAsMuchAgain, MustHaveData = true,
            Source = new MetricSource.Rate(new SeriesSelector("process_cpu_seconds_total")),
        },
        new()
        {
            Name = "resident-memory", Group = CanaryMetrics.Resources, Direction = MetricDirection.Increase, Floor = 16 * Mebi, Unit = "bytes",
            SteepCeiling = HalfAsMuchAgain, MustHaveData = true,
            Source = new MetricSource.Gauge(new SeriesSelector("process_resident_memory_bytes")),
        },
        new()
        {
            Name = "memory-slope", Group = CanaryMetrics.Resources, Kind = MetricKind.Slope, Direction = MetricDirection.Increase,
            AllowedIncrease = 1.01, AllowedDifference = 64 * Kibi, Unit = "bytes",
            Source = new MetricSource.Gauge(new SeriesSelector("fleet_resident_memory_after_gc_bytes")),
        },
        new()
        {
            Name = "gc-pause", Group = CanaryMetrics.Resources, Direction = MetricDirection.Increase, Floor = 0.002, Summary = BlockSummary.Mean, Unit = "s per second",
            Source = new MetricSource.Rate(new SeriesSelector("dotnet_gc_pause_seconds_total")),
        },
        new()
        {
            Name = "database-growth", Group = CanaryMetrics.Resources, Direction = MetricDirection.Increase, Floor = 8 * Mebi, Unit = "bytes",
            Source = new MetricSource.Gauge(new SeriesSelector("fleet_database_bytes")),
        },
        new()
        {
            Name = "api-errors", Group = CanaryMetrics.Errors, Direction = MetricDirection.Increase, AllowedIncrease = AllowedErrors,
            Floor = PerMinute, Summary = BlockSummary.Mean, Unit = "per second",
            Source = new MetricSource.Rate(new SeriesSelector("fleet_api_requests_total").With("status", "5xx")),
        },
        new()
        {
            Name = "log-errors", Group = CanaryMetrics.Errors, Direction = MetricDirection.Increase, AllowedIncrease = AllowedErrors,
            Floor = PerMinute, Summary = BlockSummary.Mean, Unit = "per second",
            Source = new MetricSource.Rate(new SeriesSelector("fleet_log_messages_total").With("level", "error", "critical")),
        },
        new()
        {
            Name = "restarts", Group = CanaryMetrics.Errors, Kind = MetricKind.Count, Direction = MetricDirection.Increase, Critical = true, CriticalBound = 2,
            Source = new MetricSource.Restarts(),
        },
    ];

    private static MetricDefinition Gossip(string name, string topic) => new()
    {
        Name = name,
        Group = CanaryMetrics.Network,
        Direction = MetricDirection.Decrease,
        Floor = PerMinute,
        Summary = BlockSummary.Mean,
        Unit = "per second",
        Source = new MetricSource.Rate(new SeriesSelector("fleet_gossip_received_total").With("topic", topic).With("outcome", "accept")),
    };

    private static MetricSource.Duties Duties(string name, ReadOnlySpan<string> hits, ReadOnlySpan<string> all) =>
        new(new SeriesSelector(name).With("result", hits), new SeriesSelector(name).With("result", all)) { IsFromOutside = true };
}
