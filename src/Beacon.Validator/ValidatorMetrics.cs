using System.Diagnostics;
using System.Diagnostics.Metrics;
using Beacon.Metrics;
using Beacon.Validator.Protection;

namespace Beacon.Validator;

/// <summary>What the validator client counts.</summary>
public sealed class ValidatorMetrics
{
    /// <summary>Traces of duties, from slot to publication.</summary>
    public static readonly ActivitySource Activities = new("Beacon.Validator");

    private readonly Counter<long> _attestations;
    private readonly Counter<long> _aggregates;
    private readonly Counter<long> _blocks;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _slashingRefusals;
    private readonly Histogram<double> _delay;

    /// <summary>Makes the instruments.</summary>
    public ValidatorMetrics(MetricsScope scope)
    {
        Meter meter = scope.Create(new MeterOptions("Beacon.Validator"));
        _attestations = meter.CreateCounter<long>("fleet_validator_attestations_published_total", description: "Attestations published.");
        _aggregates = meter.CreateCounter<long>("fleet_validator_aggregates_published_total", description: "Aggregates published.");
        _blocks = meter.CreateCounter<long>("fleet_validator_blocks_published_total", description: "Blocks published.");
        _failures = meter.CreateCounter<long>("fleet_validator_failures_total", description: "Duties that were not done, by reason.");
        _slashingRefusals = meter.CreateCounter<long>("fleet_validator_slashing_refusals_total", description: "Messages that slashing protection refused to sign.");
        _delay = meter.CreateHistogram(
            "fleet_validator_duty_delay_seconds",
            description: "Time from the slot's start to the publication.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12] });

        // Present from the start: a rate needs the zero before the first one.
        foreach (Counter<long> counter in (Counter<long>[])[_attestations, _aggregates, _blocks, _slashingRefusals])
        {
            counter.Add(0);
        }

        meter.CreateObservableGauge("fleet_validator_keys", () => KeyCount, description: "Keys loaded.");
        meter.CreateObservableGauge("fleet_validator_keys_active", () => ActiveKeyCount, description: "Keys that are validators with duties.");
        meter.CreateObservableGauge("fleet_validator_signing_allowed", () => SigningAllowed ? 1 : 0, description: "1 while nothing forbids signing.");
        meter.CreateObservableGauge("fleet_validator_beacon_nodes_ready", () => ReadyNodeCount, description: "Beacon nodes that are synced and on our chain.");
    }

    /// <summary>Keys loaded.</summary>
    public int KeyCount { get; set; }

    /// <summary>Keys that are active validators.</summary>
    public int ActiveKeyCount { get; set; }

    /// <summary>Whether anything may be signed.</summary>
    public bool SigningAllowed { get; set; }

    /// <summary>Beacon nodes that can be used.</summary>
    public int ReadyNodeCount { get; set; }

    /// <summary>Counts published attestations.</summary>
    public void AttestationsPublished(int count, TimeSpan delay)
    {
        _attestations.Add(count);
        _delay.Record(delay.TotalSeconds, new KeyValuePair<string, object?>("duty", "attestation"));
    }

    /// <summary>Counts published aggregates.</summary>
    public void AggregatesPublished(int count, TimeSpan delay)
    {
        _aggregates.Add(count);
        _delay.Record(delay.TotalSeconds, new KeyValuePair<string, object?>("duty", "aggregate"));
    }

    /// <summary>Counts a published block.</summary>
    public void BlockPublished(TimeSpan delay)
    {
        _blocks.Add(1);
        _delay.Record(delay.TotalSeconds, new KeyValuePair<string, object?>("duty", "block"));
    }

    /// <summary>Counts duties that were not done.</summary>
    public void Failed(string duty, string reason, int count = 1) =>
        _failures.Add(count, new KeyValuePair<string, object?>("duty", duty), new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Counts a refusal of slashing protection.</summary>
    public void SlashingRefusal(string kind, ProtectionVerdict verdict) =>
        _slashingRefusals.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("reason", verdict.ToString()));
}
