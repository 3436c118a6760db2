using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Beacon.Metrics;

/// <summary>All series of one instrument.</summary>
internal abstract class MetricFamily(Instrument instrument, int maximumSeries)
{
    /// <summary>Buckets in seconds, for instruments that advise none: from a millisecond to a quarter of a minute.</summary>
    private static readonly double[] DefaultBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

    private long _dropped;

    /// <summary>Name of the metric.</summary>
    public string Name { get; } = PrometheusText.MetricName(instrument.Name);

    /// <summary>Prometheus type.</summary>
    public abstract string Type { get; }

    /// <summary>Description of the instrument.</summary>
    public string Help { get; } = instrument.Description ?? "";

    /// <summary>Measurements refused for want of room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The family that fits an instrument's kind.</summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="maximumSeries">Most label sets that are kept.</param>
    public static MetricFamily Create(Instrument instrument, int maximumSeries)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        return kind == typeof(Histogram<>) ? new HistogramFamily(instrument, maximumSeries, Boundaries(instrument))
            : kind == typeof(Counter<>) ? new ValueFamily(instrument, maximumSeries, "counter", sums: true)
            : kind == typeof(UpDownCounter<>) ? new ValueFamily(instrument, maximumSeries, "gauge", sums: true)
            : kind == typeof(ObservableCounter<>) ? new ValueFamily(instrument, maximumSeries, "counter", sums: false)
            : new ValueFamily(instrument, maximumSeries, "gauge", sums: false);
    }

    /// <summary>Takes one measurement.</summary>
    public abstract void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>Forgets the values of observable instruments before they are asked again, so that what is gone disappears.</summary>
    public virtual void BeginObservation()
    {
    }

    /// <summary>Writes the samples.</summary>
    public abstract void Write(PrometheusText writer);

    /// <summary>The series of a label set; null when there are too many.</summary>
    protected T? Find<T>(ConcurrentDictionary<LabelSet, T> series, ReadOnlySpan<KeyValuePair<string, object?>> tags, Func<LabelSet, T> create)
        where T : class
    {
        var labels = new LabelSet(tags);
        if (series.TryGetValue(labels, out T? found))
        {
            return found;
        }

        if (series.Count >= maximumSeries)
        {
            Interlocked.Increment(ref _dropped);
            return null;
        }

        return series.GetOrAdd(labels, create);
    }

    private static double[] Boundaries(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram when histogram.Advice?.HistogramBucketBoundaries is { } boundaries => [.. boundaries],
        Histogram<long> histogram when histogram.Advice?.HistogramBucketBoundaries is { } boundaries => [.. boundaries.Select(static boundary => (double)boundary)],
        Histogram<int> histogram when histogram.Advice?.HistogramBucketBoundaries is { } boundaries => [.. boundaries.Select(static boundary => (double)boundary)],
        _ => DefaultBuckets,
    };

    /// <summary>One number per series.</summary>
    private sealed class ValueFamily(Instrument instrument, int maximumSeries, string type, bool sums) : MetricFamily(instrument, maximumSeries)
    {
        private readonly bool _observable = instrument.IsObservable;
        private readonly ConcurrentDictionary<LabelSet, Cell> _series = new();

        public override string Type => type;

        public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Find(_series, tags, static _ => new Cell()) is { } cell)
            {
                cell.Record(value, sums);
            }
        }

        public override void BeginObservation()
        {
            if (_observable)
            {
                _series.Clear();
            }
        }

        public override void Write(PrometheusText writer)
        {
            foreach ((LabelSet labels, Cell cell) in _series.OrderBy(static pair => pair.Key))
            {
                writer.Sample(Name, labels.Labels, cell.Value);
            }
        }
    }

    /// <summary>A number that threads add to.</summary>
    private sealed class Cell
    {
        private readonly Lock _lock = new();
        private double _value;

        public double Value
        {
            get
            {
                lock (_lock)
                {
                    return _value;
                }
            }
        }

        public void Record(double value, bool sum)
        {
            lock (_lock)
            {
                _value = sum ? _value + value : value;
            }
        }
    }

    /// <summary>Cumulative buckets per series.</summary>
    private sealed class HistogramFamily(Instrument instrument, int maximumSeries, double[] boundaries) : MetricFamily(instrument, maximumSeries)
    {
        private readonly ConcurrentDictionary<LabelSet, Buckets> _series = new();

        public override string Type => "histogram";

        public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Find(_series, tags, _ => new Buckets(boundaries.Length + 1)) is { } buckets)
            {
                int index = Array.BinarySearch(boundaries, value);
                buckets.Record(index < 0 ? ~index : index, value);
            }
        }

        public override void Write(PrometheusText writer)
        {
            foreach ((LabelSet labels, Buckets buckets) in _series.OrderBy(static pair => pair.Key))
            {
                (long[] counts, double sum) = buckets.Snapshot();
                long cumulative = 0;
                for (int i = 0; i < counts.Length; i++)
                {
                    cumulative += counts[i];
                    string bound = i < boundaries.Length ? PrometheusText.Number(boundaries[i]) : "+Inf";
                    writer.Sample(Name + "_bucket", [.. labels.Labels, new("le", bound)], cumulative);
                }

                writer.Sample(Name + "_sum", labels.Labels, sum);
                writer.Sample(Name + "_count", labels.Labels, cumulative);
            }
        }
    }

    private sealed class Buckets(int count)
    {
        private readonly Lock _lock = new();
        private readonly long[] _counts = new long[count];
        private double _sum;

        public void Record(int bucket, double value)
        {
            lock (_lock)
            {
                _counts[bucket]++;
                _sum += value;
            }
        }

        public (long[] Counts, double Sum) Snapshot()
        {
            lock (_lock)
            {
                return ([.. _counts], _sum);
            }
        }
    }
}
