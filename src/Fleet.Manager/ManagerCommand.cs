using System.CommandLine;
using Beacon.Metrics;
using Fleet.Kubernetes;
using Fleet.Operator;
using Microsoft.Extensions.Logging;

namespace Fleet.Manager;

/// <summary>The process from its arguments to its exit code.</summary>
internal static class ManagerCommand
{
    /// <summary>It could not start, or broke.</summary>
    public const int Failed = 1;

    /// <summary>Arguments or configuration make no sense.</summary>
    public const int BadUsage = 2;

    /// <summary>Runs the manager.</summary>
    /// <param name="args">Arguments.</param>
    /// <param name="error">Where the one sentence goes that says why it ended.</param>
    /// <param name="onListening">See <see cref="ManagerHost.OnListening"/>.</param>
    /// <param name="cancellationToken">SIGTERM.</param>
    /// <returns>0 when it was told to stop, else <see cref="Failed"/> or <see cref="BadUsage"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, TextWriter error, Action<MetricsEndpoint?, HealthEndpoint?>? onListening, CancellationToken cancellationToken)
    {
        ParseResult parsed = CommandLine.Parse(args, (settings, token) => HostAsync(settings, onListening, token));
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"fleet-manager: {parsed.Errors[0].Message} See --help.");
            return BadUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is BadSettingsException or KubeconfigException)
        {
            await error.WriteLineAsync($"fleet-manager: {exception.Message}");
            return BadUsage;
        }
        catch (Exception exception) when (exception is StartFailedException or KubernetesException or OperatorException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"fleet-manager: {exception.Message}");
            return Failed;
        }
    }

    private static async Task<int> HostAsync(ManagerSettings settings, Action<MetricsEndpoint?, HealthEndpoint?>? onListening, CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(settings.LogLevel)
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddJsonConsole(static options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            }));
        await new ManagerHost(settings, loggers) { OnListening = onListening }.RunAsync(cancellationToken);
        return 0;
    }
}
