using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Fleet.Manager;

/// <summary>The operator's instruments as Prometheus text: counters and gauges as they are, histograms as sum and count.</summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>Most series; beyond it new label combinations are not kept.</summary>
    private const int Capacity = 4096;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Name, string Labels), Series> _series = new();

    public MetricsText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Fleet.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The text of all series, sorted.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (((string name, string labels), Series series) in _series.OrderBy(pair => pair.Key.Name, StringComparer.Ordinal).ThenBy(pair => pair.Key.Labels, StringComparer.Ordinal))
        {
            (double sum, long count) = series.Read();
            if (series.IsHistogram)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{labels} {sum}\n{name}_count{labels} {count}\n");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {sum}\n");
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach ((string key, object? tag) in tags)
        {
            string shown = (Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            labels.Append(labels.Length == 0 ? "{" : ",").Append(key.Replace('.', '_')).Append("=\"").Append(shown).Append('"');
        }

        if (labels.Length > 0)
        {
            labels.Append('}');
        }

        (string, string) id = (instrument.Name.Replace('.', '_'), labels.ToString());
        if (_series.Count < Capacity || _series.ContainsKey(id))
        {
            bool isHistogram = instrument is Histogram<double> or Histogram<long> or Histogram<int>;
            bool isObserved = instrument.IsObservable || instrument is Gauge<long> or Gauge<double> or Gauge<int>;
            _series.GetOrAdd(id, _ => new Series(isHistogram, isObserved)).Record(value);
        }
    }

    private sealed class Series(bool isHistogram, bool isObserved)
    {
        private readonly Lock _lock = new();
        private double _sum;
        private long _count;

        public bool IsHistogram => isHistogram;

        public void Record(double value)
        {
            lock (_lock)
            {
                _sum = isObserved ? value : _sum + value;
                _count++;
            }
        }

        public (double Sum, long Count) Read()
        {
            lock (_lock)
            {
                return (_sum, _count);
            }
        }
    }
}
