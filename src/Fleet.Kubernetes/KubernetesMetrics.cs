using System.Diagnostics.Metrics;

namespace Fleet.Kubernetes;

/// <summary>Instruments of informers, queues, controllers and events.</summary>
/// <remarks>One instance per process; every label has a bounded set of values (kinds, controller names, outcomes).</remarks>
public sealed class KubernetesMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Fleet.Kubernetes";

    private readonly Meter _meter;

    /// <summary>Creates the instruments.</summary>
    public KubernetesMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        Relists = _meter.CreateCounter<long>("fleet.kubernetes.informer.relists", "{list}", "Full lists by kind and reason.");
        WatchEvents = _meter.CreateCounter<long>("fleet.kubernetes.informer.events", "{event}", "Watch events by kind and type.");
        QueueAdds = _meter.CreateCounter<long>("fleet.kubernetes.queue.adds", "{key}", "Keys added, by queue.");
        QueueDropped = _meter.CreateCounter<long>("fleet.kubernetes.queue.dropped", "{key}", "Keys refused because the queue was full, by queue.");
        QueueRetries = _meter.CreateCounter<long>("fleet.kubernetes.queue.retries", "{key}", "Keys added again after a failure, by queue.");
        Reconciles = _meter.CreateCounter<long>("fleet.kubernetes.reconciles", "{pass}", "Passes by controller and outcome.");
        ReconcileDuration = _meter.CreateHistogram(
            "fleet.kubernetes.reconcile.duration",
            "s",
            "Duration of a pass, by controller.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });
        ExpectationsExpired = _meter.CreateCounter<long>("fleet.kubernetes.expectations.expired", "{write}", "Own writes that did not come back in time, by kind.");
        Events = _meter.CreateCounter<long>("fleet.kubernetes.events", "{event}", "Event writes by outcome (created, updated, failed, dropped).");
    }

    internal Counter<long> Relists { get; }

    internal Counter<long> WatchEvents { get; }

    internal Counter<long> QueueAdds { get; }

    internal Counter<long> QueueDropped { get; }

    internal Counter<long> QueueRetries { get; }

    internal Counter<long> Reconciles { get; }

    internal Histogram<double> ReconcileDuration { get; }

    internal Counter<long> ExpectationsExpired { get; }

    internal Counter<long> Events { get; }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Publishes the length of a queue as long as the queue lives.</summary>
    internal void ObserveQueue(string name, Func<int> length) => _meter.CreateObservableGauge(
        "fleet.kubernetes.queue.length", () => new Measurement<int>(length(), new KeyValuePair<string, object?>("queue", name)), "{key}", "Keys that wait.");
}
