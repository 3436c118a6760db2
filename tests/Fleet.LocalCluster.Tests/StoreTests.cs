using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Tests;

/// <summary>The store: revisions, history, and what a restart finds.</summary>
public sealed class StoreTests : IDisposable
{
    private static readonly GroupResource Things = new("", "things");
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-store-").FullName;

    [Fact]
    public void What_was_written_is_there_after_a_restart_with_its_revision()
    {
        using (var store = new ObjectStore(_directory))
        {
            StoredObject first = store.Put(Key("a"), Thing("a", 1), null)!;
            _ = store.Put(Key("a"), Thing("a", 2), first);
            _ = store.Put(Key("b"), Thing("b", 1), null);
            _ = store.Remove(Key("b"), store.Get(Key("b"))!);
        }

        using var again = new ObjectStore(_directory);
        Assert.Equal(4, again.Revision);
        Assert.Equal(2, again.Get(Key("a"))!.ToNode().Int("n"));
        Assert.Null(again.Get(Key("b")));
        Assert.Equal(4, again.ReadHistory(0, 10, out _, out _)!.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60)]
    public void A_torn_last_record_is_cut_off_and_the_rest_stays(int missing)
    {
        using (var store = new ObjectStore(_directory))
        {
            _ = store.Put(Key("a"), Thing("a", 1), null);
            _ = store.Put(Key("b"), Thing("b", 1), null);
        }

        string log = Path.Combine(_directory, "log-0");
        using (FileStream file = File.OpenWrite(log))
        {
            file.SetLength(file.Length - missing);
        }

        using (var again = new ObjectStore(_directory))
        {
            Assert.NotNull(again.Get(Key("a")));
            Assert.Null(again.Get(Key("b")));
            _ = again.Put(Key("c"), Thing("c", 1), null);
        }

        using var third = new ObjectStore(_directory);
        Assert.NotNull(third.Get(Key("c")));
    }

    [Fact]
    public void A_long_log_becomes_a_snapshot_and_nothing_is_lost()
    {
        string big = new('x', 1 << 20);
        using (var store = new ObjectStore(_directory))
        {
            for (int i = 0; i < 40; i++)
            {
                JsonObject thing = Thing("a", i);
                thing["big"] = big;
                Assert.NotNull(store.Put(Key($"k{i % 3}"), thing, store.Get(Key($"k{i % 3}"))));
            }
        }

        Assert.Single(Directory.GetFiles(_directory, "snapshot-*"));
        using var again = new ObjectStore(_directory);
        Assert.Equal(40, again.Revision);
        Assert.Equal(39, again.Get(Key("k0"))!.ToNode().Int("n"));
        Assert.Null(again.ReadHistory(1, 10, out _, out _));
    }

    [Fact]
    public void A_write_on_an_old_state_is_refused()
    {
        using var store = new ObjectStore(null);
        StoredObject first = store.Put(Key("a"), Thing("a", 1), null)!;
        Assert.NotNull(store.Put(Key("a"), Thing("a", 2), first));
        Assert.Null(store.Put(Key("a"), Thing("a", 3), first));
        Assert.Null(store.Remove(Key("a"), first));
        Assert.Null(store.Put(Key("a"), Thing("a", 3), null));
    }

    [Fact]
    public void A_reader_that_fell_behind_the_window_is_told_so()
    {
        using var store = new ObjectStore(null);
        for (int i = 0; i < ObjectStore.HistoryWindow + 5; i++)
        {
            _ = store.Put(Key("a"), Thing("a", i), store.Get(Key("a")));
        }

        Assert.Null(store.ReadHistory(4, 10, out _, out _));
        Assert.Equal(6, store.ReadHistory(5, 10, out _, out _)![0].Revision);
    }

    [Fact]
    public void The_past_can_be_listed_within_the_window()
    {
        using var store = new ObjectStore(null);
        StoredObject a = store.Put(Key("a"), Thing("a", 1), null)!;
        StoredObject b = store.Put(Key("b"), Thing("b", 1), null)!;
        a = store.Put(Key("a"), Thing("a", 2), a)!;
        _ = store.Remove(Key("b"), b);
        _ = store.Put(Key("c"), Thing("c", 1), null);

        Assert.Equal(["a@1"], Names(1));
        Assert.Equal(["a@1", "b@2"], Names(2));
        Assert.Equal(["a@3", "b@2"], Names(3));
        Assert.Equal(["a@3"], Names(4));
        Assert.Equal(["a@3", "c@5"], Names(5));
        Assert.Empty(store.ListAt(5, Things, "other")!.Value.Items);
        Assert.Null(store.ListAt(6, Things));
        store.Compact();
        Assert.Null(store.ListAt(4, Things));

        IEnumerable<string> Names(long revision) => store.ListAt(revision, Things, "default")!.Value.Items.Select(item => $"{item.Key.Name}@{item.Revision}");
    }

    public void Dispose() => Directory.Delete(_directory, true);

    private static ObjectKey Key(string name) => new(Things, "default", name);

    private static JsonObject Thing(string name, int n) => new() { ["metadata"] = new JsonObject { ["name"] = name }, ["n"] = n };
}
