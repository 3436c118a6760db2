using Beacon.Storage;

namespace Beacon.Chain.Tests;

/// <summary>A store in memory that outlives the chain that closes it, as files do.</summary>
internal sealed class UndisposedStore : IKeyValueStore
{
    private readonly MemoryKeyValueStore _store = new();

    public long ApproximateSize => _store.ApproximateSize;

    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => _store.Get(column, key);

    public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) => _store.Range(column, from, to);

    public void Write(WriteBatch batch, bool durable = false) => _store.Write(batch, durable);

    public IKeyValueSnapshot Snapshot() => _store.Snapshot();

    public void Checkpoint(string directory) => _store.Checkpoint(directory);

    public void Dispose()
    {
        // The next chain opens it.
    }
}
