using System.Globalization;
using System.Text;

namespace Fleet.LocalCluster.Api;

/// <summary>What of a log is wanted.</summary>
internal sealed record LogOptions
{
    public bool Follow { get; init; }

    public bool Timestamps { get; init; }

    public long? TailLines { get; init; }

    public long? LimitBytes { get; init; }

    public DateTimeOffset? Since { get; init; }
}

/// <summary>Reads a container's log file, whose lines begin with their RFC 3339 time and a space.</summary>
internal sealed class LogReader(string path, LogOptions options)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private long _sent;

    /// <summary>Copies the wanted lines; with <see cref="LogOptions.Follow"/> until the container has ended and everything is read.</summary>
    public async Task CopyAsync(Stream output, Func<bool> isRunning, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
        if (options.TailLines is long tail)
        {
            file.Position = TailStart(file, tail);
        }

        var pending = new MemoryStream();
        byte[] chunk = new byte[1 << 16];
        while (true)
        {
            bool running = isRunning();
            int read;
            while ((read = await file.ReadAsync(chunk, cancellationToken)) > 0)
            {
                pending.Write(chunk, 0, read);
                if (!await EmitAsync(pending, output, false, cancellationToken))
                {
                    return;
                }
            }

            if (!options.Follow || !running)
            {
                await EmitAsync(pending, output, true, cancellationToken);
                await output.FlushAsync(cancellationToken);
                return;
            }

            await output.FlushAsync(cancellationToken);
            await Task.Delay(Poll, time, cancellationToken);
            if (file.Length < file.Position)
            {
                file.Position = 0; // the file was begun anew
            }
        }
    }

    /// <summary>Where the last lines begin.</summary>
    private static long TailStart(FileStream file, long lines)
    {
        long position = file.Length;
        byte[] block = new byte[8192];
        long found = 0;
        while (position > 0)
        {
            int size = (int)Math.Min(block.Length, position);
            position -= size;
            file.Position = position;
            file.ReadExactly(block, 0, size);
            for (int i = size - 1; i >= 0; i--)
            {
                bool last = position + i == file.Length - 1;
                if (block[i] == (byte)'\n' && !last && ++found == lines)
                {
                    return position + i + 1;
                }
            }
        }

        return lines == 0 ? file.Length : 0;
    }

    /// <summary>Writes whole lines of what was read; false: the byte limit is reached.</summary>
    private async Task<bool> EmitAsync(MemoryStream pending, Stream output, bool all, CancellationToken cancellationToken)
    {
        byte[] data = pending.ToArray();
        int start = 0;
        while (start < data.Length)
        {
            int end = data.AsSpan(start).IndexOf((byte)'\n');
            if (end < 0 && !all)
            {
                break;
            }

            int length = end < 0 ? data.Length - start : end + 1;
            ReadOnlyMemory<byte> line = Wanted(data.AsMemory(start, length));
            start += length;
            if (options.LimitBytes is long most && _sent + line.Length > most)
            {
                await output.WriteAsync(line[..(int)(most - _sent)], cancellationToken);
                return false;
            }

            _sent += line.Length;
            await output.WriteAsync(line, cancellationToken);
        }

        pending.SetLength(0);
        pending.Write(data, start, data.Length - start);
        return true;
    }

    private ReadOnlyMemory<byte> Wanted(ReadOnlyMemory<byte> line)
    {
        int space = line.Span.IndexOf((byte)' ');
        if (space < 0)
        {
            return line;
        }

        if (options.Since is DateTimeOffset since
            && DateTimeOffset.TryParse(Encoding.ASCII.GetString(line.Span[..space]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            && at < since)
        {
            return default;
        }

        return options.Timestamps ? line : line[(space + 1)..];
    }
}
