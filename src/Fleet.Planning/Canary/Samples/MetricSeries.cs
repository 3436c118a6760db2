namespace Fleet.Planning.Canary.Samples;

/// <summary>What is remembered of one metric on one side: fed with scrapes, asked for a window. Bounded; for one thread at a time.</summary>
public abstract class MetricSeries
{
    private readonly SampleRing _samples;
    private (DateTimeOffset At, string Text)? _problem;

    private protected MetricSeries(int capacity)
    {
        _samples = new SampleRing(capacity);
    }

    /// <summary>An empty memory.</summary>
    /// <param name="source">Where the metric comes from.</param>
    /// <param name="keyGroup">The side's name among the key groups, for what is read from outside the pair.</param>
    /// <param name="epoch">Length of an epoch, over which quotients and quantiles are taken.</param>
    /// <param name="capacity">Most samples kept.</param>
    public static MetricSeries Create(MetricSource source, string keyGroup, TimeSpan epoch, int capacity)
    {
        return source switch
        {
            MetricSource.Gauge gauge => new GaugeSeries(Own(gauge.Series), gauge.Less is { } less ? Own(less) : null, gauge.Beyond, capacity),
            MetricSource.Rate rate => new RateSeries(Own(rate.Series), capacity),
            MetricSource.Quotient quotient => new QuotientSeries(Own(quotient.Series), Own(quotient.Per), epoch, capacity),
            MetricSource.Quantile quantile => new QuantileSeries(Own(quantile.Series), quantile.Share, epoch, capacity),
            MetricSource.Duties duties => new DutySeries(Own(duties.Hits), Own(duties.All), capacity),
            _ => new RestartSeries(capacity),
        };

        SeriesSelector Own(SeriesSelector selector) => source.IsFromOutside ? selector.With(SeriesSelector.KeyGroupLabel, keyGroup) : selector;
    }

    /// <summary>Takes one scrape.</summary>
    public void Observe(DateTimeOffset at, Exposition exposition)
    {
        if (!Read(at, exposition) && exposition.ProblemCount > 0)
        {
            Fail(at, $"{exposition.ProblemCount} lines of its metrics could not be read, the first being {exposition.Problems[0]}");
        }
    }

    /// <summary>Takes the number of restarts that a pod's status has.</summary>
    public virtual void ObserveRestarts(DateTimeOffset at, long restarts)
    {
    }

    /// <summary>Another process answers from the next scrape on: its counters go on from what was gained until then. Samples stay.</summary>
    public virtual void RestartCounting()
    {
    }

    /// <summary>Takes note of a scrape that failed.</summary>
    /// <param name="at">When.</param>
    /// <param name="problem">Why, as a clause.</param>
    public void Fail(DateTimeOffset at, string problem) => _problem = (at, problem);

    /// <summary>What is known of a window.</summary>
    public SideData Window(DateTimeOffset start, DateTimeOffset end)
    {
        var side = new SideData
        {
            Samples = _samples.Between(start, end),
            Problem = _problem is { } problem && problem.At >= start && problem.At < end ? problem.Text : null,
        };
        return Complete(side, start, end);
    }

    /// <summary>Reads a scrape; false: the metric is not in it.</summary>
    private protected abstract bool Read(DateTimeOffset at, Exposition exposition);

    /// <summary>Adds what is no sample.</summary>
    private protected virtual SideData Complete(SideData side, DateTimeOffset start, DateTimeOffset end) => side;

    /// <summary>Keeps a sample; what is no number is a problem of the target.</summary>
    private protected void Keep(DateTimeOffset at, double value)
    {
        if (double.IsFinite(value))
        {
            _samples.Add(at, value);
        }
        else
        {
            Fail(at, "its value is not a number");
        }
    }

    /// <summary>Values of the series that match, each with a key that tells it apart.</summary>
    private protected static List<KeyValuePair<string, double>> Select(SeriesSelector selector, Exposition exposition)
    {
        var found = new List<KeyValuePair<string, double>>();
        foreach (ExposedSeries series in exposition.Series)
        {
            if (selector.Matches(series))
            {
                found.Add(new(string.Join('\n', series.Labels.Select(static label => $"{label.Name}={label.Value}")), series.Value));
            }
        }

        return found;
    }

    private static double? Sum(SeriesSelector selector, Exposition exposition)
    {
        double? sum = null;
        foreach (ExposedSeries series in exposition.Series)
        {
            sum = selector.Matches(series) ? (sum ?? 0) + series.Value : sum;
        }

        return sum;
    }

    /// <summary>Adds a scrape to a total; false: there is no such series.</summary>
    private protected static bool Add(CounterTotal total, SeriesSelector selector, Exposition exposition)
    {
        List<KeyValuePair<string, double>> found = Select(selector, exposition);
        if (found.Count > 0)
        {
            total.Observe(found);
        }

        return found.Count > 0;
    }

    private sealed class GaugeSeries(SeriesSelector series, SeriesSelector? less, double? beyond, int capacity) : MetricSeries(capacity)
    {
        private protected override bool Read(DateTimeOffset at, Exposition exposition)
        {
            double? value = Sum(series, exposition);
            double? subtracted = less is null ? 0 : Sum(less, exposition);
            if (value - subtracted is not { } level)
            {
                return false;
            }

            Keep(at, beyond is { } free && level < free ? 0 : level - (beyond ?? 0));
            return true;
        }
    }

    private sealed class RateSeries(SeriesSelector series, int capacity) : MetricSeries(capacity)
    {
        private readonly CounterTotal _total = new();
        private (DateTimeOffset At, double Total)? _last;

        public override void RestartCounting()
        {
            _total.Restart();
            _last = null;
        }

        private protected override bool Read(DateTimeOffset at, Exposition exposition)
        {
            if (_last is { } same && same.At >= at)
            {
                return true;
            }

            if (!Add(_total, series, exposition))
            {
                return false;
            }

            if (_last is { } last)
            {
                Keep(at, (_total.Total - last.Total) / (at - last.At).TotalSeconds);
            }

            _last = (at, _total.Total);
            return true;
        }
    }

    private sealed class QuotientSeries(SeriesSelector series, SeriesSelector per, TimeSpan epoch, int capacity) : MetricSeries(capacity)
    {
        private readonly CounterTotal _total = new();
        private readonly CounterTotal _per = new();
        private readonly EpochTotals _epoch = new(epoch);

        public override void RestartCounting()
        {
            _total.Restart();
            _per.Restart();
        }

        private protected override bool Read(DateTimeOffset at, Exposition exposition)
        {
            // Not short-circuited: both totals go on in every scrape.
            if (!(Add(_total, series, exposition) & Add(_per, per, exposition)))
            {
                return false;
            }

            if (_epoch.Add(at, [_total.Total, _per.Total], static gained => gained[1] > 0) is [double gained, double by])
            {
                Keep(at, gained / by);
            }

            return true;
        }
    }

    private sealed class QuantileSeries(SeriesSelector series, double share, TimeSpan epoch, int capacity) : MetricSeries(capacity)
    {
        private const string BoundLabel = "le";

        /// <summary>Most buckets of a histogram; further ones are not counted.</summary>
        private const int MaximumBuckets = 128;

        private readonly SeriesSelector _buckets = series with { Name = series.Name + "_bucket" };
        private readonly SortedDictionary<double, CounterTotal> _totals = [];
        private readonly EpochTotals _epoch = new(epoch);

        public override void RestartCounting()
        {
            foreach (CounterTotal total in _totals.Values)
            {
                total.Restart();
            }
        }

        private protected override bool Read(DateTimeOffset at, Exposition exposition)
        {
            var byBound = new SortedDictionary<double, Exposition>();
            foreach (IGrouping<string?, ExposedSeries> bucket in exposition.Series.Where(_buckets.Matches).GroupBy(static one => one.Label(BoundLabel)))
            {
                if (bucket.Key is { } text && PrometheusText.TryParseValue(System.Text.Encoding.UTF8.GetBytes(text), out double bound) && !double.IsNaN(bound) && byBound.Count < MaximumBuckets)
                {
                    byBound[bound] = new Exposition([.. bucket], [], 0);
                }
            }

            if (byBound.Count == 0)
            {
                return false;
            }

            if (!byBound.Keys.SequenceEqual(_totals.Keys))
            {
                _totals.Clear();
                _epoch.Restart();
            }

            foreach ((double bound, Exposition of) in byBound)
            {
                if (!_totals.TryGetValue(bound, out CounterTotal? total))
                {
                    _totals[bound] = total = new CounterTotal();
                }

                Add(total, _buckets, of);
            }

            if (_epoch.Add(at, [.. _totals.Values.Select(static total => total.Total)], static gained => gained[^1] > 0) is { } gained
                && HistogramQuantile.Of([.. _totals.Keys.Zip(gained)], share) is { } quantile)
            {
                Keep(at, quantile);
            }

            return true;
        }
    }

    private sealed class DutySeries(SeriesSelector hits, SeriesSelector all, int capacity) : MetricSeries(capacity)
    {
        private readonly CounterTotal _hits = new();
        private readonly CounterTotal _all = new();
        private readonly SampleRing _hitRing = new(capacity);
        private readonly SampleRing _allRing = new(capacity);

        public override void RestartCounting()
        {
            _hits.Restart();
            _all.Restart();
        }

        private protected override bool Read(DateTimeOffset at, Exposition exposition)
        {
            double hitsBefore = _hits.Total;
            double allBefore = _all.Total;
            bool isKnown = Add(_all, all, exposition);

            // No duty may have had the outcome yet, so that its series is missing; its total goes on from zero.
            _hits.Observe(Select(hits, exposition));
            if (!isKnown || !_allRing.Add(at, _all.Total) || !_hitRing.Add(at, _hits.Total))
            {
                return isKnown;
            }

            if (_all.Total > allBefore)
            {
                Keep(at, (_hits.Total - hitsBefore) / (_all.Total - allBefore));
            }

            return true;
        }

        private protected override SideData Complete(SideData side, DateTimeOffset start, DateTimeOffset end)
        {
            int last = _allRing.FirstAtOrAfter(end) - 1;
            int first = _allRing.LastAtOrBefore(start);
            return last <= first ? side : side with
            {
                Duties = new DutyCounts((long)(_hitRing[last].Value - _hitRing[first].Value), (long)(_allRing[last].Value - _allRing[first].Value)),
            };
        }
    }

    private sealed class RestartSeries(int capacity) : MetricSeries(capacity)
    {
        private readonly CounterTotal _total = new();

        public override void ObserveRestarts(DateTimeOffset at, long restarts)
        {
            _total.Observe([new("", restarts)]);
            Keep(at, _total.Total);
        }

        private protected override bool Read(DateTimeOffset at, Exposition exposition) => true;

        private protected override SideData Complete(SideData side, DateTimeOffset start, DateTimeOffset end)
        {
            int last = _samples.FirstAtOrAfter(end) - 1;
            int first = _samples.LastAtOrBefore(start);
            return last < first || last < 0 ? side : side with { Count = (long)(_samples[last].Value - _samples[first].Value) };
        }
    }
}
