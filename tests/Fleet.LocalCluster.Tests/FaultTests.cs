using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Storage;
using Fleet.LocalCluster.Tests.Support;

namespace Fleet.LocalCluster.Tests;

/// <summary>What tests of clients can make the API server do.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private readonly OneFault _faults = new();
    private TestCluster _cluster = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(cluster => (cluster.Alive, cluster.Faults) = (false, _faults));
        _client = _cluster.NewHttpClient();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_duplicated_create_is_carried_out_and_then_refused()
    {
        _faults.Next = new Fault(FaultKind.Duplicate);
        using HttpResponseMessage answer = await CreateAsync("twice");
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("already exists", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(["twice"], await NamesAsync());
    }

    [Theory]
    [InlineData(FaultKind.LoseResponse, true)]
    [InlineData(FaultKind.Drop, false)]
    public async Task A_lost_answer_and_a_lost_request_look_the_same_to_a_client(FaultKind kind, bool isThere)
    {
        _faults.Next = new Fault(kind);
        await Assert.ThrowsAsync<HttpRequestException>(() => CreateAsync("lost"));
        Assert.Equal(isThere ? ["lost"] : [], await NamesAsync());
    }

    [Fact]
    public async Task A_stale_list_is_the_one_of_its_revision()
    {
        (await CreateAsync("first")).Dispose();
        long past = _cluster.Cluster.Revision;
        (await CreateAsync("second")).Dispose();
        _faults.Next = new Fault(FaultKind.Stale, Revision: past);
        Assert.Equal(["first"], await NamesAsync());
        Assert.Equal(["first", "second"], await NamesAsync());

        _cluster.Cluster.CompactHistory();
        _faults.Next = new Fault(FaultKind.Stale, Revision: past);
        using HttpResponseMessage gone = await _client.GetAsync(new Uri(Maps, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
    }

    [Fact]
    public async Task A_create_is_known_by_the_name_in_its_body_and_every_write_is_told()
    {
        (await CreateAsync("named")).Dispose();
        Assert.Contains(_faults.Seen, request => request is { Verb: "create", Resource: "configmaps", Name: "named" });
        Assert.Contains(_faults.Stored, change => change.Kind == ChangeKind.Added && change.Object.Key.Name == "named");
    }

    private async Task<HttpResponseMessage> CreateAsync(string name)
    {
        using var body = new StringContent($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, "application/json");
        return await _client.PostAsync(new Uri(Maps, UriKind.Relative), body);
    }

    private async Task<IEnumerable<string>> NamesAsync()
    {
        JsonNode list = JsonNode.Parse(await _client.GetStringAsync(new Uri(Maps, UriKind.Relative)))!;
        return list["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>());
    }

    /// <summary>The next request suffers, and all are noted.</summary>
    private sealed class OneFault : IFaultInjector
    {
        public Fault? Next { get; set; }

        public ConcurrentQueue<ApiRequest> Seen { get; } = new();

        public ConcurrentQueue<Change> Stored { get; } = new();

        public ValueTask<Fault> OnRequestAsync(ApiRequest request, CancellationToken cancellationToken)
        {
            Seen.Enqueue(request);
            Fault fault = Next ?? Fault.None;
            Next = null;
            return ValueTask.FromResult(fault);
        }

        public ValueTask<WatchFault> OnWatchEventAsync(WatchDelivery delivery, CancellationToken cancellationToken) => ValueTask.FromResult(WatchFault.None);

        public void OnStored(Change change) => Stored.Enqueue(change);
    }
}
