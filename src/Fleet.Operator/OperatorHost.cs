using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Controllers;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Operator.Measuring;
using Fleet.Operator.Probing;
using Fleet.Operator.Sampling;
using Fleet.Planning;
using Fleet.Planning.Steps;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator;

/// <summary>Runs the operator: informers, probe and controllers, until it is told to stop.</summary>
/// <remarks>
/// The custom resource definitions must be installed. Usable in a process of its own as well as inside another one. With an election the local
/// copies are kept while another instance leads, so that taking over is a matter of moments, and only the controllers wait.
/// </remarks>
public sealed class OperatorHost : IAsyncDisposable
{
    private readonly Informers _informers;
    private readonly Controller _testnets;
    private readonly Controller _nodes;
    private readonly Controller _rollouts;
    private readonly Controller _resets;
    private readonly Histories _histories = new();
    private readonly HttpClient _http;
    private readonly HttpClient _prometheusHttp;
    private readonly NodeProbe _probe;
    private readonly PairSampler _sampler;
    private readonly PairSampler _restingPairs;
    private readonly PairNoiseMeter _noise;
    private readonly EventRecorder _events;
    private readonly LeaderElector? _elector;

    private OperatorHost(IKubernetesClient client, OperatorOptions options, KubernetesMetrics metrics, LeaderElector? elector)
    {
        TimeProvider time = options.Time;
        ILoggerFactory loggers = options.LoggerFactory;
        ILeadership leadership = elector ?? Leadership.Unopposed;
        _elector = elector;
        _events = new EventRecorder(client, Labels.ManagedByValue, metrics, time, loggers.CreateLogger<EventRecorder>());
        var tracker = new WriteTracker(metrics, time);
        var untracked = new FencedClient(client, leadership);
        var fenced = new TrackingClient(untracked);
        var settings = new OperatorSettings(options.BeaconImage);
        var secrets = new SecretKeeper(fenced, time);
        var reads = new RecentReads(time);
        var owners = new OwnerChecks(fenced, reads);
        _informers = new Informers(client, options.Namespaces, ForgetAnswers, metrics, time, loggers);
        var applier = new PlanApplier(fenced, secrets, new IterationWriter(fenced, secrets), owners, reads, () => _informers.AreFresh, loggers.CreateLogger<PlanApplier>());
        var fence = new TermFence(fenced, leadership, reads);
        var statuses = new StatusWriter(fenced, time);
        var phases = new PhaseWriter(owners, fence, statuses, _events);
        _http = NodeHttp.Create(options.NodeHandler);
        _probe = new NodeProbe(ClockOf, Wake, _http, time, loggers.CreateLogger<NodeProbe>());
        var prometheus = new PrometheusPrefixes(options.PrometheusUrlPrefixes);
        _prometheusHttp = PrometheusReader.CreateClient();
        _sampler = Sampler();
        _restingPairs = Sampler();
        var targets = new PairTargets(prometheus);
        _noise = new PairNoiseMeter(_restingPairs, targets, time);
        var gatherer = new TestnetGatherer(_informers, secrets, _probe, _histories, prometheus, settings);
        _testnets = Make("testnet", new TestnetController(gatherer, _noise, secrets, applier, fence, statuses, _histories, _events, time));
        _rollouts = Make(
            "canaryrollout",
            new RolloutController(new RolloutGatherer(_informers, gatherer, _sampler, targets, _noise), _sampler, new EvidenceWriter(untracked), phases, time));
        _resets = Make(
            "chainreset",
            new ResetController(new ResetGatherer(fenced, _informers, gatherer), new ChildWriter(fenced), new EvidenceCollector(client, time), new EvidenceWriter(untracked), phases, time));
        _nodes = Make("beaconnode", new NodeController(new NodeGatherer(fenced, _informers, secrets, _probe, settings), secrets, applier, fence, statuses, _events, time));
        WireTestnets();
        WireNodes();
        WireRollouts();
        WireResets();
        _informers.Pods.AddHandler(ObservePod);
        metrics.ObserveMemory("secret findings", () => secrets.Count);
        metrics.ObserveMemory("recent reads", () => reads.Count);
        metrics.ObserveMemory("probed nodes", () => _probe.Count);
        metrics.ObserveMemory("watched pairs", () => _sampler.Count);
        metrics.ObserveMemory("remembered incidents", () => _histories.Count);
        metrics.ObserveMemory("resting pairs", () => _restingPairs.Count);
        metrics.ObserveMemory("measured pairs", () => _noise.Count);
        metrics.ObserveMemory("expected writes", () => tracker.PendingCount);
        metrics.ObserveMemory("waiting events", () => _events.PendingCount);
        if (options.Meters is { } meters)
        {
            _ = new FleetMetrics(meters, Copies, () => IsLeader && Problem is null, time);
        }

        void ForgetAnswers()
        {
            secrets.Forget();
            reads.Clear();
        }

        PairSampler Sampler() => new(
            new NodeReader(_http, time), root => new PrometheusReader(_prometheusHttp, root, time), _informers.Pods.Store.Get, _probe.Find, time, loggers.CreateLogger<PairSampler>());

        Controller Make(string name, IReconciler reconciler) => new(
            new ControllerOptions { Name = name, Workers = options.Workers }, reconciler, tracker, metrics, time, loggers.CreateLogger<Controller>());
    }

    /// <summary>Whether every local copy is complete; also while another instance leads.</summary>
    public bool IsReady => _informers.HaveSynced;

    /// <summary>Whether this instance writes.</summary>
    public bool IsLeader => _elector is null or { IsLeader: true };

    /// <summary>Whether no object waits or is worked on; those that wait for their time do not count.</summary>
    public bool IsIdle => _testnets.IsIdle && _nodes.IsIdle && _rollouts.IsIdle && _resets.IsIdle;

    /// <summary>What no longer moves although it should, as a sentence; null when all is well.</summary>
    public string? Problem =>
        _informers.Stuck is { } kind ? $"The local copy of {kind} has not moved for longer than any outage explains."
        : _testnets.IsStuck ? "A pass over a testnet does not end."
        : _nodes.IsStuck ? "A pass over a node does not end."
        : _rollouts.IsStuck ? "A pass over a roll-out does not end."
        : _resets.IsStuck ? "A pass over a reset does not end."
        : null;

    /// <summary>Runs until cancelled.</summary>
    /// <param name="client">Access to the API server.</param>
    /// <param name="options">Settings.</param>
    /// <param name="onStarted">Told once, before anything is read; for those who want to ask whether it is ready.</param>
    /// <param name="cancellationToken">Ends it; returns when everything has ended and the lease, if there is one, is handed over.</param>
    public static async Task RunAsync(IKubernetesClient client, OperatorOptions options, Action<OperatorHost>? onStarted, CancellationToken cancellationToken)
    {
        using KubernetesMetrics? own = options.Metrics is null ? new KubernetesMetrics() : null;
        KubernetesMetrics metrics = options.Metrics ?? own!;
        using LeaderElector? elector = options.Election is { } election
            ? new LeaderElector(client, election, metrics, options.Time, options.LoggerFactory.CreateLogger<LeaderElector>())
            : null;
        await using var host = new OperatorHost(client, options, metrics, elector);
        onStarted?.Invoke(host);
        await host.RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sampler.DisposeAsync();
        await _restingPairs.DisposeAsync();
        await _probe.DisposeAsync();
        _testnets.Dispose();
        _nodes.Dispose();
        _rollouts.Dispose();
        _resets.Dispose();
        _http.Dispose();
        _prometheusHttp.Dispose();
        _events.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> loops =
        [
            _events.RunAsync(stop.Token),
            _informers.RunAsync(stop.Token),
            _elector?.RunAsync(LeadAsync, stop.Token) ?? LeadAsync(stop.Token),
        ];

        // None of them ends by itself; one that fails takes the others with it, so that no half of an operator stays.
        await Task.WhenAny(loops);
        await stop.CancelAsync();
        try
        {
            await Task.WhenAll(loops);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        // What an earlier term left undone is not told by any change.
        foreach (Testnet testnet in _informers.Testnets.Store.List())
        {
            _testnets.Enqueue(ObjectKey.Of(testnet));
        }

        foreach (BeaconNode node in _informers.Nodes.Store.List())
        {
            _nodes.Enqueue(ObjectKey.Of(node));
        }

        foreach (CanaryRollout rollout in _informers.Rollouts.Store.List())
        {
            _rollouts.Enqueue(ObjectKey.Of(rollout));
        }

        foreach (ChainReset reset in _informers.Resets.Store.List())
        {
            _resets.Enqueue(ObjectKey.Of(reset));
        }

        try
        {
            await Task.WhenAll(_testnets.RunAsync(cancellationToken), _nodes.RunAsync(cancellationToken), _rollouts.RunAsync(cancellationToken), _resets.RunAsync(cancellationToken));
        }
        finally
        {
            // Who decides nothing need not watch; the next leader does.
            _sampler.ReleaseAll();
            _histories.Clear();
            _noise.Pause();
        }
    }

    private void WireTestnets() => _testnets
        .Watch(_informers.Testnets, change => Watches.TestnetAndRivals(change, _informers.Testnets.Store.List()))
        .Watch(_informers.Nodes, Watches.TestnetOf, Watches.ConcernsTestnet)
        .Watch(_informers.Rollouts, change => [new ObjectKey(change.Key.Namespace, change.Latest.Spec.Testnet)])
        .Watch(_informers.Resets, change => [new ObjectKey(change.Key.Namespace, change.Latest.Spec.Testnet)])
        .Watch(_informers.StatefulSets, Watches.LabelledTestnet, change => change.Kind != ChangeKind.Updated || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation)
        .Watch(_informers.Pods, Watches.LabelledTestnet)
        .Watch(_informers.ConfigMaps, Watches.LabelledTestnet)
        .Watch(_informers.Services, Watches.LabelledTestnet)
        .Watch(_informers.Budgets, Watches.LabelledTestnet, change => change.Kind != ChangeKind.Updated || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation);

    private void WireNodes() => _nodes
        .Watch(_informers.Nodes, Controller.Self)
        .Watch(_informers.Testnets, change => _informers.Nodes.Store.OfGroup(change.Key.Namespace, change.Key.Name).Select(ObjectKey.Of), Watches.ConcernsNodes)
        .Watch(_informers.StatefulSets, Watches.LabelledNode)
        .Watch(_informers.Pods, Watches.LabelledNode)
        .Watch(_informers.Claims, Watches.LabelledNode)
        .Watch(_informers.ConfigMaps, _ => [], _ => false);

    private void WireRollouts() => _rollouts
        .Watch(_informers.Rollouts, Controller.Self)
        .Watch(_informers.Testnets, change => ActiveRollouts(change.Key), change => change.Kind != ChangeKind.Updated || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation)
        .Watch(_informers.Pods, change => Watches.LabelledTestnet(change).SelectMany(ActiveRollouts))
        .Watch(_informers.ConfigMaps, _ => [], _ => false)
        .Watch(_informers.Nodes, _ => [], _ => false)
        .Watch(_informers.StatefulSets, _ => [], _ => false);

    private void WireResets() => _resets
        .Watch(_informers.Resets, Controller.Self)
        .Watch(_informers.Testnets, change => ActiveResets(change.Key))
        .Watch(_informers.Pods, change => Watches.LabelledTestnet(change).SelectMany(ActiveResets))
        .Watch(_informers.Nodes, change => Watches.TestnetOf(change).SelectMany(ActiveResets), Watches.ConcernsTestnet)
        .Watch(_informers.ConfigMaps, change => Watches.LabelledTestnet(change).SelectMany(ActiveResets));

    private IEnumerable<ObjectKey> ActiveResets(ObjectKey testnet) =>
        _informers.Resets.Store.OfGroup(testnet.Namespace, testnet.Name).Where(reset => !ResetPhases.IsEnd(reset.Status?.Phase)).Select(ObjectKey.Of);

    private IEnumerable<ObjectKey> ActiveRollouts(ObjectKey testnet) =>
        _informers.Rollouts.Store.OfGroup(testnet.Namespace, testnet.Name).Where(rollout => !RolloutPhases.IsEnd(rollout.Status?.Phase)).Select(ObjectKey.Of);

    private void ObservePod(ObjectChange<Pod> change)
    {
        Dictionary<string, string>? labels = change.Latest.Metadata.Labels;
        if (labels?.GetValueOrDefault(Labels.Node) is { } node && labels.GetValueOrDefault(Labels.Testnet) is { } testnet)
        {
            _probe.Observe(new ObjectKey(change.Key.Namespace, node), testnet, change.Current);
        }
    }

    /// <summary>What the local copies hold of every testnet, for those who scrape.</summary>
    private IEnumerable<TestnetCopies> Copies() =>
        from testnet in _informers.Testnets.Store.List()
        where testnet.Metadata.DeletionTimestamp is null
        let key = ObjectKey.Of(testnet)
        let record = TestnetGatherer.FindRecord(_informers.ConfigMaps.Store.OfGroup(key.Namespace, key.Name))
        select new TestnetCopies(
            testnet,
            [.. _informers.Nodes.Store.OfGroup(key.Namespace, key.Name).Where(node => node.Metadata.DeletionTimestamp is null).Select(node => (node, _probe.Find(ObjectKey.Of(node))))],
            _informers.Rollouts.Store.OfGroup(key.Namespace, key.Name),
            _informers.Resets.Store.OfGroup(key.Namespace, key.Name),
            record is null ? ChainClock.Of(testnet.Spec.Network.Preset, testnet.Spec.Network.Config) : ChainClock.Of(record.Parameters.Preset, record.Parameters.Config));

    private ChainClock ClockOf(ObjectKey node, string testnet)
    {
        NetworkSpec? network = _informers.Testnets.Store.Get(new ObjectKey(node.Namespace, testnet))?.Spec.Network;
        return ChainClock.Of(network?.Preset ?? "minimal", network?.Config);
    }

    private void Wake(ObjectKey node, string testnet)
    {
        _nodes.Enqueue(node);
        _testnets.Enqueue(new ObjectKey(node.Namespace, testnet));
    }
}
