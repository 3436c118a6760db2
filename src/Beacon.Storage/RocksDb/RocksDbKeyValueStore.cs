using System.Globalization;
using System.Runtime.InteropServices;

namespace Beacon.Storage.RocksDb;

/// <summary>Sizes of a RocksDB store; the defaults suit dozens of nodes on one machine.</summary>
public sealed record RocksDbOptions
{
    /// <summary>Bytes of decompressed table blocks kept in memory. <value>8 MiB by default.</value></summary>
    public int BlockCacheBytes { get; init; } = 8 << 20;

    /// <summary>Bytes written before a memory table is flushed. <value>4 MiB by default.</value></summary>
    public int WriteBufferBytes { get; init; } = 4 << 20;

    /// <summary>Table files kept open. <value>128 by default.</value></summary>
    public int MaxOpenFiles { get; init; } = 128;
}

/// <summary>A store in a directory, held exclusively by one process.</summary>
/// <remarks>
/// Every batch goes through the write-ahead log with one write to the operating system before <see cref="Write"/> returns, so a
/// killed process loses nothing; only <c>durable</c> batches wait for the disk. A torn end of the log is cut off at the next
/// opening, which leaves a prefix of the batches.
/// </remarks>
public sealed unsafe class RocksDbKeyValueStore : IKeyValueStore
{
    private readonly SafeRocksDbHandle _database;
    private readonly SafeWriteOptionsHandle _write;
    private readonly SafeWriteOptionsHandle _durableWrite;
    private readonly SafeReadOptionsHandle _read;
    private readonly string _directory;

    private RocksDbKeyValueStore(SafeRocksDbHandle database, string directory)
    {
        _database = database;
        _directory = directory;
        _write = new SafeWriteOptionsHandle();
        _durableWrite = new SafeWriteOptionsHandle();
        Interop.WriteOptionsSetSync(_durableWrite, 1);
        _read = new SafeReadOptionsHandle();
        Interop.ReadOptionsSetVerifyChecksums(_read, 1);
    }

    /// <summary>Opens the store in a directory, creating it where it is missing.</summary>
    /// <exception cref="DatabaseException">The library is missing, the directory cannot be used or another process holds it.</exception>
    /// <exception cref="DatabaseDamagedException">The files are damaged.</exception>
    public static RocksDbKeyValueStore Open(string directory, RocksDbOptions? options = null)
    {
        RocksDbLibrary.EnsureLoaded();
        options ??= new RocksDbOptions();
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"The database directory {directory} cannot be created: {exception.Message}", exception);
        }

        using var native = new SafeOptionsHandle();
        using var table = new SafeTableOptionsHandle();
        using var cache = new SafeCacheHandle(options.BlockCacheBytes);
        Interop.TableOptionsSetBlockCache(table, cache);
        Interop.TableOptionsSetCacheIndexAndFilterBlocks(table, 1);
        Interop.OptionsSetCreateIfMissing(native, 1);
        Interop.OptionsSetParanoidChecks(native, 1);
        Interop.OptionsSetWriteBufferSize(native, (nuint)options.WriteBufferBytes);
        Interop.OptionsSetMaxWriteBufferNumber(native, 2);
        Interop.OptionsSetMaxOpenFiles(native, options.MaxOpenFiles);
        Interop.OptionsSetMaxTotalWalSize(native, 4UL * (ulong)options.WriteBufferBytes);
        Interop.OptionsSetKeepLogFileNum(native, 2);
        Interop.OptionsSetMaxLogFileSize(native, 1 << 20);
        Interop.OptionsSetMaxBackgroundJobs(native, 2);
        Interop.OptionsSetBlockBasedTableFactory(native, table);
        nint database = Interop.Open(native, directory, out nint error);
        ThrowIfError(error, directory);
        return new RocksDbKeyValueStore(new SafeRocksDbHandle(database), directory);
    }

    /// <summary>Opens the store in a directory to look at it: nothing on disk changes, and a process that holds it is not disturbed.</summary>
    /// <exception cref="DatabaseException">The library is missing, or there is no store that can be read.</exception>
    /// <exception cref="DatabaseDamagedException">The files are damaged.</exception>
    public static RocksDbKeyValueStore OpenReadOnly(string directory)
    {
        RocksDbLibrary.EnsureLoaded();
        if (!Directory.Exists(directory))
        {
            throw new DatabaseException($"There is no database directory {directory}.");
        }

        using var native = new SafeOptionsHandle();
        Interop.OptionsSetParanoidChecks(native, 1);

        // What a killed process left in the log is read as well.
        nint database = Interop.OpenReadOnly(native, directory, errorIfWalFileExists: 0, out nint error);
        ThrowIfError(error, directory);
        return new RocksDbKeyValueStore(new SafeRocksDbHandle(database), directory);
    }

    /// <inheritdoc/>
    public long ApproximateSize => Property("rocksdb.total-sst-files-size") + Property("rocksdb.cur-size-all-mem-tables");

    /// <inheritdoc/>
    public byte[]? Get(Column column, ReadOnlySpan<byte> key) => Get(_read, column, key);

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) => Range(_read, column, from, to);

    /// <inheritdoc/>
    public void Write(WriteBatch batch, bool durable = false)
    {
        using var native = new SafeWriteBatchHandle();
        foreach (WriteOperation operation in batch.Operations)
        {
            fixed (byte* key = operation.Key)
            fixed (byte* value = operation.Value)
            {
                if (operation.Value is null)
                {
                    Interop.WriteBatchDelete(native, key, (nuint)operation.Key.Length);
                }
                else
                {
                    Interop.WriteBatchPut(native, key, (nuint)operation.Key.Length, value, (nuint)operation.Value.Length);
                }
            }
        }

        Interop.Write(_database, durable ? _durableWrite : _write, native, out nint error);
        ThrowIfError(error, _directory);
    }

    /// <inheritdoc/>
    public IKeyValueSnapshot Snapshot() => new RocksDbSnapshot(this);

    /// <inheritdoc/>
    public void Checkpoint(string directory)
    {
        nint native = Interop.CheckpointCreate(_database, out nint error);
        ThrowIfError(error, _directory);
        using var checkpoint = new SafeCheckpointHandle(_database, native);
        Interop.CheckpointWrite(checkpoint, directory, 0, out error);
        ThrowIfError(error, directory);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
        _durableWrite.Dispose();
        _database.Dispose();
    }

    private byte[]? Get(SafeReadOptionsHandle options, Column column, ReadOnlySpan<byte> key)
    {
        byte[] joined = StoreKey.Join(column, key);
        nint value;
        nuint length;
        nint error;
        fixed (byte* pointer = joined)
        {
            value = Interop.Get(_database, options, pointer, (nuint)joined.Length, out length, out error);
        }

        ThrowIfError(error, _directory);
        if (value == 0)
        {
            return null;
        }

        try
        {
            return new ReadOnlySpan<byte>((void*)value, checked((int)length)).ToArray();
        }
        finally
        {
            Interop.Free(value);
        }
    }

    private IEnumerable<KeyValuePair<byte[], byte[]>> Range(SafeReadOptionsHandle options, Column column, byte[] from, byte[] to)
    {
        byte[] first = StoreKey.Join(column, from);
        byte[] end = StoreKey.End(column, to);
        using var iterator = new SafeIteratorHandle(_database, options);
        Seek(iterator, first);
        while (Current(iterator) is { } entry && ByteOrder.Instance.Compare(entry.Key, end) < 0)
        {
            yield return new KeyValuePair<byte[], byte[]>(entry.Key[1..], entry.Value);
            Interop.IteratorNext(iterator);
        }

        Interop.IteratorGetError(iterator, out nint error);
        ThrowIfError(error, _directory);
    }

    private static void Seek(SafeIteratorHandle iterator, byte[] key)
    {
        fixed (byte* pointer = key)
        {
            Interop.IteratorSeek(iterator, pointer, (nuint)key.Length);
        }
    }

    private static KeyValuePair<byte[], byte[]>? Current(SafeIteratorHandle iterator)
    {
        if (Interop.IteratorValid(iterator) == 0)
        {
            return null;
        }

        // The pointers stay valid until the iterator moves, so the bytes are copied before that.
        byte* key = Interop.IteratorKey(iterator, out nuint keyLength);
        byte* value = Interop.IteratorValue(iterator, out nuint valueLength);
        return new KeyValuePair<byte[], byte[]>(
            new ReadOnlySpan<byte>(key, checked((int)keyLength)).ToArray(),
            new ReadOnlySpan<byte>(value, checked((int)valueLength)).ToArray());
    }

    private long Property(string name)
    {
        nint text = Interop.PropertyValue(_database, name);
        if (text == 0)
        {
            return 0;
        }

        try
        {
            return long.TryParse(Marshal.PtrToStringUTF8(text), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
        }
        finally
        {
            Interop.Free(text);
        }
    }

    /// <summary>Turns an error of the native library into an exception: damage, a held lock, or anything else.</summary>
    private static void ThrowIfError(nint error, string directory)
    {
        if (error == 0)
        {
            return;
        }

        string message = Marshal.PtrToStringUTF8(error) ?? "unknown error";
        Interop.Free(error);
        throw message switch
        {
            _ when message.StartsWith("Corruption", StringComparison.Ordinal) || message.Contains("does not exist (create_if_missing", StringComparison.Ordinal) =>
                new DatabaseDamagedException($"The database in {directory} is damaged ({message}); remove the directory to start the chain anew or restore a copy."),
            _ when message.Contains("lock", StringComparison.OrdinalIgnoreCase) && message.StartsWith("IO error", StringComparison.Ordinal) =>
                new DatabaseException($"The database in {directory} is in use by another process; end that process or choose another --data-dir."),
            _ => new DatabaseException($"The database in {directory} failed: {message}."),
        };
    }

    private sealed class RocksDbSnapshot : IKeyValueSnapshot
    {
        private readonly RocksDbKeyValueStore _store;
        private readonly SafeSnapshotHandle _snapshot;
        private readonly SafeReadOptionsHandle _options;

        public RocksDbSnapshot(RocksDbKeyValueStore store)
        {
            _store = store;
            _snapshot = new SafeSnapshotHandle(store._database);
            _options = new SafeReadOptionsHandle();
            Interop.ReadOptionsSetVerifyChecksums(_options, 1);
            Interop.ReadOptionsSetSnapshot(_options, _snapshot.Value);
        }

        public byte[]? Get(Column column, ReadOnlySpan<byte> key) => _store.Get(_options, column, key);

        public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) => _store.Range(_options, column, from, to);

        public void Dispose()
        {
            _options.Dispose();
            _snapshot.Dispose();
        }
    }
}
