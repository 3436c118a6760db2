namespace Beacon.Storage;

/// <summary>A point-in-time view of a store.</summary>
public interface IKeyValueReader
{
    /// <summary>The value under a key, or null.</summary>
    byte[]? Get(Column column, ReadOnlySpan<byte> key);

    /// <summary>Entries of a column with <paramref name="from"/> ≤ key &lt; <paramref name="to"/> in ascending order of bytes.</summary>
    /// <param name="column">The column.</param>
    /// <param name="from">First key, inclusive; empty: from the start.</param>
    /// <param name="to">End, exclusive; empty: to the column's end.</param>
    /// <remarks>Sees the store as it was when the enumeration began, whatever is written meanwhile.</remarks>
    IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to);
}

/// <summary>An ordered map from (column, bytes) to bytes whose writes are atomic batches.</summary>
/// <remarks>Safe for concurrent use. Errors of the medium are <see cref="DatabaseException"/>, damage is
/// <see cref="DatabaseDamagedException"/>; neither is ever turned into a missing value.</remarks>
public interface IKeyValueStore : IKeyValueReader, IDisposable
{
    /// <summary>Applies all operations of a batch or none, in order.</summary>
    /// <param name="batch">The operations.</param>
    /// <param name="durable">Wait until the batch survives the loss of power. A killed process loses no batch either way.</param>
    void Write(WriteBatch batch, bool durable = false);

    /// <summary>A view that later writes do not change.</summary>
    IKeyValueSnapshot Snapshot();

    /// <summary>Writes a complete, separately openable copy to a directory that must not exist yet.</summary>
    void Checkpoint(string directory);

    /// <summary>Bytes held, as the back-end estimates them.</summary>
    long ApproximateSize { get; }
}

/// <summary>A <see cref="IKeyValueReader"/> that holds resources until disposed.</summary>
public interface IKeyValueSnapshot : IKeyValueReader, IDisposable;
