using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>Nodes behind an HttpClient, by the host of their address. What is not scripted refuses connections.</summary>
internal sealed class ScriptedNodes : HttpMessageHandler
{
    private readonly ConcurrentDictionary<(string Host, string Path), Func<CancellationToken, Task<HttpResponseMessage>>> _answers = new();

    /// <summary>Requests so far.</summary>
    public ConcurrentQueue<Uri> Requests { get; } = new();

    /// <summary>A text of metrics.</summary>
    public void Metrics(string host, string text) => Answer(host, "/metrics", HttpStatusCode.OK, text);

    /// <summary>A block's root at a slot; null: there is none.</summary>
    public void Block(string host, long slot, byte? root)
    {
        string zero = Hex(32, 0);
        Answer(host, $"/eth/v1/beacon/headers/{slot}", root is null ? HttpStatusCode.NotFound : HttpStatusCode.OK, root is not { } value
            ? """{"code":404,"message":"There is no such block."}"""
            : $$$$"""{"execution_optimistic":false,"finalized":false,"data":{"root":"{{{{Hex(32, value)}}}}","canonical":true,"header":{"message":{"slot":"{{{{slot}}}}","proposer_index":"0","parent_root":"{{{{zero}}}}","state_root":"{{{{zero}}}}","body_root":"{{{{zero}}}}"},"signature":"{{{{Hex(96, 0)}}}}"}}}""");
    }

    /// <summary>A configuration of one value.</summary>
    public void Config(string host, string key, string value) => Answer(host, "/eth/v1/config/spec", HttpStatusCode.OK, $$$"""{"data":{"{{{key}}}":"{{{value}}}"}}""");

    /// <summary>Any answer.</summary>
    public void Answer(string host, string path, HttpStatusCode code, string body) =>
        Answer(host, path, _ => Task.FromResult(new HttpResponseMessage(code) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) }));

    /// <summary>Any behaviour.</summary>
    public void Answer(string host, string path, Func<CancellationToken, Task<HttpResponseMessage>> answer) => _answers[(host, path)] = answer;

    /// <summary>An address refuses connections from now on.</summary>
    public void Refuse(string host, string path) => _answers.TryRemove((host, path), out _);

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Enqueue(request.RequestUri!);
        return _answers.TryGetValue((request.RequestUri!.Host, request.RequestUri.AbsolutePath), out Func<CancellationToken, Task<HttpResponseMessage>>? answer)
            ? answer(cancellationToken)
            : Task.FromException<HttpResponseMessage>(new HttpRequestException("Connection refused"));
    }

    private static string Hex(int length, byte value) => "0x" + Convert.ToHexStringLower([.. Enumerable.Repeat(value, length)]);
}
