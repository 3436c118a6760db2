using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Time.Testing;
using TestKit;
using static Fleet.Kubernetes.Tests.ScriptedCollection;

namespace Fleet.Kubernetes.Tests;

public sealed class ControllerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ObjectKey Key = new("n", "a");
    private readonly FakeTimeProvider _time = new();
    private readonly KubernetesMetrics _metrics = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Script _script = new();
    private ScriptedCollection _collection = null!;
    private KubernetesClient _client = null!;
    private Informer<ConfigMap> _informer = null!;
    private Controller _controller = null!;
    private Task _run = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _collection = await StartAsync();
        _client = _collection.Server.CreateClient();
        _informer = new Informer<ConfigMap>(_client, new InformerOptions { Random = new Random(1) }, _metrics, _time);
        var tracker = new WriteTracker(_metrics, _time);
        _controller = new Controller(new ControllerOptions { Name = "test", Random = new Random(1) }, _script, tracker, _metrics, _time).Watch(_informer, Controller.Self);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _controller.Dispose();
        _client.Dispose();
        await _collection.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
    }

    public static TheoryData<Exception, string, bool, double?> Exceptions { get; } = new()
    {
        { Refusal(409, StatusReasons.Conflict), "conflict", false, 200 },
        { Refusal(409, StatusReasons.AlreadyExists), "error", true, null },
        { Refusal(429, StatusReasons.TooManyRequests), "throttled", true, null },
        { new KubernetesConnectionException("gone"), "unreachable", true, null },
        { Refusal(500, StatusReasons.InternalError), "error", true, null },
        { new InvalidOperationException(), "error", true, null },
    };

    [Theory]
    [MemberData(nameof(Exceptions), DisableDiscoveryEnumeration = true)]
    public void Each_exception_has_its_requeue(Exception exception, string outcome, bool isFailure, double? milliseconds) => Assert.Equal(
        new RequeueDecision(outcome, milliseconds is { } delay ? TimeSpan.FromMilliseconds(delay) : null, isFailure), RequeuePolicy.After(exception));

    [Fact]
    public void Each_result_has_its_requeue()
    {
        TimeSpan resync = TimeSpan.FromMinutes(10);

        Assert.Equal(new RequeueDecision("success", resync, false), RequeuePolicy.After(ReconcileResult.Done, resync));
        Assert.Equal(new RequeueDecision("success", null, false), RequeuePolicy.After(ReconcileResult.Done, TimeSpan.Zero));
        Assert.Equal(new RequeueDecision("waiting", TimeSpan.FromSeconds(7), false), RequeuePolicy.After(ReconcileResult.WaitFor("pods", TimeSpan.FromSeconds(7)), resync));
        Assert.Equal(new RequeueDecision("invalid", null, false), RequeuePolicy.After(ReconcileResult.Invalid("spec"), resync));
    }

    [Fact]
    public async Task Objects_are_reconciled_once_the_informers_have_synced_and_again_when_they_change()
    {
        _collection.SetItems(100, Item("a", 5), Item("b", 6));
        Start();
        await PassesAsync(2);

        _collection.Send("MODIFIED", Item("a", 101));
        await PassesAsync(3);

        Assert.Equal(["a", "a", "b"], _script.Passes.Select(key => key.Name).Order());
    }

    [Fact]
    public async Task A_steady_object_comes_back_only_after_the_safety_resync()
    {
        _collection.SetItems(100, Item("a", 5));
        Start();
        await PassesAsync(1);
        await IdleAsync();

        _time.Advance(TimeSpan.FromMinutes(9.9));
        await IdleAsync();
        Assert.Single(_script.Passes);
        _time.Advance(TimeSpan.FromMinutes(0.2));

        await PassesAsync(2);
    }

    [Fact]
    public async Task A_failing_object_backs_off_and_disturbs_no_other()
    {
        _collection.SetItems(100, Item("a", 5), Item("b", 6));
        _script.OnPass = (key, _) => key.Name == "a" ? throw new InvalidOperationException("a bug") : Task.FromResult(ReconcileResult.Done);
        Start();
        await PassesAsync(2);

        for (int passes = 3; passes < 8; passes++)
        {
            await Eventually.TrueAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromMilliseconds(50));
                    return _script.Passes.Count >= passes;
                },
                () => "pass " + passes,
                Patience);
        }

        Assert.Single(_script.Passes, key => key.Name == "b");

        // 100 + 200 + 400 + 800 + 1600 ms, each at least 0.8 of it.
        Assert.True(_time.GetUtcNow() - _time.Start >= TimeSpan.FromMilliseconds(2480));
    }

    [Fact]
    public async Task An_invalid_object_is_left_alone_until_it_changes()
    {
        _collection.SetItems(100, Item("a", 5));
        _script.OnPass = (_, _) => Task.FromResult(ReconcileResult.Invalid("negative replicas"));
        Start();
        await PassesAsync(1);
        await IdleAsync();
        Assert.Equal((0, null), _controller.Delayed);

        _collection.Send("MODIFIED", Item("a", 101));

        await PassesAsync(2);
    }

    [Fact]
    public async Task An_object_is_not_reconciled_before_the_store_holds_what_was_last_written()
    {
        _collection.SetItems(100, Item("a", 5));
        using var patchTarget = await PatchServer.StartAsync(Item("a", 120));
        var tracking = new TrackingClient(patchTarget.Client);
        var seen = new ConcurrentQueue<string?>();
        _script.OnPass = async (key, token) =>
        {
            seen.Enqueue(_informer.Store.Get(key)?.Metadata.ResourceVersion);
            if (seen.Count == 1)
            {
                await tracking.PatchAsync<ConfigMap>(key, Patch.Merge(new JsonObject()), null, token);
            }

            return ReconcileResult.Done;
        };
        Start();
        await PassesAsync(1);
        await IdleAsync();

        // A stale wake-up: the store does not hold version 120 yet.
        _controller.Enqueue(Key);
        await AdvanceAsync(20, TimeSpan.FromMilliseconds(50));
        Assert.Single(_script.Passes);

        _collection.Send("MODIFIED", Item("a", 120));
        await Eventually.TrueAsync(() => _informer.Store.Get(Key)!.Metadata.ResourceVersion == "120", () => "the write in the store", Patience);
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(20));
                return _script.Passes.Count >= 2;
            },
            () => "the second pass",
            Patience);
        Assert.Equal(["5", "120"], seen);
    }

    [Fact]
    public async Task A_write_that_never_comes_back_makes_the_informer_list_anew()
    {
        _collection.SetItems(100, Item("a", 5));
        using var patchTarget = await PatchServer.StartAsync(Item("a", 120));
        var tracking = new TrackingClient(patchTarget.Client);
        _script.OnPass = async (key, token) =>
        {
            if (_script.Passes.Count == 1)
            {
                await tracking.PatchAsync<ConfigMap>(key, Patch.Merge(new JsonObject()), null, token);
            }

            return ReconcileResult.Done;
        };
        Start();
        await PassesAsync(1);
        await IdleAsync();

        // The server was set back: version 120 will never be seen.
        _collection.SetItems(90, Item("a", 80));
        _controller.Enqueue(Key);
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
                return _script.Passes.Count >= 2;
            },
            () => "the second pass",
            Patience);

        Assert.Equal(2, _collection.Lists);
        Assert.Equal("80", _informer.Store.Get(Key)!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_copy_that_the_server_contradicts_again_and_again_is_listed_anew()
    {
        _collection.SetItems(100, Item("a", 5));
        _script.OnPass = (_, _) => _collection.Lists < 2 ? throw Refusal(409, StatusReasons.Conflict) : Task.FromResult(ReconcileResult.Done);
        Start();

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(200));
                return _collection.Lists >= 2;
            },
            () => "a second list",
            Patience);
        Assert.True(_script.Passes.Count >= 10, $"after {_script.Passes.Count} passes");
    }

    [Fact]
    public async Task Several_namespaces_are_one_to_their_controller()
    {
        // One server plays both namespaces; what counts is who asks for what.
        _collection.SetItems(100, Item("a", 5));
        var both = new NamespacedInformers<ConfigMap>(
            ["m", "n"], name => new Informer<ConfigMap>(_client, new InformerOptions { Namespace = name, Random = new Random(1) }, _metrics, _time));
        var seen = new ConcurrentQueue<string>();
        both.AddHandler(change => seen.Enqueue(change.Key.ToString()));
        _run = both.RunAsync(_stop.Token);
        await both.WaitForSyncAsync(TestContext.Current.CancellationToken);

        Assert.True(both.HasSynced);
        Assert.Equal(2, seen.Count);
        Assert.Equal(2, both.Store.Count);
        Assert.NotNull(both.Store.Get(Key));
        Assert.Null(both.Store.Get(new ObjectKey("elsewhere", "a")));
        Assert.True(both.HasSeen(new ObjectKey("elsewhere", "a"), "u", "999"));
        Assert.False(both.HasSeen(Key, "uid-a", "999"));
        string[] lists = [.. _collection.Server.Requests.Where(request => !request.PathAndQuery.Contains("watch=1", StringComparison.Ordinal)).Select(request => request.PathAndQuery.Split('?')[0]).Order(StringComparer.Ordinal)];
        Assert.Equal(["/api/v1/namespaces/m/configmaps", "/api/v1/namespaces/n/configmaps"], lists);
    }

    [Fact]
    public async Task A_pass_that_hangs_is_ended_and_counts_as_a_failure()
    {
        _collection.SetItems(100, Item("a", 5));
        _script.OnPass = async (_, token) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(token);
            return ReconcileResult.Done;
        };
        Start();
        await PassesAsync(1);

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return _script.Passes.Count >= 2;
            },
            () => "a second pass",
            Patience);
    }

    [Fact]
    public void Owners_are_found_before_and_after_a_change()
    {
        var before = new ConfigMap { Metadata = new ObjectMeta { Name = "c", Namespace = "n", OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = "StatefulSet", Name = "old" }] } };
        var after = new ConfigMap { Metadata = new ObjectMeta { Name = "c", Namespace = "n", OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = "StatefulSet", Name = "new" }, new() { ApiVersion = "v1", Kind = "StatefulSet", Name = "no" }] } };

        IEnumerable<ObjectKey> keys = Controller.OwnersOf<ConfigMap>(StatefulSet.Resource)(new ObjectChange<ConfigMap>(ChangeKind.Updated, Key, before, after));

        Assert.Equal([new ObjectKey("n", "old"), new ObjectKey("n", "new")], keys);
    }

    private static KubernetesException Refusal(int code, string reason) => new(new Status { Code = code, Reason = reason, Message = reason });

    private void Start() => _run = Task.WhenAll(_informer.RunAsync(_stop.Token), _controller.RunAsync(_stop.Token));

    private Task PassesAsync(int count) => Eventually.TrueAsync(() => _script.Passes.Count >= count, () => $"{count} passes; there were {_script.Passes.Count}", Patience);

    private Task IdleAsync() => Eventually.TrueAsync(() => _controller.IsIdle, () => "an idle controller", Patience);

    private async Task AdvanceAsync(int steps, TimeSpan step)
    {
        for (int i = 0; i < steps; i++)
        {
            _time.Advance(step);
            await IdleAsync();
        }
    }

    private sealed class Script : IReconciler
    {
        public ConcurrentQueue<ObjectKey> Passes { get; } = new();

        public Func<ObjectKey, CancellationToken, Task<ReconcileResult>> OnPass { get; set; } = (_, _) => Task.FromResult(ReconcileResult.Done);

        public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            Passes.Enqueue(key);
            return OnPass(key, cancellationToken);
        }
    }

    /// <summary>Answers every request with one object: the result of a write.</summary>
    private sealed class PatchServer : IDisposable
    {
        private PatchServer(StubServer server)
        {
            Server = server;
            Client = server.CreateClient();
        }

        public KubernetesClient Client { get; }

        private StubServer Server { get; }

        public static async Task<PatchServer> StartAsync(JsonObject result) => new(await StubServer.StartAsync(200, result.ToJsonString()));

        public void Dispose()
        {
            Client.Dispose();
            Server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
