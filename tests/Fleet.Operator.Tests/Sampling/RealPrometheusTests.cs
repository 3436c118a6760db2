using System.Globalization;
using System.Net;
using Fleet.Operator.Sampling;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TestKit;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>Samples by way of a real Prometheus are those that a node gave.</summary>
public sealed class RealPrometheusTests
{
    private const string Pod = "devnet-canary-0-0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_it_scraped_of_a_node_is_read_back_scrape_by_scrape()
    {
        Assert.SkipUnless(RealPrometheus.WhyNot is null, RealPrometheus.WhyNot ?? "");
        await using Target node = await Target.StartAsync(isNode: true);
        await using Target validator = await Target.StartAsync(isNode: false);
        await using RealPrometheus prometheus = RealPrometheus.Start("nets", Pod, node.Address, validator.Address);
        using HttpClient http = PrometheusReader.CreateClient();
        Assert.True(new PrometheusPrefixes([prometheus.Address]).TryAllow(prometheus.Address.AbsoluteUri, out Uri? root, out _));
        var reader = new PrometheusReader(http, root, TimeProvider.System);

        IReadOnlyList<(DateTimeOffset At, Exposition Exposition)> scrapes = [];
        string last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    scrapes = await reader.ReadAsync("nets", Pod, TimeSpan.FromMinutes(5), Token);
                }
                catch (PrometheusException exception)
                {
                    last = exception.Message;
                }

                return scrapes.Count >= 5 && validator.Scrapes >= 5;
            },
            () => $"five scrapes are read; {last}\n{prometheus.Log}",
            Patience,
            Token);

        // Each scrape is whole and of one answer of the node; the validator's own processor time is nowhere.
        int[] numbers = [.. scrapes.Select(scrape => (int)Value(scrape.Exposition, "beacon_head_slot"))];
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Length), numbers);
        Assert.Equal(scrapes.Select(scrape => scrape.At).Order(), scrapes.Select(scrape => scrape.At));
        Assert.All(scrapes, scrape =>
        {
            double number = Value(scrape.Exposition, "beacon_head_slot");
            Assert.Equal(number / 10, Value(scrape.Exposition, "process_cpu_seconds_total"));
            ExposedSeries gossip = Assert.Single(scrape.Exposition.Series, series => series.Name == "fleet_gossip_received_total");
            Assert.Equal([new SeriesLabel("outcome", "accept"), new SeriesLabel("topic", "beacon_\"block\"\\\n")], gossip.Labels);
            Assert.Equal([double.PositiveInfinity, double.NaN], [Value(scrape.Exposition, "x_infinite"), Value(scrape.Exposition, "x_none")]);
        });

        // The same memory takes them as those that are scraped here.
        MetricDefinition cpu = BuiltInMetrics.All.Single(metric => metric.Name == "cpu");
        var samples = new PairSamples([cpu], ("baseline", "canary"), TimeSpan.FromSeconds(8), 1000);
        foreach ((DateTimeOffset at, Exposition exposition) in scrapes)
        {
            samples.Observe(PairSide.Canary, at, exposition);
        }

        MetricObservation observed = Assert.Single(samples.Window(scrapes[0].At.AddSeconds(-1), scrapes[^1].At.AddSeconds(1)).Metrics);
        Assert.True(observed.Canary.Samples.Length == scrapes.Count - 1, $"{observed.Canary.Samples.Length} samples of {scrapes.Count} scrapes");
        Assert.All(observed.Canary.Samples, sample => Assert.InRange(sample.Value, 0.01, 10));
    }

    [Fact]
    public async Task Of_a_pod_it_does_not_scrape_it_says_so()
    {
        Assert.SkipUnless(RealPrometheus.WhyNot is null, RealPrometheus.WhyNot ?? "");
        await using RealPrometheus prometheus = RealPrometheus.Start("nets", Pod);
        using HttpClient http = PrometheusReader.CreateClient();
        var reader = new PrometheusReader(http, prometheus.Address, TimeProvider.System);
        string said = "";
        await Eventually.TrueAsync(
            async () =>
            {
                said = (await Assert.ThrowsAsync<PrometheusException>(() => reader.ReadAsync("nets", "a\"b\\c", TimeSpan.FromMilliseconds(1), Token))).Message;
                return said.Contains("has no beacon_head_slot of pod nets/a\"b\\c", StringComparison.Ordinal);
            },
            () => $"it answers; the last was: {said}\n{prometheus.Log}",
            Patience,
            Token);
    }

    private static double Value(Exposition exposition, string name) => Assert.Single(exposition.Series, series => series.Name == name).Value;

    /// <summary>Something with metrics, which are another with each scrape.</summary>
    private sealed class Target : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly bool _isNode;
        private int _scrapes;

        private Target(WebApplication app, bool isNode)
        {
            _app = app;
            _isNode = isNode;
        }

        public string Address { get; private set; } = "";

        public int Scrapes => Volatile.Read(ref _scrapes);

        public static async Task<Target> StartAsync(bool isNode)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
            WebApplication app = builder.Build();
            var target = new Target(app, isNode);
            app.Run(target.AnswerAsync);
            await app.StartAsync(Token);
            target.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;
            return target;
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();

        private Task AnswerAsync(HttpContext context)
        {
            int number = Interlocked.Increment(ref _scrapes);
            string text = _isNode
                ? string.Create(CultureInfo.InvariantCulture, $$"""
                    beacon_head_slot {{number}}
                    process_cpu_seconds_total {{number / 10.0}}
                    fleet_gossip_received_total{topic="beacon_\"block\"\\\n",outcome="accept"} {{number}}
                    x_infinite +Inf
                    x_none NaN

                    """)
                : "process_cpu_seconds_total 1000\n";
            context.Response.ContentType = "text/plain; version=0.0.4";
            return context.Response.WriteAsync(text);
        }
    }
}
