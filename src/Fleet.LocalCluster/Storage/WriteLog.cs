using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Storage;

/// <summary>One entry of the log or of a snapshot.</summary>
internal readonly record struct LogRecord(StoredObject Object, bool IsDelete, bool IsSnapshot)
{
    public static LogRecord Put(StoredObject value) => new(value, false, false);

    public static LogRecord Delete(StoredObject value) => new(value, true, false);
}

/// <summary>
/// The store on disk: <c>snapshot-R</c> (all objects at revision R) and <c>log-R</c> (the writes after it), both a sequence of
/// length, checksum and payload.
/// </summary>
/// <remarks>
/// Each write reaches the kernel before it is acknowledged, so it survives the death of the process (<c>kill -9</c>); the disk is
/// forced at snapshots and on a clean stop only, because what a power cut must not lose is the chain's data and not the last second of
/// this store. A torn last record is cut off at the next start.
/// </remarks>
internal sealed class WriteLog : IDisposable
{
    /// <summary>A snapshot is written when the log has grown by so many bytes.</summary>
    internal const long SnapshotEvery = 32 << 20;

    private const int HeaderSize = 8;
    private const int MaxRecord = 64 << 20;
    private readonly string _directory;
    private FileStream _stream;

    private WriteLog(string directory, FileStream stream)
    {
        _directory = directory;
        _stream = stream;
    }

    public bool NeedsSnapshot => _stream.Length >= SnapshotEvery;

    /// <summary>Opens the newest snapshot and its log, and hands every valid record to <paramref name="restore"/>.</summary>
    public static WriteLog Open(string directory, Action<LogRecord> restore, out long snapshotRevision)
    {
        Directory.CreateDirectory(directory);
        long revision = Directory.EnumerateFiles(directory, "log-*")
            .Select(f => long.TryParse(Path.GetFileName(f).AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out long r) ? r : -1)
            .Where(r => r == 0 || File.Exists(SnapshotPath(directory, r)))
            .DefaultIfEmpty(0)
            .Max();
        if (revision > 0)
        {
            using var snapshot = new FileStream(SnapshotPath(directory, revision), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            _ = Replay(snapshot, restore, true);
        }

        var stream = new FileStream(LogPath(directory, revision), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
        long valid;
        using (var buffered = new BufferedStream(new UnownedStream(stream), 1 << 16))
        {
            valid = Replay(buffered, restore, false);
        }

        stream.SetLength(valid);
        stream.Position = valid;
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            if (file != LogPath(directory, revision) && file != SnapshotPath(directory, revision))
            {
                File.Delete(file);
            }
        }

        snapshotRevision = revision;
        return new WriteLog(directory, stream);
    }

    /// <summary>Writes one record; it is with the kernel when this returns.</summary>
    public void Append(LogRecord record)
    {
        long start = _stream.Position;
        try
        {
            _stream.Write(Frame(record.Object, record.IsDelete));
        }
        catch (IOException)
        {
            _stream.SetLength(start);
            _stream.Position = start;
            throw;
        }
    }

    /// <summary>Writes all objects to a new snapshot, begins a new log, and removes the old pair.</summary>
    public void WriteSnapshot(long revision, IEnumerable<StoredObject> objects)
    {
        string path = SnapshotPath(_directory, revision);
        using (var snapshot = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            foreach (StoredObject item in objects)
            {
                snapshot.Write(Frame(item, false));
            }

            snapshot.Flush(true);
        }

        File.Move(path + ".tmp", path, true);
        string oldLog = _stream.Name;
        var next = new FileStream(LogPath(_directory, revision), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 0);
        _stream.Dispose();
        _stream = next;
        File.Delete(oldLog);
        foreach (string file in Directory.EnumerateFiles(_directory, "snapshot-*").Where(f => f != path))
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        if (_stream.CanWrite)
        {
            _stream.Flush(true);
        }

        _stream.Dispose();
    }

    private static string SnapshotPath(string directory, long revision) => Path.Combine(directory, $"snapshot-{revision}");

    private static string LogPath(string directory, long revision) => Path.Combine(directory, $"log-{revision}");

    private static byte[] Frame(StoredObject item, bool deleted)
    {
        var head = new JsonObject
        {
            ["rv"] = item.Revision,
            ["g"] = item.Key.Resource.Group,
            ["r"] = item.Key.Resource.Plural,
            ["ns"] = item.Key.Namespace,
            ["n"] = item.Key.Name,
            ["d"] = deleted,
        };
        byte[] headBytes = JsonText.Bytes(head);
        int length = headBytes.Length + 1 + item.Utf8.Length;
        byte[] frame = new byte[HeaderSize + length];
        headBytes.CopyTo(frame, HeaderSize);
        frame[HeaderSize + headBytes.Length] = (byte)'\n';
        item.Utf8.Span.CopyTo(frame.AsSpan(HeaderSize + headBytes.Length + 1));
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Checksum(frame.AsSpan(HeaderSize)));
        return frame;
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>Reads records until the end or the first damaged one; returns the length of the valid part in bytes.</summary>
    private static long Replay(Stream stream, Action<LogRecord> restore, bool snapshot)
    {
        byte[] header = new byte[HeaderSize];
        long valid = 0;
        while (stream.ReadAtLeast(header, HeaderSize, false) == HeaderSize)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length is <= 0 or > MaxRecord)
            {
                break;
            }

            byte[] payload = new byte[length];
            if (stream.ReadAtLeast(payload, length, false) != length
                || Checksum(payload) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                break;
            }

            int split = payload.AsSpan().IndexOf((byte)'\n');
            JsonObject head = JsonText.ParseObject(payload.AsSpan(0, split));
            var key = new ObjectKey(new GroupResource(head.Str("g")!, head.Str("r")!), head.Str("ns")!, head.Str("n")!);
            restore(new LogRecord(new StoredObject(key, head.Int("rv")!.Value, payload[(split + 1)..]), head.Bool("d")!.Value, snapshot));
            valid += HeaderSize + length;
        }

        return valid;
    }

    /// <summary>Lets a buffer read a stream without closing it.</summary>
    private sealed class UnownedStream(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
