using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Beacon.Cli;

/// <summary>What a long-running command needs of its process: JSON logs and a token that SIGTERM and SIGINT cancel.</summary>
internal static class ProcessHost
{
    /// <summary>Runs until the work ends or a signal comes.</summary>
    public static async Task<int> RunAsync(LogLevel level, Func<ILoggerFactory, CancellationToken, Task<int>> work)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(level)
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddJsonConsole(static options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            }));
        return await work(loggers, stop.Token);

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
