using System.Globalization;
using System.Net;
using System.Text;
using Fleet.Operator.Sampling;
using Fleet.Planning.Canary.Samples;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>What is made of the answers of a Prometheus, good and bad ones.</summary>
public sealed class PrometheusReaderTests
{
    private const string Node = "\"namespace\":\"nets\",\"pod\":\"devnet-canary-0-0\",\"job\":\"nodes\",\"instance\":\"10.0.0.7:8008\"";
    private const string Validator = "\"namespace\":\"nets\",\"pod\":\"devnet-canary-0-0\",\"job\":\"nodes\",\"instance\":\"10.0.0.7:8009\"";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_of_one_time_are_what_a_node_answered_to_one_scrape()
    {
        IReadOnlyList<(DateTimeOffset At, Exposition Exposition)> scrapes = await ReadAsync(Matrix(
            Series("beacon_head_slot", Node, "[1700000002.5,\"11\"],[1700000000.5,\"10\"]"),
            Series("x_total", Node + ",\"topic\":\"b\",\"kind\":\"a\"", "[1700000002.5,\"7\"]"),
            Series("y", Node, "[1700000000.5,\"NaN\"],[1700000002.5,\"-Inf\"]")));

        Assert.Equal([1_700_000_000_500, 1_700_000_002_500], scrapes.Select(scrape => scrape.At.ToUnixTimeMilliseconds()));
        Assert.Equal(["beacon_head_slot 10", "y NaN"], Told(scrapes[0].Exposition));
        Assert.Equal(["beacon_head_slot 11", "x_total{kind=a,topic=b} 7", "y -Infinity"], Told(scrapes[1].Exposition));
        Assert.Equal(0, scrapes[0].Exposition.ProblemCount);
    }

    [Fact]
    public async Task Other_targets_of_the_pod_are_not_the_node()
    {
        IReadOnlyList<(DateTimeOffset At, Exposition Exposition)> scrapes = await ReadAsync(Matrix(
            Series("process_cpu_seconds_total", Validator, "[1,\"100\"],[2,\"101\"]"),
            Series("process_cpu_seconds_total", Node, "[1,\"5\"],[3,\"6\"]"),
            Series("beacon_head_slot", Node, "[1,\"10\"],[3,\"11\"]"),
            Series("kube_pod_info", "\"namespace\":\"nets\",\"pod\":\"devnet-canary-0-0\",\"job\":\"kube-state-metrics\"", "[1,\"1\"]")));

        Assert.Equal(["process_cpu_seconds_total 5", "beacon_head_slot 10"], Told(scrapes[0].Exposition));
        Assert.Equal([1, 3], scrapes.Select(scrape => scrape.At.ToUnixTimeSeconds()));
    }

    [Fact]
    public async Task Of_two_targets_that_are_the_node_the_one_that_is_scraped_still_counts()
    {
        string old = Node.Replace("10.0.0.7", "10.0.0.6", StringComparison.Ordinal);
        IReadOnlyList<(DateTimeOffset At, Exposition Exposition)> scrapes = await ReadAsync(Matrix(
            Series("beacon_head_slot", old, "[1,\"1\"],[2,\"2\"],[3,\"3\"]"), Series("beacon_head_slot", Node, "[4,\"4\"],[5,\"5\"]"), Series("peers", old, "[1,\"9\"]"), Series("peers", Node, "[5,\"8\"]")));

        Assert.Equal(["beacon_head_slot 4", "beacon_head_slot 5", "peers 8"], scrapes.SelectMany(scrape => Told(scrape.Exposition)));
    }

    [Fact]
    public async Task It_asks_for_raw_samples_of_one_pod_whatever_its_name_is()
    {
        var server = new Answering(_ => Answer(HttpStatusCode.OK, Matrix(Series("beacon_head_slot", "", "[1,\"1\"]"))));
        await Reader(server, "http://prometheus:9090/team-a/").ReadAsync("nets", "a\"} or {b=\"\\c\n", TimeSpan.FromMinutes(2), Token);

        Assert.Equal("http://prometheus:9090/team-a/api/v1/query", server.Asked!.GetLeftPart(UriPartial.Path));
        Assert.Equal("?query={namespace=\"nets\",pod=\"a\\\"} or {b=\\\"\\\\c\\n\"}[120000ms]", Uri.UnescapeDataString(server.Asked.Query));
    }

    public static TheoryData<HttpStatusCode, string, string> Bad => new()
    {
        { HttpStatusCode.OK, """{"status":"success","data":{"resultType":"matrix","result":[]}}""", "has no beacon_head_slot of pod nets/devnet-canary-0-0 in the last 1m; let it scrape port 8008 of the nodes, with the labels namespace and pod." },
        { HttpStatusCode.OK, """{"status":"success","data":{"resultType":"vector","result":[]}}""", "answered with something that is no result of a query; give the address that its own pages have." },
        { HttpStatusCode.OK, "<html>", "answered with something that is no result of a query; give the address that its own pages have." },
        { HttpStatusCode.OK, "[]", "answered with something that is no result of a query; give the address that its own pages have." },
        { HttpStatusCode.OK, Matrix(Series("beacon_head_slot", "", "[1e99,\"1\"]")), "answered with something that is no result of a query; give the address that its own pages have." },
        { HttpStatusCode.OK, Matrix(Series("beacon_head_slot", "", "[1]")), "answered with something that is no result of a query; give the address that its own pages have." },
        { HttpStatusCode.OK, Matrix(Series("beacon_head_slot", "", "[1,\"one\"]")), "answered with something that is no result of a query; give the address that its own pages have." },
        { HttpStatusCode.UnprocessableEntity, """{"status":"error","errorType":"execution","error":"query processing would load too many samples\ninto memory."}""", "answered 422: query processing would load too many samples into memory." },
        { HttpStatusCode.Found, "", "answered 302." },
        { HttpStatusCode.Unauthorized, "who are you?", "answered 401." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_goes_wrong_is_told_in_one_sentence(HttpStatusCode code, string body, string message)
    {
        var exception = await Assert.ThrowsAsync<PrometheusException>(() => ReadAsync(new Answering(_ => Answer(code, body))));
        Assert.Equal("Prometheus at http://prometheus:9090 " + message, exception.Message);
    }

    [Fact]
    public async Task An_answer_without_end_is_given_up()
    {
        var exception = await Assert.ThrowsAsync<PrometheusException>(() => ReadAsync(new Answering(_ => Answer(HttpStatusCode.OK, new string(' ', PrometheusReader.MaxBytes + 1)))));
        Assert.Equal("Prometheus at http://prometheus:9090 answered with more than 16 MiB; let it scrape the nodes less often.", exception.Message);
    }

    [Fact]
    public async Task Nobody_is_waited_for_without_end()
    {
        var time = new FakeTimeProvider();
        var server = new Silent();
        Task<IReadOnlyList<(DateTimeOffset, Exposition)>> reading = new PrometheusReader(new HttpClient(server), new Uri("http://prometheus:9090"), time).ReadAsync("nets", "a", TimeSpan.FromMinutes(1), Token);
        await server.IsAsked.WaitAsync(Token);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("Prometheus at http://prometheus:9090 did not answer within 10 s.", (await Assert.ThrowsAsync<PrometheusException>(() => reading)).Message);
    }

    [Fact]
    public async Task Where_nobody_listens_the_sentence_says_so()
    {
        using HttpClient http = PrometheusReader.CreateClient();
        var reader = new PrometheusReader(http, new Uri("http://127.0.0.1:1"), TimeProvider.System);
        var exception = await Assert.ThrowsAsync<PrometheusException>(() => reader.ReadAsync("nets", "a", TimeSpan.FromMinutes(1), Token));
        Assert.StartsWith("Prometheus at http://127.0.0.1:1 could not be asked (Connection refused", exception.Message);
    }

    [Theory]
    [InlineData("http://prometheus:9090", "http://prometheus:9090", true)]
    [InlineData("http://prometheus:9090", "http://Prometheus:9090/any/path", true)]
    [InlineData("http://prometheus:9090/team-a/", "http://prometheus:9090/team-a", true)]
    [InlineData("http://prometheus:9090/team-a", "http://prometheus:9090/team-a/sub/", true)]
    [InlineData("http://prometheus", "http://prometheus:80/", true)]
    [InlineData("http://prometheus:9090/team-a", "http://prometheus:9090/team-abc", false)]
    [InlineData("http://prometheus:9090/team-a", "http://prometheus:9090/team-a/../team-b", false)]
    [InlineData("http://prometheus:9090/team-a", "http://prometheus:9090/team-a/%2e%2e/team-b", false)]
    [InlineData("http://prometheus:9090", "http://prometheus:9091", false)]
    [InlineData("http://prometheus:9090", "https://prometheus:9090", false)]
    [InlineData("http://prometheus:9090", "http://prometheus.evil.example:9090", false)]
    [InlineData("http://prometheus:9090", "http://prometheus:9090@evil.example", false)]
    [InlineData("http://prometheus:9090", "http://169.254.169.254/latest", false)]
    [InlineData(null, "http://prometheus:9090", false)]
    public void Only_what_the_operator_was_started_for_is_asked(string? prefix, string url, bool isAllowed)
    {
        var prefixes = new PrometheusPrefixes(prefix is null ? [] : [new Uri(prefix)]);
        Assert.Equal(isAllowed, prefixes.TryAllow(url, out Uri? root, out string? problem));
        if (!isAllowed)
        {
            Assert.Equal($"spec.observability.prometheusURL: {url} is not among what the operator may read; start it with --prometheus-url-prefix={url}, or leave the field empty.", problem);
        }
        else
        {
            Assert.Equal(new Uri(url), root);
        }
    }

    private static Task<IReadOnlyList<(DateTimeOffset At, Exposition Exposition)>> ReadAsync(string body) => ReadAsync(new Answering(_ => Answer(HttpStatusCode.OK, body)));

    private static Task<IReadOnlyList<(DateTimeOffset At, Exposition Exposition)>> ReadAsync(HttpMessageHandler server) =>
        Reader(server, "http://prometheus:9090").ReadAsync("nets", "devnet-canary-0-0", TimeSpan.FromMinutes(1), Token);

    private static PrometheusReader Reader(HttpMessageHandler server, string root) => new(new HttpClient(server), new Uri(root), TimeProvider.System);

    private static string Matrix(params ReadOnlySpan<string> series) =>
        $$$"""{"status":"success","data":{"resultType":"matrix","result":[{{{string.Join(',', series.ToArray())}}}]}}""";

    private static string Series(string name, string labels, string values) =>
        $$"""{"metric":{"__name__":"{{name}}"{{(labels.Length == 0 ? "" : "," + labels)}}},"values":[{{values}}]}""";

    private static HttpResponseMessage Answer(HttpStatusCode code, string body) => new(code) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private static IEnumerable<string> Told(Exposition exposition) => exposition.Series.Select(series => string.Create(
        CultureInfo.InvariantCulture,
        $"{series.Name}{(series.Labels.IsEmpty ? "" : "{" + string.Join(',', series.Labels.Select(label => label.Name + "=" + label.Value)) + "}")} {series.Value}"));

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public Uri? Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = request.RequestUri;
            return Task.FromResult(answer(request));
        }
    }

    /// <summary>Takes requests and does not answer.</summary>
    private sealed class Silent : HttpMessageHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsAsked => _asked.Task;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _asked.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return new HttpResponseMessage();
        }
    }
}
