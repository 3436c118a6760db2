using System.Globalization;
using System.Text;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Planning.Tests.Canary;

public sealed class MetricSeriesTests
{
    private static readonly DateTimeOffset Start = CanaryCases.Start;
    private static readonly TimeSpan Epoch = TimeSpan.FromSeconds(8);

    [Fact]
    public void A_ring_holds_the_latest_and_forgets_the_oldest()
    {
        var ring = new SampleRing(3);
        Assert.Empty(ring.Between(Start, Start.AddDays(1)));
        for (int i = 0; i < 5; i++)
        {
            Assert.True(ring.Add(At(i), i));
        }

        Assert.Equal([2, 3, 4], ring.Between(Start, Start.AddDays(1)).Select(static sample => sample.Value));
        Assert.Equal([3], ring.Between(At(3), At(4)).Select(static sample => sample.Value));
        Assert.Empty(ring.Between(At(4), At(3)));
        Assert.Equal((3, 2), (ring.Count, ring[0].Value));

        // Time does not go back.
        Assert.False(ring.Add(At(4), 9));
        Assert.False(ring.Add(At(1), 9));
        Assert.Equal(4, ring[2].Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => ring[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleRing(0));
        ring.Clear();
        Assert.Equal(0, ring.Count);
        Assert.True(ring.Add(At(0), 1));
    }

    [Fact]
    public void A_ring_is_a_bounded_list()
    {
        var random = new Random(3);
        for (int i = 0; i < 500; i++)
        {
            var ring = new SampleRing(random.Next(1, 20));
            int capacity = 0;
            var list = new List<Sample>();
            for (int j = 0; j < 60; j++)
            {
                DateTimeOffset at = At(random.Next(0, 100));
                bool isNewer = list.Count == 0 || list[^1].At < at;
                Assert.Equal(isNewer, ring.Add(at, j));
                if (isNewer)
                {
                    list.Add(new Sample(at, j));
                    capacity = Math.Max(capacity, ring.Count);
                }

                Assert.Equal(list.TakeLast(ring.Count).Where(sample => sample.At >= At(20) && sample.At < At(70)), ring.Between(At(20), At(70)));
            }

            Assert.Equal(Math.Min(capacity, list.Count), ring.Count);
        }
    }

    [Fact]
    public void Counters_go_on_over_restarts_and_over_series_that_come_and_go()
    {
        var total = new CounterTotal();
        void Observe(params (string Key, double Value)[] series) => total.Observe(series.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value)));
        Observe(("a", 100));
        Assert.Equal(0, total.Total);
        Observe(("a", 110), ("b", 5));
        Assert.Equal(15, total.Total);

        // The process was restarted, and counts from zero.
        Observe(("a", 3));
        Assert.Equal(18, total.Total);
        Observe(("a", 3), ("b", 7));
        Assert.Equal(20, total.Total);
        Observe(("a", double.NaN), ("b", -1), ("c", double.PositiveInfinity));
        Assert.Equal(20, total.Total);
        for (int i = 0; i < 5_000; i++)
        {
            Observe(("flood" + i.ToString(CultureInfo.InvariantCulture), 1));
        }

        Assert.InRange(total.Total, 20, 1_020);
    }

    [Fact]
    public void Counting_of_another_process_begins_with_its_first_scrape()
    {
        string[] before = ["c 10\nh_bucket{le=\"1\"} 10\nh_bucket{le=\"+Inf\"} 10\n", "c 14\nh_bucket{le=\"1\"} 14\nh_bucket{le=\"+Inf\"} 14\n"];
        string[] after = ["c 1000\nh_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 900\n", "c 1006\nh_bucket{le=\"1\"} 6\nh_bucket{le=\"+Inf\"} 906\n"];
        double[] Of(MetricSource source)
        {
            MetricSeries series = Create(source);
            for (int i = 0; i < 2; i++)
            {
                series.Observe(At(8 * i), Read(before[i]));
            }

            series.RestartCounting();
            for (int i = 0; i < 2; i++)
            {
                series.Observe(At(16 + (8 * i)), Read(after[i]));
            }

            return [.. series.Window(At(0), At(100)).Samples.Select(static sample => sample.Value)];
        }

        Assert.Equal([0.5, 0.75], Of(new MetricSource.Rate(new SeriesSelector("c"))));
        Assert.Equal([1, 1], Of(new MetricSource.Quotient(new SeriesSelector("c"), new SeriesSelector("c"))));
        Assert.All(Of(new MetricSource.Quantile(new SeriesSelector("h"), 0.95)), static quantile => Assert.InRange(quantile, 0, 1));
    }

    [Fact]
    public void A_gauge_is_a_sum_a_difference_or_what_is_beyond()
    {
        Assert.Equal([5], Values(new MetricSource.Gauge(new SeriesSelector("g")), "g{a=\"1\"} 2\ng{a=\"2\"} 3\nh 9\n"));
        Assert.Equal([4], Values(new MetricSource.Gauge(new SeriesSelector("clock"), new SeriesSelector("head")), "clock 10\nhead 6\n"));
        var lag = new MetricSource.Gauge(new SeriesSelector("clock"), new SeriesSelector("head"), Beyond: 1);
        Assert.Equal([3, 0, 0], Values(lag, "clock 10\nhead 6\n", "clock 11\nhead 10\n", "clock 12\nhead 12\n"));
        Assert.Empty(Values(lag, "clock 10\n"));
        Assert.Equal([2], Values(new MetricSource.Gauge(new SeriesSelector("g").With("a", "1", "3")), "g{a=\"1\"} 2\ng{a=\"2\"} 3\ng 7\n"));
    }

    [Fact]
    public void A_rate_is_what_is_gained_in_a_second()
    {
        var rate = new MetricSource.Rate(new SeriesSelector("c").With("outcome", "reject"));
        Assert.Equal([5, 2, 0], Values(rate, "c{outcome=\"reject\"} 100\nc{outcome=\"accept\"} 1\n", "c{outcome=\"reject\"} 110\n", "c{outcome=\"reject\"} 4\n", "c{outcome=\"reject\"} 4\n"));

        // Nothing is lost where a scrape failed: what was gained since the last one is spread over the time since.
        MetricSeries series = Create(rate);
        series.Observe(At(0), Read("c{outcome=\"reject\"} 0\n"));
        series.Fail(At(2), "it did not answer");
        series.Observe(At(8), Read("c{outcome=\"reject\"} 16\n"));
        series.Observe(At(8), Read("c{outcome=\"reject\"} 99\n"));
        SideData side = series.Window(Start, At(100));
        Assert.Equal(new Sample(At(8), 2), Assert.Single(side.Samples));
        Assert.Equal("it did not answer", side.Problem);
        Assert.Null(series.Window(At(3), At(100)).Problem);
    }

    [Fact]
    public void A_quotient_is_taken_epoch_by_epoch()
    {
        var distance = new MetricSource.Quotient(new SeriesSelector("distance"), new SeriesSelector("votes").With("result", "included", "late")) { IsFromOutside = true };
        MetricSeries series = Create(distance);
        for (int i = 0; i <= 24; i += 2)
        {
            int epochs = i / 8;
            series.Observe(At(i), Read(
                $"distance{{key_group=\"canary\"}} {6 * epochs}\nvotes{{key_group=\"canary\",result=\"included\"}} {3 * epochs}\nvotes{{key_group=\"canary\",result=\"late\"}} {epochs}\n"
                + $"votes{{key_group=\"canary\",result=\"missed\"}} {9 * epochs}\nvotes{{key_group=\"baseline\",result=\"included\"}} {i}\ndistance{{key_group=\"baseline\"}} {i}\n"));
        }

        Assert.Equal([new Sample(At(8), 1.5), new Sample(At(16), 1.5), new Sample(At(24), 1.5)], series.Window(Start, At(100)).Samples);
    }

    [Fact]
    public void A_quantile_is_that_of_an_epochs_observations()
    {
        var quantile = new MetricSource.Quantile(new SeriesSelector("delay"), 0.95);
        MetricSeries series = Create(quantile);
        string Buckets(int low, int high, int all) => $"delay_bucket{{le=\"0.1\"}} {low}\ndelay_bucket{{le=\"0.2\"}} {high}\ndelay_bucket{{le=\"+Inf\"}} {all}\ndelay_sum 1\ndelay_count {all}\n";
        series.Observe(At(0), Read(Buckets(1_000, 1_000, 1_000)));
        series.Observe(At(8), Read(Buckets(1_000, 1_100, 1_100)));
        series.Observe(At(16), Read(Buckets(1_100, 1_200, 1_200)));
        series.Observe(At(24), Read(Buckets(1_100, 1_200, 1_300)));

        // Nothing was counted: no sample. Then the process begins anew.
        series.Observe(At(32), Read(Buckets(1_100, 1_200, 1_300)));
        series.Observe(At(40), Read(Buckets(0, 20, 20)));
        Assert.Equal([(8, 0.195), (16, 0.095), (24, 0.2), (40, 0.195)], series.Window(Start, At(100)).Samples.Select(static sample => ((sample.At - Start).TotalSeconds, Math.Round(sample.Value, 6))));
        series.Observe(At(48), Read("delay_bucket{le=\"x\"} 1\ndelay_bucket 1\n"));
        Assert.Equal(4, series.Window(Start, At(100)).Samples.Length);
    }

    [Fact]
    public void A_quantile_is_where_the_observations_are()
    {
        (double, double)[] buckets = [(-1, 0), (0, 0), (1, 50), (2, 50), (4, 100), (double.PositiveInfinity, 100)];
        Assert.Equal(0.5, HistogramQuantile.Of(buckets, 0.25));
        Assert.Equal(1, HistogramQuantile.Of(buckets, 0.5));
        Assert.Equal(3, HistogramQuantile.Of(buckets, 0.75)!.Value, 9);
        Assert.Equal(4, HistogramQuantile.Of(buckets, 1));
        Assert.Equal(4, HistogramQuantile.Of([(4, 1), (double.PositiveInfinity, 100)], 0.95));
        Assert.Null(HistogramQuantile.Of([(4, 0), (double.PositiveInfinity, 0)], 0.95));
        Assert.Null(HistogramQuantile.Of([(2, 0), (4, 5)], 0.95));
        Assert.Null(HistogramQuantile.Of([(double.PositiveInfinity, 5)], 0.95));
    }

    [Fact]
    public void Duties_are_those_of_the_side_and_of_the_window()
    {
        var duties = new MetricSource.Duties(new SeriesSelector("d").With("result", "missed"), new SeriesSelector("d").With("result", "missed", "included")) { IsFromOutside = true };
        MetricSeries series = Create(duties);
        for (int i = 0; i <= 40; i += 4)
        {
            // Outcomes appear with the first duty that has them.
            string missed = i >= 24 ? $"d{{key_group=\"canary\",result=\"missed\"}} {i - 20}\n" : "";
            series.Observe(At(i), Read($"d{{key_group=\"canary\",result=\"included\"}} {100 + i}\nd{{key_group=\"baseline\",result=\"missed\"}} {i}\n{missed}"));
        }

        Assert.Equal(new DutyCounts(0, 20), series.Window(At(0), At(24)).Duties);
        Assert.Equal(new DutyCounts(20, 60), series.Window(At(0), At(41)).Duties);
        Assert.Equal(new DutyCounts(20, 40), series.Window(At(20), At(100)).Duties);
        Assert.Null(series.Window(At(100), At(200)).Duties);
        Assert.Null(Create(duties).Window(At(0), At(100)).Duties);
        Assert.Equal([0, 0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5], series.Window(At(0), At(100)).Samples.Select(static sample => sample.Value));
    }

    [Fact]
    public void Restarts_are_counted_from_the_pods_and_over_new_pods()
    {
        MetricSeries series = Create(new MetricSource.Restarts());
        Assert.Null(series.Window(Start, At(100)).Count);
        (int At, int Restarts)[] seen = [(0, 3), (10, 3), (20, 4), (30, 0), (40, 2)];
        foreach ((int at, int restarts) in seen)
        {
            series.ObserveRestarts(At(at), restarts);
        }

        Assert.Equal(3, series.Window(Start, At(100)).Count);
        Assert.Equal(1, series.Window(Start, At(25)).Count);
        Assert.Equal(0, series.Window(Start, At(5)).Count);
        series.Observe(At(50), Read("up 1\n"));
        Assert.Equal(3, series.Window(Start, At(100)).Count);
    }

    [Fact]
    public void Garbage_is_a_problem_of_the_target_and_not_of_the_reader()
    {
        MetricSeries series = Create(new MetricSource.Gauge(new SeriesSelector("g")));
        series.Observe(At(0), Read("<html>\n"));
        Assert.Equal("1 lines of its metrics could not be read, the first being line 1: it does not begin with a metric's name", series.Window(Start, At(9)).Problem);
        series.Observe(At(2), Read("g NaN\n"));
        Assert.Equal("its value is not a number", series.Window(Start, At(9)).Problem);
        Assert.Empty(series.Window(Start, At(9)).Samples);

        // A metric that is simply not there is none.
        series = Create(new MetricSource.Gauge(new SeriesSelector("g")));
        series.Observe(At(0), Read("h 1\n"));
        Assert.Null(series.Window(Start, At(9)).Problem);
    }

    [Fact]
    public void The_memory_of_a_series_is_bounded()
    {
        MetricSeries series = MetricSeries.Create(new MetricSource.Gauge(new SeriesSelector("g")), "canary", Epoch, 100);
        Exposition one = Read("g 1\n");
        for (int i = 0; i < 1_000; i++)
        {
            series.Observe(At(i), one);
        }

        Assert.Equal(100, series.Window(Start, At(10_000)).Samples.Length);
    }

    /// <summary>From scrapes to a verdict: a canary that takes half as much again of the processor.</summary>
    [Fact]
    public void Scrapes_of_a_pair_make_a_verdict()
    {
        MetricDefinition cpu = BuiltInMetrics.All.Single(static metric => metric.Name == "cpu");
        MetricSeries baseline = Create(cpu.Source!);
        MetricSeries canary = Create(cpu.Source!);
        for (int i = 0; i <= 120; i += 2)
        {
            baseline.Observe(At(i), Read(string.Create(CultureInfo.InvariantCulture, $"process_cpu_seconds_total {(0.2 * i) + (0.02 * (i % 3)):R}\n")));
            canary.Observe(At(i), Read(string.Create(CultureInfo.InvariantCulture, $"process_cpu_seconds_total {(0.3 * i) + (0.02 * (i % 3)):R}\n")));
        }

        CanaryVerdict verdict = Judge.Decide(new JudgeInput
        {
            Start = Start,
            End = At(121),
            Epoch = Epoch,
            Metrics = [new MetricObservation(cpu, baseline.Window(Start, At(121)), canary.Window(Start, At(121)))],
        });
        Assert.Equal(MetricLabel.High, verdict.Metrics.Single().Label);
        Assert.Equal(1.5, verdict.Metrics.Single().Effect!.Value, 1e-2);
    }

    private static DateTimeOffset At(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    private static Exposition Read(string text) => PrometheusText.Parse(Encoding.UTF8.GetBytes(text));

    private static MetricSeries Create(MetricSource source) => MetricSeries.Create(source, "canary", Epoch, 1_000);

    /// <summary>Values of samples, one scrape every two seconds.</summary>
    private static IEnumerable<double> Values(MetricSource source, params ReadOnlySpan<string> scrapes)
    {
        MetricSeries series = Create(source);
        for (int i = 0; i < scrapes.Length; i++)
        {
            series.Observe(At(2 * i), Read(scrapes[i]));
        }

        return series.Window(Start, At(1_000)).Samples.Select(static sample => sample.Value);
    }
}
