using System.Net;
using Beacon.Metrics;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.LocalCluster;
using Fleet.Operator;
using Microsoft.Extensions.Logging;

namespace Fleet.Cli.Up;

/// <summary>A cluster in this process and the operator that works on it, over HTTPS like everybody else.</summary>
internal sealed class LocalFleet : IAsyncDisposable
{
    private readonly LocalCluster.LocalCluster _cluster;
    private readonly KubernetesClient _client;
    private readonly ILoggerFactory _loggers;
    private readonly CancellationTokenSource _stopping = new();
    private readonly MetricsScope _scope = new();
    private readonly MetricsRegistry _registry;
    private readonly KubernetesMetrics _metrics;
    private MetricsEndpoint? _exporter;
    private OperatorHost? _host;
    private Task _operator = Task.CompletedTask;

    private LocalFleet(LocalCluster.LocalCluster cluster, KubernetesClient client, ILoggerFactory loggers)
    {
        _cluster = cluster;
        _client = client;
        _loggers = loggers;
        _registry = new MetricsRegistry(_scope);
        _metrics = new KubernetesMetrics(_scope);
    }

    /// <summary>URL of the API server.</summary>
    public string ApiServer => _cluster.ApiServerUrl;

    /// <summary>Completes with an error when the operator ends by itself, which it never should.</summary>
    public Task Operator => _operator;

    /// <exception cref="CliException">The directory or the port cannot be used.</exception>
    public static async Task<LocalFleet> StartAsync(UpOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ILoggerFactory loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning)
            .AddProvider(new FileLoggerProvider(options.DataDirectory.OperatorLog, time)));
        LocalCluster.LocalCluster cluster = await StartClusterAsync(options, loggers, time, cancellationToken);
        var client = new KubernetesClient(
            Kubeconfig.Load(new KubeconfigOptions { Path = cluster.KubeconfigPath }), options: null, time, loggers.CreateLogger<KubernetesClient>());
        var fleet = new LocalFleet(cluster, client, loggers);
        try
        {
            await CustomResourceDefinitions.InstallAsync(client, time, cancellationToken);
            if (options.OperatorMetricsPort > 0)
            {
                fleet._exporter = await fleet.ExportAsync(options.OperatorMetricsPort, cancellationToken);
            }

            var settings = new OperatorOptions { BeaconImage = ImageMap.DefaultBeaconImage, Time = time, LoggerFactory = loggers, Metrics = fleet._metrics, Meters = fleet._scope };
            fleet._operator = OperatorHost.RunAsync(client, settings, host => fleet._host = host, fleet._stopping.Token);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>The operator ends first, so that nobody restarts the pods that the cluster then terminates.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _operator.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_exporter is not null)
        {
            await _exporter.DisposeAsync();
        }

        _client.Dispose();
        await _cluster.DisposeAsync();
        _registry.Dispose();
        _metrics.Dispose();
        _scope.Dispose();
        _stopping.Dispose();
        _loggers.Dispose();
    }

    private async Task<MetricsEndpoint> ExportAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            return await MetricsEndpoint.StartAsync(IPAddress.Loopback, port, _registry, () => Volatile.Read(ref _host)?.Problem, cancellationToken);
        }
        catch (IOException e)
        {
            throw new CliException($"The operator's metrics cannot be served on 127.0.0.1:{port} ({e.Message.TrimEnd('.')}); choose another port with --operator-metrics-port.", ExitCodes.Failed, e);
        }
    }

    private static async Task<LocalCluster.LocalCluster> StartClusterAsync(
        UpOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await LocalCluster.LocalCluster.StartAsync(
                new LocalClusterOptions
                {
                    DataDir = options.DataDirectory.Path,
                    ApiPort = options.ApiPort,
                    ImageMap = options.Images,
                    TimeProvider = time,
                    LoggerFactory = loggers,
                },
                cancellationToken);
        }
        catch (LocalClusterException e)
        {
            throw new CliException(e.Message, ExitCodes.Failed, e);
        }
    }
}
