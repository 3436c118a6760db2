using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Beacon.Chain;
using Beacon.Chain.Tests;
using Beacon.Metrics;
using Beacon.Node.Api;
using Beacon.Ssz;
using Beacon.Types;
using Microsoft.Extensions.Logging.Abstractions;

namespace Beacon.Node.Tests;

/// <summary>A chain behind the node's real HTTP server on loopback; the network is made up.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly MetricsRegistry _registry;
    private readonly ApiServer _server;
    private readonly HttpClient _http;

    private ApiHost(ChainHarness harness, FakeNetwork network, ApiContext context, MetricsRegistry registry, ApiServer server)
    {
        Harness = harness;
        Network = network;
        Context = context;
        _registry = registry;
        _server = server;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.HttpPort}") };
    }

    public ChainHarness Harness { get; }

    public BeaconChain Chain => Harness.Chain;

    public FakeNetwork Network { get; }

    public ApiContext Context { get; }

    public Uri Url => _http.BaseAddress!;

    public static async Task<ApiHost> StartAsync()
    {
        ChainHarness harness = ChainHarness.Start();
        var network = new FakeNetwork();
        harness.Chain.Attach(network, network);
        var registry = new MetricsRegistry(harness.Meters);
        var context = new ApiContext(network, registry, TimeProvider.System, "FleetOperator-beacon/test") { Chain = harness.Chain, IsReady = true };
        ApiServer server = await ApiServer.StartAsync(IPAddress.Loopback, 0, 0, context, NullLogger<ApiServer>.Instance, CancellationToken.None);
        return new ApiHost(harness, network, context, registry, server);
    }

    public async Task<Answer> GetAsync(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await SendAsync(request);
    }

    /// <summary>The whole answer of a GET that must succeed.</summary>
    public async Task<JsonElement> JsonAsync(string path)
    {
        Answer answer = await GetAsync(path);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {answer.Status} {answer.Text}");
        Assert.Equal("application/json", answer.ContentType);
        return answer.Json;
    }

    /// <summary>The <c>data</c> of a GET that must succeed.</summary>
    public async Task<JsonElement> DataAsync(string path) => (await JsonAsync(path)).GetProperty("data");

    public Task<Answer> PostAsync(string path, string json, string contentType = "application/json", string? fork = null) =>
        PostAsync(path, Encoding.UTF8.GetBytes(json), contentType, fork);

    public async Task<Answer> PostAsync(string path, byte[] body, string contentType, string? fork = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType.Length > 0)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (fork is not null)
        {
            request.Headers.Add("Eth-Consensus-Version", fork);
        }

        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType ?? "",
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken),
            response.Headers.TryGetValues("Eth-Consensus-Version", out IEnumerable<string>? fork) ? fork.Single() : "");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _registry.Dispose();
        await Harness.DisposeAsync();
    }
}

/// <summary>An answer, read completely.</summary>
internal sealed record Answer(HttpStatusCode Status, string ContentType, byte[] Body, string Fork)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary>Checks that this is the Beacon API's error body, and returns its message.</summary>
    public string Error(int status)
    {
        Assert.True((int)Status == status, $"{(int)Status} instead of {status}: {Text}");
        Assert.Equal("application/json", ContentType);
        Assert.Equal(status, Json.GetProperty("code").GetInt32());
        string message = Json.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        return message;
    }
}

/// <summary>What the server and the chain ask of the network, made up by the test.</summary>
internal sealed class FakeNetwork : INodeNetwork, INetworkView, IGossipPublisher
{
    public string PeerId => "16Uiu2HAkuWD6rPyxgV9iHW87jGghQKQSXxCxQDQKFyLVTcrF4oLf";

    public IReadOnlyList<string> P2pAddresses => [$"/ip4/127.0.0.1/tcp/9000/p2p/{PeerId}"];

    public string Enr => "";

    public Metadata Metadata { get; } = new() { SeqNumber = 3, Attnets = Bitvector.Create(64).With(5, true) };

    public IReadOnlyList<NodePeerInfo> Peers { get; } =
    [
        new NodePeerInfo("one", "/ip4/127.0.0.2/tcp/9000", "connected", "inbound", "lodestar/1"),
        new NodePeerInfo("two", "/ip4/127.0.0.3/tcp/9000", "connected", "outbound", null),
        new NodePeerInfo("three", "/ip4/127.0.0.4/tcp/9000", "disconnected", "outbound", null),
    ];

    /// <summary>Peers as the chain sees them.</summary>
    public IReadOnlyList<PeerChainStatus> Statuses { get; set; } = [];

    public List<CommitteeSubscription> Subscriptions { get; } = [];

    /// <summary>What was sent to the network.</summary>
    public List<object> Published { get; } = [];

    IReadOnlyList<PeerChainStatus> INetworkView.Peers => Statuses;

    public void Subscribe(IReadOnlyList<CommitteeSubscription> subscriptions) => Subscriptions.AddRange(subscriptions);

    public ValueTask PublishAsync(SignedBeaconBlock block, CancellationToken cancellationToken) => Keep(block);

    public ValueTask PublishAsync(Attestation attestation, int subnet, CancellationToken cancellationToken) => Keep(attestation);

    public ValueTask PublishAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken) => Keep(aggregate);

    public ValueTask PublishAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken) => Keep(exit);

    public ValueTask PublishAsync(ProposerSlashing slashing, CancellationToken cancellationToken) => Keep(slashing);

    public ValueTask PublishAsync(AttesterSlashing slashing, CancellationToken cancellationToken) => Keep(slashing);

    private ValueTask Keep(object message)
    {
        lock (Published)
        {
            Published.Add(message);
        }

        return ValueTask.CompletedTask;
    }
}
