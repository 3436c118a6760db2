using System.Globalization;
using System.Text;

namespace Fleet.LocalCluster.Pods;

/// <summary>A container's log file: each line with its RFC 3339 time before it. A file that has grown to its limit is put aside once and begun anew.</summary>
internal sealed class ContainerLog : IDisposable
{
    private const long MaxSize = 16 << 20;
    private const int MaxLine = 64 << 10;
    private const int KeptRuns = 5;
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private FileStream _stream;

    public ContainerLog(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RemoveOld(Path.GetDirectoryName(path)!);
        _stream = Open(path, FileMode.Append);
    }

    /// <summary>Copies a stream line by line until it ends.</summary>
    public async Task CopyAsync(Stream source)
    {
        byte[] buffer = new byte[16 << 10];
        var line = new MemoryStream();
        int read;
        while ((read = await source.ReadAsync(buffer)) > 0)
        {
            int start = 0;
            while (start < read)
            {
                int end = buffer.AsSpan(start, read - start).IndexOf((byte)'\n');
                int length = end < 0 ? read - start : end;
                line.Write(buffer, start, length);
                start += length + (end < 0 ? 0 : 1);
                if (end >= 0 || line.Length > MaxLine)
                {
                    WriteLine(line.GetBuffer().AsSpan(0, (int)line.Length));
                    line.SetLength(0);
                }
            }
        }

        if (line.Length > 0)
        {
            WriteLine(line.GetBuffer().AsSpan(0, (int)line.Length));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stream.Dispose();
        }
    }

    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);

    private static void RemoveOld(string directory)
    {
        IEnumerable<string> runs = Directory.EnumerateFiles(directory, "*.log")
            .OrderByDescending(f => int.TryParse(Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : -1)
            .Skip(KeptRuns - 1);
        foreach (string old in runs.ToArray())
        {
            File.Delete(old);
            File.Delete(old + ".1");
        }
    }

    private void WriteLine(ReadOnlySpan<byte> text)
    {
        string stamp = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z '", CultureInfo.InvariantCulture);
        byte[] line = new byte[stamp.Length + text.Length + 1];
        _ = Encoding.ASCII.GetBytes(stamp, line);
        text.CopyTo(line.AsSpan(stamp.Length));
        line[^1] = (byte)'\n';
        lock (_lock)
        {
            if (!_stream.CanWrite)
            {
                return;
            }

            if (_stream.Position + line.Length > MaxSize)
            {
                _stream.Dispose();
                File.Move(_path, _path + ".1", true);
                _stream = Open(_path, FileMode.Create);
            }

            _stream.Write(line);
        }
    }
}
