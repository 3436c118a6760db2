using System.Collections.Immutable;

namespace Beacon.Storage;

/// <summary>A store without a disk: for tests and for nodes that keep nothing.</summary>
/// <remarks>One immutable map that is replaced per batch, so readers and snapshots never wait and never see half a batch.</remarks>
public sealed class MemoryKeyValueStore : IKeyValueStore
{
    private readonly Lock _writeLock = new();
    private ImmutableSortedDictionary<byte[], byte[]> _entries = ImmutableSortedDictionary.Create<byte[], byte[]>(ByteOrder.Instance);
    private long _size;
    private bool _disposed;

    /// <inheritdoc/>
    public long ApproximateSize => Interlocked.Read(ref _size);

    /// <inheritdoc/>
    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => View().Get(column, key);

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) => View().Range(column, from, to);

    /// <inheritdoc/>
    public void Write(WriteBatch batch, bool durable = false)
    {
        lock (_writeLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ImmutableSortedDictionary<byte[], byte[]>.Builder builder = _entries.ToBuilder();
            long size = _size;
            foreach (WriteOperation operation in batch.Operations)
            {
                if (builder.TryGetValue(operation.Key, out byte[]? old))
                {
                    size -= operation.Key.Length + old.Length;
                }

                if (operation.Value is null)
                {
                    builder.Remove(operation.Key);
                }
                else
                {
                    builder[operation.Key] = operation.Value;
                    size += operation.Key.Length + operation.Value.Length;
                }
            }

            Volatile.Write(ref _entries, builder.ToImmutable());
            Interlocked.Exchange(ref _size, size);
        }
    }

    /// <inheritdoc/>
    public IKeyValueSnapshot Snapshot() => View();

    /// <inheritdoc/>
    public void Checkpoint(string directory) =>
        throw new NotSupportedException("A store in memory has no files to copy; use --data-dir with a RocksDB store.");

    /// <inheritdoc/>
    public void Dispose() => _disposed = true;

    private MemoryView View()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new MemoryView(Volatile.Read(ref _entries));
    }
}

/// <summary>Bytes in the order RocksDB gives them: unsigned, shorter first.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}

/// <summary>A view of a <see cref="MemoryKeyValueStore"/>.</summary>
internal sealed class MemoryView(ImmutableSortedDictionary<byte[], byte[]> entries) : IKeyValueSnapshot
{
    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => entries.GetValueOrDefault(StoreKey.Join(column, key))?.ToArray();

    public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to)
    {
        byte[] first = StoreKey.Join(column, from);
        byte[] end = StoreKey.End(column, to);
        foreach (KeyValuePair<byte[], byte[]> entry in entries)
        {
            if (ByteOrder.Instance.Compare(entry.Key, first) < 0)
            {
                continue;
            }

            if (ByteOrder.Instance.Compare(entry.Key, end) >= 0)
            {
                yield break;
            }

            yield return new KeyValuePair<byte[], byte[]>(entry.Key[1..], entry.Value.ToArray());
        }
    }

    public void Dispose()
    {
    }
}
