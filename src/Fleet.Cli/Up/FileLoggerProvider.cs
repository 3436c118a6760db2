using Microsoft.Extensions.Logging;

namespace Fleet.Cli.Up;

/// <summary>Writes log lines to a file of the data directory, because the terminal shows the fleet itself.</summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    /// <summary>Size at which the file is begun anew, keeping one predecessor.</summary>
    private const long MaxSize = 16 << 20;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private StreamWriter _writer;

    public FileLoggerProvider(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _writer = Open();
    }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private StreamWriter Open() => new(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            if (_writer.BaseStream.Position > MaxSize)
            {
                _writer.Dispose();
                File.Move(_path, _path + ".1", overwrite: true);
                _writer = Open();
            }

            _writer.WriteLine($"{_time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {level} {category}: {message}");
            if (exception is not null)
            {
                _writer.WriteLine(exception);
            }
        }
    }

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, category, formatter(state, exception), exception);
    }
}
