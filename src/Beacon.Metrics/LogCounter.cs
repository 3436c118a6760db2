using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Beacon.Metrics;

/// <summary>Counts warnings and errors in the log, so that a process that complains more than before shows in its metrics.</summary>
/// <remarks>Added to the logger factory like any provider. What a filter keeps from the log is not counted. Thread-safe.</remarks>
public sealed class LogCounter : ILoggerProvider
{
    private readonly CountingLogger _logger;

    /// <summary>Makes the instrument.</summary>
    public LogCounter(IMeterFactory meters)
    {
        Counter<long> messages = meters.Create(new MeterOptions("Beacon.Log")).CreateCounter<long>(
            "fleet_log_messages_total", description: "Messages in the log by level: warning, error or critical.");
        _logger = new CountingLogger(messages);

        // Present from the start: a rate needs the zero before the first error.
        foreach (LogLevel level in (LogLevel[])[LogLevel.Warning, LogLevel.Error, LogLevel.Critical])
        {
            messages.Add(0, Label(level));
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => _logger;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The meter belongs to its scope.
    }

    private static KeyValuePair<string, object?> Label(LogLevel level) =>
        new("level", level switch { LogLevel.Warning => "warning", LogLevel.Error => "error", _ => "critical" });

    private sealed class CountingLogger(Counter<long> messages) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is LogLevel.Warning or LogLevel.Error or LogLevel.Critical;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                messages.Add(1, Label(logLevel));
            }
        }
    }
}
