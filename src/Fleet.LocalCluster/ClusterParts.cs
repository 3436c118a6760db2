using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Pods;
using Fleet.LocalCluster.Resources;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster;

/// <summary>What runs beside the API server: controllers and the pod runner.</summary>
internal sealed class ClusterParts : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Controller> _controllers = [];
    private readonly PodRunner? _runner;
    private Task _running = Task.CompletedTask;

    private ClusterParts(PodRunner? runner)
    {
        _runner = runner;
    }

    /// <summary>Where container logs are found; null without a pod runner.</summary>
    public IPodLogs? Logs => _runner;

    /// <summary>Makes everything ready; nothing runs yet.</summary>
    public static ClusterParts Prepare(LocalClusterOptions options, ObjectService objects)
    {
        string dataDir = Path.GetFullPath(options.DataDir);
        PodRunner? runner = null;
        if (options.RunPods)
        {
            runner = new PodRunner(options, objects, AddressPool.Open(dataDir), options.LoggerFactory.CreateLogger<PodRunner>());
            runner.CleanUpAfterCrash();
        }

        var parts = new ClusterParts(runner);
        TimeProvider time = options.TimeProvider;
        ILogger logger = options.LoggerFactory.CreateLogger("Fleet.LocalCluster.Controllers");
        parts._controllers.Add(new LifecycleController(objects, options.RunControllers, time, logger));
        parts._controllers.Add(new EventExpiry(objects, time, logger));
        if (options.RunControllers)
        {
            parts._controllers.AddRange(
            [
                new StatefulSetController(objects, time, logger),
                new GarbageCollector(objects, time, logger),
                new ClaimController(objects, Path.Combine(dataDir, "claims"), time, logger),
                new BudgetController(objects, time, logger),
                new EndpointsController(objects, Path.Combine(dataDir, "hosts"), time, logger),
            ]);
        }

        return parts;
    }

    /// <summary>Starts controllers and runner.</summary>
    public void Start()
    {
        _running = Task.WhenAll(_controllers.Select(c => Task.Run(() => c.RunAsync(_stopping.Token))));
        _runner?.Start();
    }

    /// <summary>Stops the controllers, then terminates the pods.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        if (_runner is not null)
        {
            await _runner.DisposeAsync();
        }

        _stopping.Dispose();
    }
}
