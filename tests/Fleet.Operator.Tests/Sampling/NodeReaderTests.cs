using System.Net;
using Fleet.Operator.Sampling;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>What comes of questions to a node that answers, and to one that does not.</summary>
public sealed class NodeReaderTests : IDisposable
{
    private const string Host = "127.9.9.1";

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedNodes _nodes = new();
    private readonly HttpClient _http;
    private readonly NodeReader _reader;

    public NodeReaderTests()
    {
        _http = new HttpClient(_nodes) { Timeout = Timeout.InfiniteTimeSpan };
        _reader = new NodeReader(_http, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Metrics_are_read()
    {
        _nodes.Metrics(Host, "libp2p_peers 7\n");

        Scrape scrape = await _reader.ScrapeAsync(Host, Cancellation);

        Assert.True(scrape.Answered);
        Assert.Null(scrape.Problem);
        Assert.Equal(7, Assert.Single(scrape.Exposition!.Series).Value);
        Assert.Equal("http://127.9.9.1:8008/metrics", Assert.Single(_nodes.Requests).AbsoluteUri);
    }

    [Fact]
    public async Task Of_an_endless_answer_the_beginning_is_read()
    {
        using var endless = new EndlessMetrics();
        _nodes.Answer(Host, "/metrics", _ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(endless) }));

        Scrape scrape = await _reader.ScrapeAsync(Host, Cancellation);

        Assert.True(scrape.Answered);
        Assert.InRange(endless.Given, 4 * 1024 * 1024, 5 * 1024 * 1024);
        Assert.NotEmpty(scrape.Exposition!.Series);
        Assert.True(scrape.Exposition.ProblemCount > 0);
    }

    [Fact]
    public async Task An_error_is_an_answer_without_metrics()
    {
        _nodes.Answer(Host, "/metrics", HttpStatusCode.InternalServerError, "libp2p_peers 7\n");

        Assert.Equal(new Scrape(true, null, "/metrics answered 500"), await _reader.ScrapeAsync(Host, Cancellation));
    }

    [Fact]
    public async Task A_refused_connection_is_no_answer() =>
        Assert.Equal(new Scrape(false, null, "/metrics could not be read"), await _reader.ScrapeAsync(Host, Cancellation));

    [Fact]
    public async Task A_body_that_breaks_off_is_no_answer()
    {
        using var broken = new BrokenStream();
        _nodes.Answer(Host, "/metrics", _ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(broken) }));

        Assert.Equal(new Scrape(false, null, "/metrics could not be read"), await _reader.ScrapeAsync(Host, Cancellation));
    }

    [Fact]
    public async Task Nobody_is_waited_for_longer_than_three_seconds()
    {
        _nodes.Answer(Host, "/metrics", NeverAsync);
        _nodes.Answer(Host, "/eth/v1/config/spec", NeverAsync);
        _nodes.Answer(Host, "/eth/v1/beacon/headers/7", NeverAsync);

        Task<Scrape> scrape = _reader.ScrapeAsync(Host, Cancellation);
        Task<IReadOnlyDictionary<string, string>?> config = _reader.ConfigAsync(Host, Cancellation);
        Task<(bool Answered, string? Root)> root = _reader.BlockRootAsync(Host, 7, Cancellation);
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(scrape.IsCompleted || config.IsCompleted || root.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(new Scrape(false, null, "/metrics did not answer within 3 s"), await scrape);
        Assert.Null(await config);
        Assert.Equal((false, null), await root);
    }

    [Fact]
    public async Task Who_ends_the_watching_is_not_told_of_slow_nodes()
    {
        _nodes.Answer(Host, "/metrics", NeverAsync);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        Task<Scrape> scrape = _reader.ScrapeAsync(Host, end.Token);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scrape);
    }

    [Fact]
    public async Task An_address_of_version_6_is_put_in_brackets()
    {
        _nodes.Metrics("[fd00::9]", "libp2p_peers 7\n");
        _nodes.Block("[fd00::9]", 5, 1);

        Assert.True((await _reader.ScrapeAsync("fd00::9", Cancellation)).Answered);
        Assert.True((await _reader.BlockRootAsync("fd00::9", 5, Cancellation)).Answered);
        Assert.Equal(["http://[fd00::9]:8008/metrics", "http://[fd00::9]:5052/eth/v1/beacon/headers/5"], _nodes.Requests.Select(static uri => uri.AbsoluteUri));
    }

    [Fact]
    public async Task No_block_at_a_slot_is_an_answer_and_an_error_is_none()
    {
        _nodes.Block(Host, 5, 0xab);
        _nodes.Block(Host, 6, null);
        _nodes.Answer(Host, "/eth/v1/beacon/headers/7", HttpStatusCode.ServiceUnavailable, """{"code":503,"message":"syncing"}""");
        _nodes.Answer(Host, "/eth/v1/beacon/headers/8", HttpStatusCode.OK, "garbage");

        (bool answered, string? root) = await _reader.BlockRootAsync(Host, 5, Cancellation);
        Assert.True(answered);
        Assert.StartsWith("0xabab", root, StringComparison.Ordinal);
        Assert.Equal((true, null), await _reader.BlockRootAsync(Host, 6, Cancellation));
        Assert.Equal((false, null), await _reader.BlockRootAsync(Host, 7, Cancellation));
        Assert.Equal((false, null), await _reader.BlockRootAsync(Host, 8, Cancellation));
        Assert.Equal((false, null), await _reader.BlockRootAsync(Host, 9, Cancellation));
    }

    [Fact]
    public async Task A_configuration_is_read_or_not_known()
    {
        Assert.Null(await _reader.ConfigAsync(Host, Cancellation));
        _nodes.Answer(Host, "/eth/v1/config/spec", HttpStatusCode.OK, "[]");
        Assert.Null(await _reader.ConfigAsync(Host, Cancellation));
        _nodes.Config(Host, "SLOT_DURATION_MS", "1000");
        Assert.Equal("1000", (await _reader.ConfigAsync(Host, Cancellation))?["SLOT_DURATION_MS"]);
    }

    private static async Task<HttpResponseMessage> NeverAsync(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        await using (cancellationToken.Register(() => never.TrySetCanceled(cancellationToken)))
        {
            return await never.Task;
        }
    }

    /// <summary>A stream that only gives.</summary>
    private abstract class GivingStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>The same line for ever.</summary>
    private sealed class EndlessMetrics : GivingStream
    {
        private static readonly byte[] Line = [.. "endless{label=\"of some length, so that there are not too many of them, and even then there is no end of it\"} 1\n"u8];

        public long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (int i = 0; i < count; i++)
            {
                buffer[offset + i] = Line[(int)(Given++ % Line.Length)];
            }

            return count;
        }
    }

    /// <summary>A connection that is reset.</summary>
    private sealed class BrokenStream : GivingStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("Connection reset by peer");
    }
}
