using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Beacon.Metrics.Tests;

public sealed class MetricsTests
{
    [Fact]
    public void Every_kind_of_instrument_is_rendered()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope, processMetrics: false);
        Meter meter = scope.Create(new MeterOptions("test"));
        Counter<long> counter = meter.CreateCounter<long>("blocks.imported_total", description: "Blocks.\nImported.");
        counter.Add(2, new KeyValuePair<string, object?>("source", "gossip"));
        counter.Add(3, new KeyValuePair<string, object?>("source", "gossip"));
        counter.Add(1, new KeyValuePair<string, object?>("source", "a\"b\\c\n"));
        meter.CreateUpDownCounter<int>("peers").Add(-4);
        Gauge<double> gauge = meter.CreateGauge<double>("head_slot");
        gauge.Record(7);
        gauge.Record(8.5);
        long observed = 41;
        meter.CreateObservableGauge("observed", () => observed);
        meter.CreateObservableCounter("seen_total", () => new[]
        {
            new Measurement<long>(5, new KeyValuePair<string, object?>("b", true), new KeyValuePair<string, object?>("a", 1)),
        });
        Histogram<double> histogram = meter.CreateHistogram("delay_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (double value in (double[])[0.05, 0.1, 0.5, 3])
        {
            histogram.Record(value);
        }

        observed = 42;
        Assert.Equal(
            """
            # HELP blocks_imported_total Blocks.\nImported.
            # TYPE blocks_imported_total counter
            blocks_imported_total{source="a\"b\\c\n"} 1
            blocks_imported_total{source="gossip"} 5
            # HELP delay_seconds 
            # TYPE delay_seconds histogram
            delay_seconds_bucket{le="0.1"} 2
            delay_seconds_bucket{le="1"} 3
            delay_seconds_bucket{le="+Inf"} 4
            delay_seconds_sum 3.65
            delay_seconds_count 4
            # HELP head_slot 
            # TYPE head_slot gauge
            head_slot 8.5
            # HELP observed 
            # TYPE observed gauge
            observed 42
            # HELP peers 
            # TYPE peers gauge
            peers -4
            # HELP seen_total 
            # TYPE seen_total counter
            seen_total{a="1",b="true"} 5
            # HELP fleet_metrics_dropped_measurements_total Measurements dropped because their instrument has too many label sets.
            # TYPE fleet_metrics_dropped_measurements_total counter
            fleet_metrics_dropped_measurements_total 0

            """,
            registry.Render());
    }

    [Fact]
    public void Scopes_do_not_see_each_other()
    {
        using var one = new MetricsScope();
        using var two = new MetricsScope();
        using var registry = new MetricsRegistry(one, processMetrics: false);
        one.Create(new MeterOptions("m")).CreateCounter<int>("mine").Add(1);
        two.Create(new MeterOptions("m")).CreateCounter<int>("theirs").Add(1);
        Assert.Contains("mine 1", registry.Render(), StringComparison.Ordinal);
        Assert.DoesNotContain("theirs", registry.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Label_sets_are_bounded_and_the_rest_is_counted()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope, processMetrics: false);
        Counter<int> counter = scope.Create(new MeterOptions("m")).CreateCounter<int>("c");
        for (int i = 0; i < MetricsRegistry.MaximumSeries + 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("peer", i));
        }

        string text = registry.Render();
        Assert.Contains("fleet_metrics_dropped_measurements_total 10\n", text, StringComparison.Ordinal);
        Assert.Equal(MetricsRegistry.MaximumSeries, text.Split('\n').Count(static line => line.StartsWith("c{", StringComparison.Ordinal)));
    }

    [Fact]
    public void Whose_labels_are_names_of_its_own_may_ask_for_more_series()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope, processMetrics: false, maximumSeries: 3);
        scope.Create(new MeterOptions("m")).CreateObservableGauge("node", () => Enumerable.Range(0, 5).Select(static i => new Measurement<int>(i, new KeyValuePair<string, object?>("node", i))));

        string text = registry.Render();
        Assert.Equal(3, text.Split('\n').Count(static line => line.StartsWith("node{", StringComparison.Ordinal)));
        Assert.Contains("fleet_metrics_dropped_measurements_total 2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_that_is_no_longer_observed_disappears()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope, processMetrics: false);
        var peers = new List<string> { "a", "b" };
        scope.Create(new MeterOptions("m")).CreateObservableGauge("peer", () => peers.Select(static peer => new Measurement<int>(1, new KeyValuePair<string, object?>("id", peer))));
        Assert.Contains("id=\"b\"", registry.Render(), StringComparison.Ordinal);
        peers.Remove("b");
        Assert.DoesNotContain("id=\"b\"", registry.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_endpoint_serves_metrics_and_health_and_nothing_else()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope);
        string? unhealthy = null;
        await using MetricsEndpoint endpoint = await MetricsEndpoint.StartAsync(IPAddress.Loopback, 0, registry, () => unhealthy, TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{endpoint.EndPoint}") };

        HttpResponseMessage metrics = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(PrometheusText.ContentType, metrics.Content.Headers.ContentType!.ToString());
        string text = await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (string name in (string[])["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds"])
        {
            string line = Assert.Single(text.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal));
            Assert.True(double.Parse(line.Split(' ')[1]) > 0, line);
        }

        Assert.Equal("ok", await client.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
        unhealthy = "the slashing database is gone";
        HttpResponseMessage health = await client.GetAsync("/healthz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(unhealthy, await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync("/metrics", null, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_taken_port_is_an_error()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope);
        await using MetricsEndpoint first = await MetricsEndpoint.StartAsync(IPAddress.Loopback, 0, registry, () => null, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => MetricsEndpoint.StartAsync(IPAddress.Loopback, first.EndPoint.Port, registry, () => null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Warnings_and_errors_of_the_log_are_counted_and_the_rest_is_not()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope, processMetrics: false);
        using ILoggerFactory loggers = LoggerFactory.Create(static builder => builder.SetMinimumLevel(LogLevel.Trace));
        ILogger early = loggers.CreateLogger("early");
        using var counter = new LogCounter(scope);
        loggers.AddProvider(counter);
        foreach (LogLevel level in (LogLevel[])[LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Error])
        {
            early.Log(level, "said");
        }

        string text = registry.Render();
        Assert.Contains("fleet_log_messages_total{level=\"warning\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("fleet_log_messages_total{level=\"error\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("fleet_log_messages_total{level=\"critical\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_after_a_collection_follows_what_is_held_and_not_what_waits_to_be_collected()
    {
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope);
        Collect();
        double before = Resident();
        byte[][] held = [.. Enumerable.Range(0, 64).Select(static _ => Filled(1 << 20))];
        Collect();
        Assert.InRange(Resident() - before, 48 << 20, 128 << 20);
        GC.KeepAlive(held);

        double Resident()
        {
            string line = registry.Render().Split('\n').Single(static line => line.StartsWith("fleet_resident_memory_after_gc_bytes ", StringComparison.Ordinal));
            return double.Parse(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        }

        static byte[] Filled(int size)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(size);
            Array.Fill(bytes, (byte)1);
            return bytes;
        }

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
