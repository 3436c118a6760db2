using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Controllers;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Operator.Probing;
using Fleet.Planning;
using Fleet.Planning.Steps;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator;

/// <summary>Runs the operator: informers, probe and controllers, until it is told to stop.</summary>
/// <remarks>The custom resource definitions must be installed. Usable in a process of its own as well as inside another one.</remarks>
public sealed class OperatorHost
{
    private readonly List<Scope> _scopes = [];

    private OperatorHost()
    {
    }

    /// <summary>Whether every local copy is complete and follows the server.</summary>
    public bool IsReady => _scopes.Count > 0 && _scopes.TrueForAll(scope => scope.Informers.AreFresh);

    /// <summary>Whether no object waits or is worked on; those that wait for their time do not count.</summary>
    public bool IsIdle => _scopes.TrueForAll(scope => scope.Testnets.IsIdle && scope.Nodes.IsIdle);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="client">Access to the API server.</param>
    /// <param name="options">Settings.</param>
    /// <param name="onStarted">Told once, before anything is read; for those who want to ask whether it is ready.</param>
    /// <param name="cancellationToken">Ends it; returns when everything has ended.</param>
    public static async Task RunAsync(IKubernetesClient client, OperatorOptions options, Action<OperatorHost>? onStarted, CancellationToken cancellationToken)
    {
        using var metrics = new KubernetesMetrics();
        var tracker = new WriteTracker(metrics, options.Time);
        var tracking = new TrackingClient(client);
        using var events = new EventRecorder(client, Labels.ManagedByValue, metrics, options.Time, options.LoggerFactory.CreateLogger<EventRecorder>());
        var host = new OperatorHost();
        IEnumerable<Testnet> All() => host._scopes.SelectMany(scope => scope.Informers.Testnets.Store.List());
        string?[] namespaces = options.Namespaces.Count == 0 ? [null] : [.. options.Namespaces];
        foreach (string? name in namespaces)
        {
            host._scopes.Add(new Scope(tracking, tracker, name, options, metrics, events, All));
        }

        onStarted?.Invoke(host);
        try
        {
            await Task.WhenAll([events.RunAsync(cancellationToken), .. host._scopes.Select(scope => scope.RunAsync(cancellationToken))]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            foreach (Scope scope in host._scopes)
            {
                await scope.DisposeAsync();
            }
        }
    }

    /// <summary>Informers, probe and controllers of one namespace, or of all.</summary>
    private sealed class Scope : IAsyncDisposable
    {
        private readonly NodeProbe _probe;

        public Scope(
            IKubernetesClient client, WriteTracker tracker, string? @namespace, OperatorOptions options, KubernetesMetrics metrics, IEventRecorder events, Func<IEnumerable<Testnet>> all)
        {
            TimeProvider time = options.Time;
            ILoggerFactory loggers = options.LoggerFactory;
            Informers = new Informers(client, @namespace, metrics, time, loggers);
            var settings = new OperatorSettings(options.BeaconImage);
            var secrets = new SecretKeeper(client, time);
            var applier = new PlanApplier(client, secrets, new IterationWriter(client, secrets), loggers.CreateLogger<PlanApplier>());
            var statuses = new StatusWriter(client, time);
            _probe = new NodeProbe(ClockOf, Wake, time, loggers.CreateLogger<NodeProbe>());
            Testnets = new Controller(
                new ControllerOptions { Name = "testnet", Workers = options.Workers },
                new TestnetController(new TestnetGatherer(Informers, all, secrets, _probe, settings), applier, statuses, events, time),
                tracker,
                metrics,
                time,
                loggers.CreateLogger<Controller>());
            Nodes = new Controller(
                new ControllerOptions { Name = "beaconnode", Workers = options.Workers },
                new NodeController(new NodeGatherer(Informers, secrets, _probe, settings), applier, statuses, events, time),
                tracker,
                metrics,
                time,
                loggers.CreateLogger<Controller>());
            WireTestnets(all);
            WireNodes();
            Informers.Pods.AddHandler(ObservePod);
        }

        public Informers Informers { get; }

        public Controller Testnets { get; }

        public Controller Nodes { get; }

        public Task RunAsync(CancellationToken cancellationToken) =>
            Task.WhenAll(Informers.RunAsync(cancellationToken), Testnets.RunAsync(cancellationToken), Nodes.RunAsync(cancellationToken));

        public async ValueTask DisposeAsync()
        {
            await _probe.DisposeAsync();
            Testnets.Dispose();
            Nodes.Dispose();
        }

        private void WireTestnets(Func<IEnumerable<Testnet>> all) => Testnets
            .Watch(Informers.Testnets, change => Watches.TestnetAndRivals(change, all()))
            .Watch(Informers.Nodes, Watches.TestnetOf, Watches.ConcernsTestnet)
            .Watch(Informers.StatefulSets, Watches.LabelledTestnet, change => change.Kind != ChangeKind.Updated || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation)
            .Watch(Informers.Pods, Watches.LabelledTestnet)
            .Watch(Informers.ConfigMaps, Watches.LabelledTestnet)
            .Watch(Informers.Services, Watches.LabelledTestnet)
            .Watch(Informers.Budgets, Watches.LabelledTestnet, change => change.Kind != ChangeKind.Updated || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation);

        private void WireNodes() => Nodes
            .Watch(Informers.Nodes, Controller.Self)
            .Watch(Informers.Testnets, change => Informers.Nodes.Store.List(change.Key.Namespace).Where(node => node.Spec.Testnet == change.Key.Name).Select(ObjectKey.Of), Watches.ConcernsNodes)
            .Watch(Informers.StatefulSets, Watches.LabelledNode)
            .Watch(Informers.Pods, Watches.LabelledNode)
            .Watch(Informers.Claims, Watches.LabelledNode)
            .Watch(Informers.ConfigMaps, _ => [], _ => false);

        private void ObservePod(ObjectChange<Pod> change)
        {
            Dictionary<string, string>? labels = change.Latest.Metadata.Labels;
            if (labels?.GetValueOrDefault(Labels.Node) is { } node && labels.GetValueOrDefault(Labels.Testnet) is { } testnet)
            {
                _probe.Observe(new ObjectKey(change.Key.Namespace, node), testnet, change.Current);
            }
        }

        private ChainClock ClockOf(ObjectKey node, string testnet)
        {
            NetworkSpec? network = Informers.Testnets.Store.Get(new ObjectKey(node.Namespace, testnet))?.Spec.Network;
            return ChainClock.Of(network?.Preset ?? "minimal", network?.Config);
        }

        private void Wake(ObjectKey node, string testnet)
        {
            Nodes.Enqueue(node);
            Testnets.Enqueue(new ObjectKey(node.Namespace, testnet));
        }
    }
}
