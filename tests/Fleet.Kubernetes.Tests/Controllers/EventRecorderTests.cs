using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.Kubernetes.Tests;

public sealed class EventRecorderTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly KubernetesMetrics _metrics = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<int> _refusals = new();
    private StubServer _server = null!;
    private KubernetesClient _client = null!;
    private EventRecorder _recorder = null!;
    private Task _run = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await StubServer.StartAsync((context, request) => _refusals.TryDequeue(out int status)
            ? StubServer.AnswerAsync(context, status, "{}")
            : StubServer.AnswerAsync(context, 200, request.Method == "POST" ? request.Body : "{}"));
        _client = _server.CreateClient();
        _recorder = new EventRecorder(_client, "tester", _metrics, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _recorder.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Repetitions_before_the_first_write_are_one_write_with_a_count()
    {
        _recorder.Record(About("a"), EventTypes.Normal, "Created", "one");
        _time.Advance(TimeSpan.FromSeconds(5));
        _recorder.Record(About("a"), EventTypes.Normal, "Created", "two");
        _recorder.Record(About("a"), EventTypes.Warning, "Stalled", "three");
        Start();
        await RequestsAsync(2);

        JsonNode first = JsonNode.Parse(_server.Requests.First().Body)!;
        Assert.Equal("POST /api/v1/namespaces/n/events", _server.Requests.First().Method + " " + _server.Requests.First().PathAndQuery);
        Assert.Equal((2, "two", "Created", "tester"), ((int)first["count"]!, (string)first["message"]!, (string)first["reason"]!, (string)first["source"]!["component"]!));
        Assert.Equal(("2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"), ((string)first["firstTimestamp"]!, (string)first["lastTimestamp"]!));
        Assert.Equal(("a", "uid-a", "ConfigMap"), ((string)first["involvedObject"]!["name"]!, (string)first["involvedObject"]!["uid"]!, (string)first["involvedObject"]!["kind"]!));
    }

    [Fact]
    public async Task A_repetition_after_a_write_raises_its_count_and_a_forgotten_event_is_made_anew()
    {
        Start();
        _recorder.Record(About("a"), EventTypes.Normal, "Created", "one");
        await RequestsAsync(1);
        _recorder.Record(About("a"), EventTypes.Normal, "Created", "two");
        await RequestsAsync(2);
        await Eventually.TrueAsync(() => _recorder.PendingCount == 0, () => "nothing waits", Patience);
        _refusals.Enqueue(404);
        _recorder.Record(About("a"), EventTypes.Normal, "Created", "three");
        await RequestsAsync(4);

        Assert.Equal(["POST", "PATCH", "PATCH", "POST"], _server.Requests.Select(request => request.Method));
        Assert.Equal(2, (int)JsonNode.Parse(_server.Requests.ElementAt(1).Body)!["count"]!);
        Assert.Equal(1, (int)JsonNode.Parse(_server.Requests.Last().Body)!["count"]!);
    }

    [Fact]
    public async Task A_refused_event_is_dropped_and_the_next_one_is_written()
    {
        _refusals.Enqueue(403);
        Start();
        _recorder.Record(About("a"), EventTypes.Normal, "Created", "one");
        await RequestsAsync(1);
        _recorder.Record(About("b"), EventTypes.Normal, "Created", "two");
        await RequestsAsync(2);

        Assert.Contains("\"two\"", _server.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        for (int i = 0; i < EventRecorder.Capacity + 50; i++)
        {
            _recorder.Record(About("a" + i), EventTypes.Normal, "Created", "x");
        }

        Assert.Equal(EventRecorder.Capacity, _recorder.PendingCount);
    }

    [Fact]
    public async Task What_waits_at_the_end_is_still_written()
    {
        using var stop = new CancellationTokenSource();
        _recorder.Record(About("a"), EventTypes.Normal, "Stopped", "x");
        await stop.CancelAsync();

        await _recorder.RunAsync(stop.Token);

        Assert.Single(_server.Requests);
    }

    private static ConfigMap About(string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = "n", Uid = "uid-" + name } };

    private void Start() => _run = _recorder.RunAsync(_stop.Token);

    private Task RequestsAsync(int count) => Eventually.TrueAsync(() => _server.Requests.Count >= count, () => $"{count} requests; there were {_server.Requests.Count}", Patience);
}
