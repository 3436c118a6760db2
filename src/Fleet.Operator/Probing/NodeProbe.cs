using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Probing;

/// <summary>Asks every node what it sees, as often as slots pass, and folds the answers into immutable snapshots.</summary>
/// <remarks>One loop per pod, begun and ended by what the pod informer tells. Whoever wants to know of transitions gives a callback.</remarks>
internal sealed partial class NodeProbe : IAsyncDisposable
{
    /// <summary>Most pods that are asked.</summary>
    public const int Capacity = 4096;

    private readonly ConcurrentDictionary<ObjectKey, Target> _targets = new();
    private readonly ConcurrentDictionary<ObjectKey, NodeSnapshot> _snapshots = new();
    private readonly HttpClient _http;
    private readonly Func<ObjectKey, string, Planning.Steps.ChainClock> _clock;
    private readonly Action<ObjectKey, string> _onTransition;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>A probe without targets.</summary>
    /// <param name="clock">Slots of a testnet, by namespace and name.</param>
    /// <param name="onTransition">Told the node and its testnet when a fact changes that conditions depend on.</param>
    /// <param name="http">How nodes are reached.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failures go.</param>
    public NodeProbe(Func<ObjectKey, string, Planning.Steps.ChainClock> clock, Action<ObjectKey, string> onTransition, HttpClient http, TimeProvider time, ILogger<NodeProbe> logger)
    {
        _clock = clock;
        _onTransition = onTransition;
        _time = time;
        _logger = logger;
        _http = http;
    }

    /// <summary>Pods that are asked now.</summary>
    public int Count => _targets.Count;

    /// <summary>What is known of a node; null before its first answer or failure.</summary>
    public NodeSnapshot? Find(ObjectKey node) => _snapshots.GetValueOrDefault(node);

    /// <summary>Takes note of a pod's state: begins, keeps or ends asking it.</summary>
    /// <param name="node">The BeaconNode.</param>
    /// <param name="testnet">Name of its testnet.</param>
    /// <param name="pod">Its pod; null when it is gone.</param>
    public void Observe(ObjectKey node, string testnet, Pod? pod)
    {
        bool reachable = pod is { Metadata.Uid: not null, Status.PodIP.Length: > 0 }
            && pod.Metadata.DeletionTimestamp is null
            && pod.Status?.ContainerStatuses?.Exists(status => status is { Name: "beacon", State.Running: not null }) == true;
        if (!reachable)
        {
            // A container that restarts is asked again when it runs; what it said stays until the pod is gone.
            if (_targets.TryRemove(node, out Target? old))
            {
                old.Stop();
            }

            if (pod is null || pod.Metadata.DeletionTimestamp is not null)
            {
                _snapshots.TryRemove(node, out _);
            }
            else if (_snapshots.TryGetValue(node, out NodeSnapshot? snapshot) && snapshot.IsReachable)
            {
                _snapshots[node] = snapshot with { IsReachable = false };
                _onTransition(node, testnet);
            }

            return;
        }

        string id = $"{pod!.Metadata.Uid}/{pod.Status!.PodIP}";
        if (_targets.TryGetValue(node, out Target? present))
        {
            if (present.Id == id)
            {
                return;
            }

            present.Stop();
        }

        if (_targets.Count >= Capacity)
        {
            LogFull(_logger, Capacity, node);
            return;
        }

        var target = new Target(id, testnet, CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
        _targets[node] = target;
        target.Loop = Task.Run(() => RunAsync(node, testnet, pod.Metadata.Uid!, pod.Status.PodIP!, target.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Target target in _targets.Values)
        {
            await target.Loop;
        }

        _stop.Dispose();
    }

    private async Task RunAsync(ObjectKey node, string testnet, string podUid, string address, CancellationToken cancellationToken)
    {
        var questions = new NodeQuestions(_http, address, _time);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                Planning.Steps.ChainClock clock = _clock(node, testnet);
                TimeSpan interval = clock.SlotDuration > TimeSpan.FromSeconds(2) ? TimeSpan.FromSeconds(2) : clock.SlotDuration;
                NodeSnapshot before = _snapshots.TryGetValue(node, out NodeSnapshot? known) && known.PodUid == podUid
                    ? known
                    : new NodeSnapshot { Node = node.Name, PodUid = podUid, At = _time.GetUtcNow() };
                if (questions.IsFullRoundNext)
                {
                    questions.Others = CheckpointsOfOthers(node, testnet, before);
                }

                NodeSnapshot after = await AskAsync(questions, before, clock, interval, cancellationToken);
                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                _snapshots[node] = after;
                if (IsTransition(before, after))
                {
                    _onTransition(node, testnet);
                }

                // Before genesis the answer comes any moment, and the gate waits for it.
                TimeSpan pause = after.GenesisRoot is null && interval > TimeSpan.FromMilliseconds(500) ? TimeSpan.FromMilliseconds(500) : interval;
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The pod is gone, or the operator stops.
        }
        catch (Exception exception)
        {
            LogFailed(_logger, exception, node);
            _snapshots.TryRemove(node, out _);
        }
    }

    private async Task<NodeSnapshot> AskAsync(NodeQuestions questions, NodeSnapshot before, Planning.Steps.ChainClock clock, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        NodeSnapshot? answered = null;
        try
        {
            answered = await questions.AskAsync(before, clock, _time.GetUtcNow(), both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // No answer in time is an answer.
        }

        DateTimeOffset now = _time.GetUtcNow();
        if (answered is not null)
        {
            return answered with { At = now, LastSeen = now, IsReachable = true };
        }

        TimeSpan patience = Max(clock.SlotDuration * 2, Max(interval * 3, TimeSpan.FromSeconds(5)));
        return before with { At = now, IsReachable = before.LastSeen is { } seen && now - seen < patience && before.IsReachable };
    }

    /// <summary>Whether a condition may depend on the difference; a moving head alone is none.</summary>
    internal static bool IsTransition(NodeSnapshot before, NodeSnapshot after) =>
        before.IsReachable != after.IsReachable
        || before.GenesisRoot != after.GenesisRoot
        || before.FinalizedEpoch != after.FinalizedEpoch
        || before.FinalizedRoot != after.FinalizedRoot
        || before.Foreign.Length != after.Foreign.Length
        || before.IsSyncing != after.IsSyncing
        || (before.Peers > 0) != (after.Peers > 0)
        || before.Peers is null != after.Peers is null
        || (before.HeadSlot > 0) != (after.HeadSlot > 0)
        || before.Version != after.Version
        || before.DatabaseFormat != after.DatabaseFormat
        || before.NewestDatabaseFormat != after.NewestDatabaseFormat
        || (after.HeadChangedAt - before.HeadChangedAt > TimeSpan.FromSeconds(10));

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    /// <summary>What the other nodes of a testnet hold to be justified and final, where this one holds something else.</summary>
    private SeenCheckpoint[] CheckpointsOfOthers(ObjectKey node, string testnet, NodeSnapshot own) =>
    [
        .. _targets
            .Where(pair => pair.Key.Namespace == node.Namespace && pair.Value.Testnet == testnet && pair.Key != node)
            .Select(pair => _snapshots.GetValueOrDefault(pair.Key))
            .SelectMany(other => new[] { (other?.FinalizedEpoch, other?.FinalizedRoot), (other?.JustifiedEpoch, other?.JustifiedRoot) })
            .Where(checkpoint => checkpoint.Item2 is not null && checkpoint.Item2 != own.FinalizedRoot && checkpoint.Item2 != own.JustifiedRoot)
            .Select(checkpoint => new SeenCheckpoint(checkpoint.Item1 ?? 0, checkpoint.Item2!))
            .Distinct(),
    ];

    private sealed class Target(string id, string testnet, CancellationTokenSource stop)
    {
        public string Id { get; } = id;

        public string Testnet { get; } = testnet;

        public CancellationToken Token { get; } = stop.Token;

        public Task Loop { get; set; } = Task.CompletedTask;

        public void Stop() => stop.Cancel();
    }
}
