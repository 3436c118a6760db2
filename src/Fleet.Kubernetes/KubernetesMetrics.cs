using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Fleet.Kubernetes;

/// <summary>Instruments of client, informers, queues, controllers, leader election and events.</summary>
/// <remarks>
/// What controller-runtime and client-go measure carries their names and labels, so that dashboards and alerts made for them fit. One instance
/// per process; every label has a bounded set of values (kinds, controller names, outcomes, configured namespaces).
/// </remarks>
public sealed class KubernetesMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Fleet.Kubernetes";

    /// <summary>Seconds; those of controller-runtime.</summary>
    private static readonly double[] ReconcileBuckets =
    [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15,
        20, 25, 30, 40, 50, 60,
    ];

    /// <summary>Seconds; those of client-go's work queues.</summary>
    private static readonly double[] QueueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

    private readonly Meter _meter;
    private readonly ConcurrentDictionary<IQueueFacts, byte> _queues = new();
    private readonly ConcurrentDictionary<string, int> _workers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Name, string Label, string Value), Func<double>> _gauges = new();

    /// <summary>Creates the instruments.</summary>
    public KubernetesMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        Reconciles = Counter("controller_runtime_reconcile_total", "Passes by controller and result (success, requeue, requeue_after, error).");
        ReconcileErrors = Counter("controller_runtime_reconcile_errors_total", "Passes that failed, by controller.");
        TerminalErrors = Counter("controller_runtime_terminal_reconcile_errors_total", "Passes that ended because the declared state makes no sense, by controller.");
        ReconcileTimeouts = Counter("controller_runtime_reconcile_timeouts_total", "Passes ended because they took too long, by controller.");
        ReconcileTime = Histogram("controller_runtime_reconcile_time_seconds", "Duration of a pass, by controller.", ReconcileBuckets);
        ActiveWorkers = _meter.CreateUpDownCounter<long>("controller_runtime_active_workers", null, "Passes that run now, by controller.");
        Observe("controller_runtime_max_concurrent_reconciles", "Most passes at the same time, by controller.", MaxWorkers);
        Observe("workqueue_depth", "Keys that wait.", () => Queues(static queue => queue.Depth));
        Observe("workqueue_unfinished_work_seconds", "Sum of the ages of the keys that are worked on.", () => Queues(static queue => queue.UnfinishedWork.TotalSeconds));
        Observe("workqueue_longest_running_processor_seconds", "Age of the key that is worked on for longest.", () => Queues(static queue => queue.LongestRunning.TotalSeconds));
        QueueAdds = Counter("workqueue_adds_total", "Keys added.");
        QueueRetries = Counter("workqueue_retries_total", "Keys added again after a failure.");
        QueueDropped = Counter("fleet_workqueue_dropped_total", "Keys refused because the queue was full.");
        QueueTime = Histogram("workqueue_queue_duration_seconds", "How long a key waited before it was taken.", QueueBuckets);
        WorkTime = Histogram("workqueue_work_duration_seconds", "How long a key was worked on.", QueueBuckets);
        Requests = Counter("rest_client_requests_total", "Requests to the API server by code, method and host; the code is <error> where no answer came.");
        Observe("leader_election_master_status", "1 while this process holds the lease of that name, else 0.", () => Gauges("leader_election_master_status"));
        Relists = Counter("fleet_informer_relists_total", "Full lists by kind and reason.");
        WatchEvents = Counter("fleet_informer_events_total", "Watch events by kind and type.");
        ExpectationsExpired = Counter("fleet_expectations_expired_total", "Own writes that did not come back in time, by kind.");
        Events = Counter("fleet_events_total", "Event writes by outcome (created, updated, failed, dropped).");
        Observe("fleet_memory_entries", "Entries of a bounded memory, by its name.", () => Gauges("fleet_memory_entries"));
    }

    internal Counter<long> Reconciles { get; }

    internal Counter<long> ReconcileErrors { get; }

    internal Counter<long> TerminalErrors { get; }

    internal Counter<long> ReconcileTimeouts { get; }

    internal Histogram<double> ReconcileTime { get; }

    internal UpDownCounter<long> ActiveWorkers { get; }

    internal Counter<long> QueueAdds { get; }

    internal Counter<long> QueueRetries { get; }

    internal Counter<long> QueueDropped { get; }

    internal Histogram<double> QueueTime { get; }

    internal Histogram<double> WorkTime { get; }

    internal Counter<long> Requests { get; }

    internal Counter<long> Relists { get; }

    internal Counter<long> WatchEvents { get; }

    internal Counter<long> ExpectationsExpired { get; }

    internal Counter<long> Events { get; }

    /// <summary>Publishes how many entries a bounded memory holds.</summary>
    /// <param name="memory">Its name; a later one of the same name takes its place.</param>
    /// <param name="count">Called at each scrape.</param>
    public void ObserveMemory(string memory, Func<int> count) => _gauges[("fleet_memory_entries", "memory", memory)] = () => count();

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Publishes a queue as long as it lives.</summary>
    internal void Register(IQueueFacts queue)
    {
        _queues[queue] = 0;
        QueueRetries.Add(0, new("name", queue.Name), new("controller", queue.Name));
        QueueDropped.Add(0, new("name", queue.Name), new("controller", queue.Name));
    }

    /// <summary>Ends <see cref="Register"/>.</summary>
    internal void Unregister(IQueueFacts queue) => _queues.TryRemove(queue, out _);

    /// <summary>Publishes a controller. What counts what may never happen begins with 0, so that its first rise is seen.</summary>
    internal void Begin(string controller, int workers)
    {
        _workers[controller] = workers;
        var tag = new KeyValuePair<string, object?>("controller", controller);
        foreach (string result in (ReadOnlySpan<string>)["success", "requeue", "requeue_after", "error"])
        {
            Reconciles.Add(0, tag, new("result", result));
        }

        foreach (Counter<long> rare in (ReadOnlySpan<Counter<long>>)[ReconcileErrors, TerminalErrors, ReconcileTimeouts])
        {
            rare.Add(0, tag);
        }
    }

    internal void ObserveLeadership(string lease, Func<bool> isLeader) => _gauges[("leader_election_master_status", "name", lease)] = () => isLeader() ? 1 : 0;

    private Counter<long> Counter(string name, string description) => _meter.CreateCounter<long>(name, null, description);

    private Histogram<double> Histogram(string name, string description, double[] buckets) =>
        _meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });

    private void Observe(string name, string description, Func<IEnumerable<Measurement<double>>> values) =>
        _meter.CreateObservableGauge(name, values, null, description);

    private IEnumerable<Measurement<double>> MaxWorkers() =>
        _workers.Select(pair => new Measurement<double>(pair.Value, new KeyValuePair<string, object?>("controller", pair.Key)));

    private IEnumerable<Measurement<double>> Queues(Func<IQueueFacts, double> value) =>
        _queues.Keys.Select(queue => new Measurement<double>(value(queue), new("name", queue.Name), new("controller", queue.Name)));

    private IEnumerable<Measurement<double>> Gauges(string name) =>
        _gauges.Where(pair => pair.Key.Name == name).Select(pair => new Measurement<double>(pair.Value(), new KeyValuePair<string, object?>(pair.Key.Label, pair.Key.Value)));
}

/// <summary>What a queue tells about itself at a scrape.</summary>
internal interface IQueueFacts
{
    /// <summary>Label of the queue, which is its controller's name.</summary>
    string Name { get; }

    /// <summary>Keys that wait.</summary>
    int Depth { get; }

    /// <summary>Sum of the ages of the keys that are worked on.</summary>
    TimeSpan UnfinishedWork { get; }

    /// <summary>Age of the key that is worked on for longest; zero when there is none.</summary>
    TimeSpan LongestRunning { get; }
}
