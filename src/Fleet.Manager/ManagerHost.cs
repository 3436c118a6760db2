using Beacon.Metrics;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Operator;
using Microsoft.Extensions.Logging;

namespace Fleet.Manager;

/// <summary>A configuration that cannot be used; the message says what to change.</summary>
internal sealed class BadSettingsException(string message) : Exception(message);

/// <summary>A start that cannot succeed as things are; the message says what to do.</summary>
internal sealed class StartFailedException(string message) : Exception(message);

/// <summary>Hosts the operator in a process of its own.</summary>
internal sealed class ManagerHost(ManagerSettings settings, ILoggerFactory loggers)
{
    /// <summary>Labels of the operator are names of objects of one cluster, and nodes alone may be 4,096.</summary>
    private const int MaximumSeries = 20_000;

    private OperatorHost? _operator;

    /// <summary>Told once, when everything listens; for tests that let the system choose ports.</summary>
    public Action<MetricsEndpoint?, HealthEndpoint?>? OnListening { get; init; }

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="BadSettingsException">The settings do not fit each other.</exception>
    /// <exception cref="KubeconfigException">No cluster is configured, or it cannot be used.</exception>
    /// <exception cref="StartFailedException">The cluster does not serve what is needed.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = settings.Kubeconfig });
        LeaderElectionOptions? election = settings.LeaderElect ? Election(config) : null;
        using var scope = new MetricsScope();
        using var registry = new MetricsRegistry(scope, maximumSeries: MaximumSeries);
        using var metrics = new KubernetesMetrics(scope);
        using var client = new KubernetesClient(config, logger: loggers.CreateLogger<KubernetesClient>(), metrics: metrics);

        // Probes answer before the API server does: a slow cluster is no reason to kill the process.
        await using MetricsEndpoint? exporter = settings.MetricsAddress is { } address
            ? await MetricsEndpoint.StartAsync(address.Address, address.Port, registry, Unhealthy, cancellationToken)
            : null;
        await using HealthEndpoint? health = settings.HealthAddress is { } probes ? await HealthEndpoint.StartAsync(probes, Unhealthy, Unready, cancellationToken) : null;
        OnListening?.Invoke(exporter, health);
        await CheckClusterAsync(client, cancellationToken);
        var options = new OperatorOptions
        {
            BeaconImage = settings.BeaconImage,
            Namespaces = settings.WatchNamespaces,
            PrometheusUrlPrefixes = settings.PrometheusUrlPrefixes,
            Workers = settings.Workers,
            Election = election,
            Metrics = metrics,
            Meters = scope,
            LoggerFactory = loggers,
        };
        await OperatorHost.RunAsync(client, options, started => _operator = started, cancellationToken);
    }

    private string? Unhealthy() => Volatile.Read(ref _operator)?.Problem;

    private string? Unready() => Volatile.Read(ref _operator) is { IsReady: true } ? null : "The local copies are not complete yet.";

    private LeaderElectionOptions Election(KubernetesClientConfig config)
    {
        string? home = settings.LeaderElectionNamespace ?? (config.Origin == InClusterConfig.Origin ? config.Namespace : null);
        if (home is null)
        {
            throw new BadSettingsException("--leader-elect needs --leader-election-namespace outside of a cluster.");
        }

        var options = new LeaderElectionOptions
        {
            Namespace = home,
            Name = settings.LeaderElectionId,
            LeaseDuration = settings.LeaseDuration,
            RenewDeadline = settings.RenewDeadline,
            RetryPeriod = settings.RetryPeriod,
        };
        return options.Problem() is { } problem ? throw new BadSettingsException($"--leader-elect: {problem}.") : options;
    }

    /// <summary>What would otherwise only be a process that is never ready.</summary>
    private async Task CheckClusterAsync(KubernetesClient client, CancellationToken cancellationToken)
    {
        string? where = settings.WatchNamespaces.Count > 0 ? settings.WatchNamespaces[0] : null;
        try
        {
            await client.ListAsync<Testnet>(where, new ListOptions { Limit = 1 }, cancellationToken);
            await client.ListAsync<BeaconNode>(where, new ListOptions { Limit = 1 }, cancellationToken);
            await client.ListAsync<CanaryRollout>(where, new ListOptions { Limit = 1 }, cancellationToken);
            await client.ListAsync<ChainReset>(where, new ListOptions { Limit = 1 }, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            throw new StartFailedException($"{client.Server} does not serve {FleetGroup.Name}: install the custom resource definitions first (kubectl apply -f crds/).");
        }
        catch (KubernetesException exception) when (exception.IsForbidden)
        {
            throw new StartFailedException(
                $"This service account may not list testnets {(where is null ? "in all namespaces: grant it, or name namespaces with --watch-namespaces" : $"in namespace {where}: grant it there")} ({exception.Message}).");
        }
    }
}
