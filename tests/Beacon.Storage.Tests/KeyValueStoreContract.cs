using System.Text;
using Beacon.Storage.RocksDb;

namespace Beacon.Storage.Tests;

/// <summary>What every back-end promises; one subclass per back-end.</summary>
public abstract class KeyValueStoreContract : IDisposable
{
    private readonly Lazy<IKeyValueStore> _store;

    protected KeyValueStoreContract() => _store = new Lazy<IKeyValueStore>(Open);

    protected IKeyValueStore Store => _store.Value;

    protected abstract IKeyValueStore Open();

    public void Dispose()
    {
        if (_store.IsValueCreated)
        {
            _store.Value.Dispose();
        }

        Cleanup();
    }

    protected virtual void Cleanup()
    {
    }

    [Fact]
    public void A_missing_key_has_no_value() => Assert.Null(Store.Get(Column.Block, Bytes("a")));

    [Fact]
    public void A_value_is_read_back_and_replaced_and_removed()
    {
        Put(Column.Block, "a", "1");
        Assert.Equal("1", Get(Column.Block, "a"));
        Put(Column.Block, "a", "2");
        Assert.Equal("2", Get(Column.Block, "a"));
        Delete(Column.Block, "a");
        Assert.Null(Store.Get(Column.Block, Bytes("a")));
    }

    [Fact]
    public void An_empty_value_is_a_value()
    {
        Put(Column.Vote, "a", "");
        byte[]? value = Store.Get(Column.Vote, Bytes("a"));
        Assert.NotNull(value);
        Assert.Empty(value);
    }

    [Fact]
    public void Columns_do_not_see_each_other()
    {
        Put(Column.Block, "a", "block");
        Put(Column.State, "a", "state");
        Assert.Equal("block", Get(Column.Block, "a"));
        Assert.Equal("state", Get(Column.State, "a"));
        Assert.Single(Store.Range(Column.Block, [], []));
    }

    [Fact]
    public void Operations_of_a_batch_apply_in_order()
    {
        var batch = new WriteBatch();
        batch.Put(Column.Block, Bytes("a"), Bytes("1"));
        batch.Delete(Column.Block, Bytes("a"));
        batch.Put(Column.Block, Bytes("b"), Bytes("1"));
        batch.Put(Column.Block, Bytes("b"), Bytes("2"));
        Store.Write(batch, durable: true);
        Assert.Null(Store.Get(Column.Block, Bytes("a")));
        Assert.Equal("2", Get(Column.Block, "b"));
    }

    [Fact]
    public void A_range_is_ordered_by_unsigned_bytes_and_half_open()
    {
        byte[][] keys = [[0x00], [0x01], [0x01, 0x00], [0x7f], [0x80], [0xff]];
        foreach (byte[] key in keys.Reverse())
        {
            var batch = new WriteBatch();
            batch.Put(Column.CanonicalBlock, key, key);
            Store.Write(batch);
        }

        Assert.Equal(keys, Store.Range(Column.CanonicalBlock, [], []).Select(entry => entry.Key));
        Assert.Equal(keys[1..4], Store.Range(Column.CanonicalBlock, [0x01], [0x80]).Select(entry => entry.Key));
        Assert.Empty(Store.Range(Column.CanonicalBlock, [0x02], [0x02]));
    }

    [Fact]
    public void A_range_sees_the_store_as_it_was_when_it_began()
    {
        Put(Column.Block, "a", "1");
        Put(Column.Block, "b", "1");
        using IEnumerator<KeyValuePair<byte[], byte[]>> range = Store.Range(Column.Block, [], []).GetEnumerator();
        Assert.True(range.MoveNext());
        Delete(Column.Block, "b");
        Put(Column.Block, "c", "1");
        Assert.True(range.MoveNext());
        Assert.Equal(Bytes("b"), range.Current.Key);
        Assert.False(range.MoveNext());
    }

    [Fact]
    public void A_snapshot_does_not_see_later_writes()
    {
        Put(Column.Block, "a", "1");
        using IKeyValueSnapshot snapshot = Store.Snapshot();
        Put(Column.Block, "a", "2");
        Put(Column.Block, "b", "2");
        Assert.Equal("1", Encoding.UTF8.GetString(snapshot.Get(Column.Block, Bytes("a"))!));
        Assert.Null(snapshot.Get(Column.Block, Bytes("b")));
        Assert.Single(snapshot.Range(Column.Block, [], []));
        Assert.Equal("2", Get(Column.Block, "a"));
    }

    [Fact]
    public void What_a_reader_gets_is_its_own_copy()
    {
        Put(Column.Block, "a", "1");
        byte[] value = Store.Get(Column.Block, Bytes("a"))!;
        value[0] = (byte)'9';
        Assert.Equal("1", Get(Column.Block, "a"));
    }

    [Fact]
    public void Batches_of_concurrent_writers_never_interleave_in_a_snapshot()
    {
        Parallel.For(0, 4, writer =>
        {
            for (int i = 0; i < 50; i++)
            {
                var batch = new WriteBatch();
                batch.Put(Column.Metadata, Bytes("x"), [(byte)writer, (byte)i]);
                batch.Put(Column.Metadata, Bytes("y"), [(byte)writer, (byte)i]);
                Store.Write(batch);
                using IKeyValueSnapshot snapshot = Store.Snapshot();
                Assert.Equal(snapshot.Get(Column.Metadata, Bytes("x")), snapshot.Get(Column.Metadata, Bytes("y")));
            }
        });
    }

    [Fact]
    public void The_size_grows_with_what_is_stored()
    {
        long before = Store.ApproximateSize;
        var batch = new WriteBatch();
        batch.Put(Column.State, Bytes("a"), new byte[1 << 20]);
        Store.Write(batch);
        Assert.True(Store.ApproximateSize >= before + (1 << 20));
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected string? Get(Column column, string key) => Store.Get(column, Bytes(key)) is { } value ? Encoding.UTF8.GetString(value) : null;

    protected void Put(Column column, string key, string value)
    {
        var batch = new WriteBatch();
        batch.Put(column, Bytes(key), Bytes(value));
        Store.Write(batch);
    }

    protected void Delete(Column column, string key)
    {
        var batch = new WriteBatch();
        batch.Delete(column, Bytes(key));
        Store.Write(batch);
    }
}

public sealed class MemoryKeyValueStoreTests : KeyValueStoreContract
{
    protected override IKeyValueStore Open() => new MemoryKeyValueStore();
}

public sealed class RocksDbKeyValueStoreTests : KeyValueStoreContract
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "beacon-storage-" + Guid.NewGuid().ToString("n"));

    private string DatabaseDirectory => Path.Combine(_directory, "db");

    protected override IKeyValueStore Open() => RocksDbKeyValueStore.Open(DatabaseDirectory);

    protected override void Cleanup()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public void What_was_written_is_there_after_reopening()
    {
        Put(Column.Block, "a", "1");
        Store.Dispose();
        using RocksDbKeyValueStore again = RocksDbKeyValueStore.Open(DatabaseDirectory);
        Assert.Equal(Bytes("1"), again.Get(Column.Block, Bytes("a")));
    }

    [Fact]
    public void A_second_opener_is_told_that_the_directory_is_in_use()
    {
        Put(Column.Block, "a", "1");
        DatabaseException exception = Assert.Throws<DatabaseException>(() => RocksDbKeyValueStore.Open(DatabaseDirectory));
        Assert.Contains("in use by another process", exception.Message);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_named_in_the_error()
    {
        Directory.CreateDirectory(_directory);
        string file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");
        DatabaseException exception = Assert.Throws<DatabaseException>(() => RocksDbKeyValueStore.Open(Path.Combine(file, "db")));
        Assert.Contains(file, exception.Message);
    }

    [Fact]
    public void Flipped_bytes_in_the_manifest_are_reported_as_damage()
    {
        Put(Column.Block, "a", "1");
        Store.Dispose();
        string manifest = Directory.GetFiles(DatabaseDirectory, "MANIFEST-*").Single();
        byte[] bytes = File.ReadAllBytes(manifest);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x5a;
        }

        File.WriteAllBytes(manifest, bytes);
        Assert.Throws<DatabaseDamagedException>(() => RocksDbKeyValueStore.Open(DatabaseDirectory));
    }

    [Fact]
    public void A_checkpoint_opens_as_a_store_of_its_own()
    {
        Put(Column.Block, "a", "1");
        string copy = Path.Combine(_directory, "copy");
        Store.Checkpoint(copy);
        Put(Column.Block, "a", "2");
        using RocksDbKeyValueStore opened = RocksDbKeyValueStore.Open(copy);
        Assert.Equal(Bytes("1"), opened.Get(Column.Block, Bytes("a")));
    }

    [Fact]
    public void A_snapshot_left_open_keeps_the_database_until_it_is_released()
    {
        Put(Column.Block, "a", "1");
        IKeyValueSnapshot snapshot = Store.Snapshot();
        Store.Dispose();
        Assert.Throws<DatabaseException>(() => RocksDbKeyValueStore.Open(DatabaseDirectory));
        snapshot.Dispose();
        RocksDbKeyValueStore.Open(DatabaseDirectory).Dispose();
    }
}
