using Beacon.Storage;

namespace Beacon.Faulty;

/// <summary>A store that takes its time over blocks: what a slow block processing looks like from outside.</summary>
internal sealed class SlowStore(IKeyValueStore inner, Trigger trigger, TimeSpan delay) : IKeyValueStore
{
    private readonly ManualResetEventSlim _never = new(initialState: false);

    public long ApproximateSize => inner.ApproximateSize;

    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => inner.Get(column, key);

    public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) => inner.Range(column, from, to);

    public void Write(WriteBatch batch, bool durable = false)
    {
        if (trigger.IsActive && batch.Operations.Any(static operation => operation.Value is not null && operation.Key[0] == (byte)Column.Block))
        {
            _never.Wait(delay);
        }

        inner.Write(batch, durable);
    }

    public IKeyValueSnapshot Snapshot() => inner.Snapshot();

    public void Checkpoint(string directory) => inner.Checkpoint(directory);

    public void Dispose()
    {
        inner.Dispose();
        _never.Dispose();
    }
}
