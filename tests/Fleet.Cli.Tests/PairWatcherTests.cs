using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Compare;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;
using Fleet.Planning.Canary.Samples;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Cli.Tests;

/// <summary>What comes of watching two nodes, in a time that passes when it is told to.</summary>
public sealed class PairWatcherTests
{
    private static readonly TimeSpan Epoch = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Length = Epoch * 15;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Nodes _nodes;

    public PairWatcherTests() => _nodes = new Nodes(_time);

    [Fact]
    public async Task Like_nodes_would_go_on()
    {
        VerdictReport report = await WatchAsync();

        Assert.Equal(CanaryOutcome.Approve, report.Verdict.Outcome);
        Assert.Equal(100, report.Verdict.Score);
        Assert.Equal(Length, report.Input.End - report.Input.Start);
    }

    [Fact]
    public async Task A_node_that_takes_more_memory_is_caught_by_that_metric()
    {
        _nodes.Memory["net-b"] = 160;

        VerdictReport report = await WatchAsync();

        Assert.Equal(CanaryOutcome.AwaitApproval, report.Verdict.Outcome);
        Assert.Equal(["resident-memory"], report.Verdict.Metrics.Where(metric => metric.IsFailure).Select(metric => metric.Name));
    }

    [Fact]
    public async Task A_node_that_restarts_twice_stops()
    {
        _nodes.Restarts["net-b"] = 2;

        VerdictReport report = await WatchAsync();

        Assert.Equal(CanaryOutcome.Stop, report.Verdict.Outcome);
        Assert.Equal(0, report.Verdict.Score);
        Assert.Contains(report.Verdict.Metrics, metric => metric is { Name: "restarts", IsCritical: true });
    }

    [Fact]
    public async Task Duties_are_judged_where_a_third_node_counts_them_and_otherwise_said_to_be_left_out()
    {
        VerdictReport without = await WatchAsync();
        Assert.DoesNotContain(without.Verdict.Metrics, metric => metric.Name == "attestation-inclusion");
        Assert.Contains("Duties are not judged", Assert.Single(without.Notes), StringComparison.Ordinal);

        _nodes.CountsDuties = true;
        VerdictReport with = await WatchAsync();
        Assert.Equal(MetricLabel.Pass, with.Verdict.Metrics.Single(metric => metric.Name == "attestation-inclusion").Label);
        Assert.Empty(with.Notes);
    }

    [Fact]
    public async Task A_node_without_metrics_is_told_before_anybody_waits()
    {
        _nodes.Silent = "net-b";

        CliException refusal = await Assert.ThrowsAsync<CliException>(() => WatchAsync());

        Assert.Equal("net-b gives no metrics: /metrics answered 500. See 'fleet nodes' and 'fleet logs'.", refusal.Message);
    }

    private async Task<VerdictReport> WatchAsync()
    {
        var watcher = new PairWatcher(_nodes, new Pair(PodOf("net-a"), PodOf("net-b"), PodOf("net-c")), Epoch, _time);
        Task<VerdictReport> watch = watcher.WatchAsync(Length, new CompareProgress(TextWriter.Null), TestContext.Current.CancellationToken);
        while (!watch.IsCompleted)
        {
            // The next round of scrapes is over when both sides were asked: only then does time go on.
            _time.Advance(PairWatcher.Interval);
            await Task.WhenAny(watch, _nodes.RoundAsync());
        }

        return await watch;
    }

    private static Pod PodOf(string node) => new()
    {
        Metadata = new ObjectMeta { Name = Names.Pod(node), Namespace = "n", Labels = new Dictionary<string, string> { [Labels.Node] = node } },
    };

    /// <summary>Three nodes whose metrics say what they are told to.</summary>
    private sealed class Nodes(FakeTimeProvider time) : INodeReader
    {
        private readonly Channel<bool> _rounds = Channel.CreateBounded<bool>(1024);

        public Dictionary<string, double> Memory { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, long> Restarts { get; } = new(StringComparer.Ordinal);

        public bool CountsDuties { get; set; }

        public string? Silent { get; set; }

        public Task RoundAsync() => _rounds.Reader.ReadAsync().AsTask();

        public Task<Scrape> ScrapeAsync(Pod pod, CancellationToken cancellationToken)
        {
            string name = pod.Metadata.Labels![Labels.Node];
            return Task.FromResult(name == Silent
                ? new Scrape(time.GetUtcNow(), null, "/metrics answered 500")
                : new Scrape(time.GetUtcNow(), PrometheusText.Parse(Encoding.UTF8.GetBytes(Page(name))), null));
        }

        public Task<long?> RestartsAsync(Pod pod, CancellationToken cancellationToken)
        {
            string name = pod.Metadata.Labels![Labels.Node];
            double seconds = (time.GetUtcNow() - time.Start).TotalSeconds;
            if (name == "net-b")
            {
                Assert.True(_rounds.Writer.TryWrite(true));
            }

            return Task.FromResult<long?>(seconds > 60 ? Restarts.GetValueOrDefault(name) : 0);
        }

        private string Page(string name)
        {
            double seconds = (time.GetUtcNow() - time.Start).TotalSeconds;
            double level = 1 + (0.01 * Math.Sin(seconds * (name == "net-a" ? 1.3 : 1.7)));
            var page = new StringBuilder();
            Add("process_resident_memory_bytes", Memory.GetValueOrDefault(name, 80) * 1024 * 1024 * level);
            Add("fleet_resident_memory_after_gc_bytes", 60 * 1024 * 1024 * level);
            Add("process_cpu_seconds_total", seconds * 0.2);
            Add("libp2p_peers", 4);
            Add("beacon_clock_time_slot", Math.Floor(seconds / 2));
            Add("beacon_head_slot", Math.Floor(seconds / 2));
            Add("fleet_database_bytes", 50_000_000);
            Add("beacon_reorgs_total", 0);
            Add("dotnet_gc_pause_seconds_total", seconds * 0.001);
            Add("fleet_api_requests_total{status=\"5xx\"}", 0);
            Add("fleet_log_messages_total{level=\"error\"}", 0);
            foreach (string topic in (string[])["beacon_block", "beacon_attestation", "beacon_aggregate_and_proof"])
            {
                Add($"fleet_gossip_received_total{{topic=\"{topic}\",outcome=\"accept\"}}", Math.Floor(seconds));
            }

            if (CountsDuties && name == "net-c")
            {
                foreach (string group in (string[])["net-a", "net-b"])
                {
                    Add($"fleet_duty_attestation_total{{key_group=\"{group}\",result=\"included\"}}", 8 * Math.Floor(seconds / 16));
                    Add($"fleet_duty_proposal_total{{key_group=\"{group}\",result=\"proposed\"}}", Math.Floor(seconds / 16));
                    Add($"fleet_duty_inclusion_distance_slots_total{{key_group=\"{group}\"}}", 8 * Math.Floor(seconds / 16));
                }
            }

            return page.ToString();

            void Add(string series, double value) => page.Append(CultureInfo.InvariantCulture, $"{series} {value}\n");
        }
    }
}
