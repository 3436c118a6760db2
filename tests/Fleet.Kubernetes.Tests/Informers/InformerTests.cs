using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Time.Testing;
using TestKit;
using static Fleet.Kubernetes.Tests.ScriptedCollection;

namespace Fleet.Kubernetes.Tests;

/// <summary>What an informer makes of lists and events, good and bad.</summary>
public sealed class InformerTests : IAsyncLifetime
{
    private const string Expired = """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _time = new();
    private readonly KubernetesMetrics _metrics = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _changes = new();
    private ScriptedCollection _collection = null!;
    private KubernetesClient _client = null!;
    private Informer<ConfigMap> _informer = null!;
    private Task _run = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _collection = await StartAsync();
        _client = _collection.Server.CreateClient();
        _informer = new Informer<ConfigMap>(_client, new InformerOptions { Namespace = "n", Random = new Random(1) }, _metrics, _time, groupOf: static map => map.Metadata.Labels?.GetValueOrDefault("group"));
        _informer.AddHandler(change => _changes.Enqueue($"{change.Kind} {change.Key.Name} {change.Old?.Metadata.ResourceVersion}>{change.Current?.Metadata.ResourceVersion}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Dispose();
        await _collection.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task The_first_list_is_told_before_it_has_synced_and_events_follow()
    {
        _collection.SetItems(100, Item("a", 5), Item("b", 6));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["Added a >5", "Added b >6"], _changes);

        _collection.Send("MODIFIED", Item("a", 101));
        _collection.Send("DELETED", Item("b", 102));
        _collection.Send("ADDED", Item("c", 103));

        await SeesAsync("Updated a 5>101", "Deleted b 6>", "Added c >103");
        Assert.Equal(["a", "c"], _informer.Store.List("n").Select(item => item.Metadata.Name!));
        Assert.Empty(_informer.Store.List("other"));
        Assert.Equal(["100"], _collection.Watches);
        Assert.True(_informer.IsFresh);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_410_what_vanished_meanwhile_is_a_deletion(bool asEvent)
    {
        _collection.SetItems(100, Item("kept", 5), Item("changed", 6), Item("gone", 7), Item("replaced", 8));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        _changes.Clear();

        _collection.SetItems(200, Item("kept", 5), Item("changed", 150), Item("replaced", 160, "other"), Item("new", 170));
        if (asEvent)
        {
            _collection.SendText($$"""{"type":"ERROR","object":{{Expired}}}""" + "\n");
            _collection.EndWatch();
        }
        else
        {
            _collection.RefuseWatches.Enqueue((410, Expired));
            _collection.EndWatch();
        }

        string[] expected = ["Deleted gone 7>", "Updated changed 6>150", "Added new >170", "Deleted replaced 8>", "Added replaced >160"];
        await AdvanceUntilAsync(() => expected.All(_changes.Contains), () => string.Join(", ", _changes));
        Assert.DoesNotContain(_changes, change => change.Contains("kept", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => _collection.Watches[^1] == "200", () => "a watch from the new version", Patience);
    }

    [Fact]
    public async Task A_watch_that_ends_goes_on_where_it_was_without_a_list()
    {
        Start();
        _collection.Bookmark(140);
        _collection.EndWatch();

        await AdvanceUntilAsync(() => _collection.Watches.Count == 2, () => "a second watch");
        Assert.Equal(["100", "140"], _collection.Watches);
        Assert.Equal(1, _collection.Lists);
    }

    [Fact]
    public async Task A_broken_event_ends_the_watch_but_not_the_informer()
    {
        Start();
        _collection.Send("ADDED", Item("a", 101));
        _collection.SendText("""{"type":"ADDED","object":{"metadata":{"na""");
        _collection.EndWatch();

        await SeesAsync("Added a >101");
        await AdvanceUntilAsync(() => _collection.Watches.Count == 2, () => "a second watch");
        Assert.Equal("101", _collection.Watches[1]);
    }

    [Fact]
    public async Task Failing_lists_are_retried_with_growing_waits_until_they_work()
    {
        for (int i = 0; i < 5; i++)
        {
            _collection.RefuseLists.Enqueue((500, "{}"));
        }

        _collection.SetItems(100, Item("a", 5));
        Start();

        await AdvanceUntilAsync(() => _informer.HasSynced, () => "the first good list");
        Assert.Equal(6, _collection.Lists);

        // 0.5 + 1 + 2 + 4 + 8 seconds, each at least 0.8 of it.
        Assert.True(_time.GetUtcNow() - _time.Start >= TimeSpan.FromSeconds(12), $"after {_time.GetUtcNow() - _time.Start}");
    }

    [Fact]
    public async Task A_watch_that_keeps_failing_is_given_up_for_a_list()
    {
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++)
        {
            _collection.RefuseWatches.Enqueue((503, "{}"));
        }

        _collection.SetItems(120, Item("a", 110));
        _collection.EndWatch();

        await AdvanceUntilAsync(() => _informer.Store.Count == 1, () => "the list");
        Assert.Equal(2, _collection.Lists);
    }

    [Fact]
    public async Task The_same_event_twice_is_told_once()
    {
        Start();
        _collection.Send("ADDED", Item("a", 101));
        _collection.Send("ADDED", Item("b", 102));
        _collection.Send("ADDED", Item("a", 101));
        _collection.Send("DELETED", Item("a", 103));
        _collection.Send("DELETED", Item("a", 103));
        _collection.Send("ADDED", Item("c", 104));

        await SeesAsync("Added c >104");
        Assert.Equal(["Added a >101", "Added b >102", "Deleted a 101>", "Added c >104"], _changes);
        Assert.Equal(1, _collection.Lists);
    }

    [Fact]
    public async Task Events_out_of_order_are_repaired_by_a_list()
    {
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        _collection.SetItems(110, Item("a", 105));
        _collection.Send("MODIFIED", Item("a", 105));
        _collection.Send("ADDED", Item("b", 103));

        await AdvanceUntilAsync(() => _collection.Lists == 2, () => "a second list");
        await Eventually.TrueAsync(() => _informer.Store.Count == 1, () => "the list's content", Patience);
        Assert.Equal("105", _informer.Store.Get(new ObjectKey("n", "a"))!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_silent_watch_is_renewed_and_a_server_set_back_is_listed_anew()
    {
        _collection.SetItems(100, Item("a", 90), Item("lost", 95));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _collection.Watches.Count == 1, () => "the first watch", Patience);

        // First only silence: the watch is renewed from where it was.
        await AdvanceUntilAsync(() => _collection.Watches.Count == 2, () => "a second watch");
        Assert.Equal(1, _collection.Lists);
        Assert.True(_time.GetUtcNow() - _time.Start >= TimeSpan.FromSeconds(150));

        // Then an etcd restored from a backup.
        _collection.SetItems(50, Item("a", 40));
        await AdvanceUntilAsync(() => _collection.Lists == 2, () => "a second list");
        await SeesAsync("Deleted lost 95>", "Updated a 90>40");
        Assert.Equal("50", _collection.Watches[^1]);
    }

    [Fact]
    public async Task After_a_server_was_set_back_even_an_equal_version_counts_as_changed()
    {
        _collection.SetItems(100, Item("a", 40));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        _changes.Clear();

        _collection.SetItems(50, Item("a", 40));
        await _informer.RelistAsync(TestContext.Current.CancellationToken);

        await SeesAsync("Updated a 40>40");
    }

    /// <summary>The server was set back and has passed the last version seen here since, so that nothing of this kind shows it.</summary>
    [Fact]
    public async Task A_copy_that_is_distrusted_is_listed_anew_and_equal_versions_count_as_changed()
    {
        _collection.SetItems(100, Item("a", 40), Item("lost", 95));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _collection.Watches.Count == 1, () => "the watch", Patience);
        _changes.Clear();

        _collection.SetItems(120, Item("a", 40));
        _informer.Distrust();
        await SeesAsync("Deleted lost 95>", "Updated a 40>40");

        // Once: the next list is believed again.
        _changes.Clear();
        await _informer.RelistAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_changes);
    }

    [Fact]
    public async Task A_copy_is_not_fresh_from_a_failure_until_the_server_answers_again()
    {
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _collection.Watches.Count == 1 && _informer.IsFresh, () => "a fresh copy", Patience);
        _collection.RefuseWatches.Enqueue((503, "{}"));
        _collection.SendText("{damaged}\n");
        await Eventually.TrueAsync(() => !_informer.IsFresh, () => "a copy that is not fresh", Patience);
        Assert.True(_informer.HasSynced);

        await AdvanceUntilAsync(() => _informer.IsFresh, () => "a fresh copy again");
        Assert.Equal(1, _collection.Lists);
        Assert.False(_informer.IsStuck);
    }

    [Fact]
    public async Task What_a_server_never_told_is_made_good_by_a_list_now_and_then()
    {
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        _collection.SetItems(110, Item("lost", 105));
        for (int i = 0; i < 20 && _informer.Store.Count == 0; i++)
        {
            await Eventually.TrueAsync(() => _collection.Watches.Count > i, () => $"watch {i + 1}", Patience);
            _time.Advance(TimeSpan.FromMinutes(2));
            _collection.EndWatch();
            await AdvanceUntilAsync(() => _collection.Watches.Count > i + 1, () => $"watch {i + 2}");
        }

        Assert.Equal(1, _informer.Store.Count);
        Assert.True(_time.GetUtcNow() - _time.Start >= TimeSpan.FromMinutes(30));
    }

    [Fact]
    public async Task A_bookmark_keeps_a_watch_alive()
    {
        Start();
        await Eventually.TrueAsync(() => _collection.Watches.Count == 1, () => "the first watch", Patience);
        for (int i = 1; i <= 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(60));
            _collection.Bookmark(100 + i);
            string version = (100 + i).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await Eventually.TrueAsync(() => _informer.HasSeen(new ObjectKey("n", "x"), "u", version), () => "bookmark " + version, Patience);
        }

        Assert.Single(_collection.Watches);
        Assert.True(_informer.IsFresh);
        _time.Advance(TimeSpan.FromSeconds(149));
        Assert.True(_informer.IsFresh);
    }

    [Fact]
    public async Task All_objects_are_told_again_after_the_resync_period()
    {
        _collection.SetItems(100, Item("a", 5));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        _changes.Clear();
        await Eventually.TrueAsync(() => _collection.Watches.Count == 1, () => "the watch", Patience);

        for (int i = 1; i <= 6; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(120));
            string version = (100 + i).ToString(System.Globalization.CultureInfo.InvariantCulture);
            _collection.Bookmark(100 + i);
            await Eventually.TrueAsync(() => _informer.HasSeen(default, null, version), () => "bookmark", Patience);
        }

        await SeesAsync("Resync a 5>5");
        Assert.Single(_changes);
    }

    [Fact]
    public async Task A_list_on_request_ends_the_watch_and_completes_the_request()
    {
        Start();
        await Eventually.TrueAsync(() => _collection.Watches.Count == 1, () => "the watch", Patience);
        _collection.SetItems(120, Item("a", 110));

        await _informer.RelistAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, _informer.Store.Count);
        Assert.Equal(2, _collection.Lists);
    }

    [Fact]
    public async Task A_late_handler_first_hears_what_is_there_and_a_bad_one_disturbs_nobody()
    {
        _collection.SetItems(100, Item("a", 5));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        var late = new ConcurrentQueue<string>();
        _informer.AddHandler(_ => throw new InvalidOperationException("a bug"));
        _informer.AddHandler(change => late.Enqueue(change.Kind + " " + change.Key));

        _collection.Send("ADDED", Item("b", 101));

        await SeesAsync("Added b >101");
        await Eventually.TrueAsync(() => late.Count == 2, () => "the late handler", Patience);
        Assert.Equal(["Added n/a", "Added n/b"], late);
    }

    [Fact]
    public async Task Objects_are_found_by_their_group()
    {
        System.Text.Json.Nodes.JsonObject member = Item("a", 5);
        member["metadata"]!["labels"] = new System.Text.Json.Nodes.JsonObject { ["group"] = "g" };
        _collection.SetItems(100, member, Item("b", 6));
        Start();
        await _informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        Assert.Equal("a", Assert.Single(_informer.Store.OfGroup("n", "g")).Metadata.Name);
        Assert.Empty(_informer.Store.OfGroup("elsewhere", "g"));

        _collection.Send("MODIFIED", Item("a", 101));

        await SeesAsync("Updated a 5>101");
        Assert.Empty(_informer.Store.OfGroup("n", "g"));
    }

    private void Start() => _run = _informer.RunAsync(_stop.Token);

    private Task SeesAsync(params string[] changes) =>
        Eventually.TrueAsync(() => changes.All(_changes.Contains), () => $"{string.Join(", ", changes)}; seen: {string.Join(", ", _changes)}", Patience);

    private Task AdvanceUntilAsync(Func<bool> condition, Func<string> describe) => Eventually.TrueAsync(
        () =>
        {
            if (!condition())
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            return condition();
        },
        describe,
        Patience);
}
