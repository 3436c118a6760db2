using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Beacon.Metrics;

/// <summary>Collects what the instruments of a <see cref="MetricsScope"/> measure and renders it as Prometheus text.</summary>
/// <remarks>
/// An instrument's name is the metric's name (dots and dashes become underscores), its tags are the labels. Counters and up-down counters are
/// summed, gauges keep the last value, observable instruments are asked at each scrape, histograms use the bucket boundaries of their
/// <see cref="InstrumentAdvice{T}"/>. Thread-safe.
/// </remarks>
public sealed class MetricsRegistry : IDisposable
{
    /// <summary>Most label sets kept per instrument, unless another number is asked for; further ones are dropped and counted, because labels may come from peers.</summary>
    public const int MaximumSeries = 2000;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly ProcessMetrics? _process;
    private readonly Lock _scrape = new();

    /// <summary>Starts collecting.</summary>
    /// <param name="scope">Whose meters are collected.</param>
    /// <param name="processMetrics">Whether the <c>process_*</c> metrics of this process are added.</param>
    /// <param name="maximumSeries">Most label sets kept per instrument; further ones are dropped and counted.</param>
    public MetricsRegistry(MetricsScope scope, bool processMetrics = true, int maximumSeries = MaximumSeries)
    {
        Scope = scope;
        _process = processMetrics ? new ProcessMetrics() : null;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, scope))
            {
                MetricFamily family = _families.GetOrAdd(instrument, static (created, maximum) => MetricFamily.Create(created, maximum), maximumSeries);
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.MeasurementsCompleted = (instrument, state) => _families.TryRemove(instrument, out _);
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => ((MetricFamily)state!).Record((double)value, tags));
        _listener.Start();
    }

    /// <summary>The exposition, format 0.0.4, families sorted by name.</summary>
    public string Render()
    {
        var writer = new PrometheusText();
        lock (_scrape)
        {
            foreach (MetricFamily family in _families.Values)
            {
                family.BeginObservation();
            }

            _listener.RecordObservableInstruments();
            long dropped = 0;

            // Several meters may have an instrument of the same name; their series form one family.
            foreach (IGrouping<string, MetricFamily> sameName in _families.Values.GroupBy(static family => family.Name).OrderBy(static group => group.Key, StringComparer.Ordinal))
            {
                MetricFamily first = sameName.First();
                writer.Family(first.Name, first.Type, first.Help);
                foreach (MetricFamily family in sameName)
                {
                    family.Write(writer);
                    dropped += family.Dropped;
                }
            }

            writer.Family("fleet_metrics_dropped_measurements_total", "counter", "Measurements dropped because their instrument has too many label sets.");
            writer.Sample("fleet_metrics_dropped_measurements_total", [], dropped);
            _process?.Write(writer);
        }

        return writer.ToString();
    }

    /// <summary>Whose meters are collected.</summary>
    public MetricsScope Scope { get; }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
