using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Kubernetes;

/// <summary>Habits of a controller.</summary>
public sealed record ControllerOptions
{
    /// <summary>Name in logs and metrics.</summary>
    public required string Name { get; init; }

    /// <summary>Objects worked on at the same time. <value>2 by default.</value></summary>
    public int Workers { get; init; } = 2;

    /// <summary>A steady object is looked at again after this time. <value>10 minutes by default; zero: never.</value></summary>
    public TimeSpan SafetyResync { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest duration of one pass. <value>2 minutes by default.</value></summary>
    public TimeSpan PassTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Between two looks whether an object's own writes have come back. <value>20 ms by default.</value></summary>
    public TimeSpan CatchUpInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Source of jitter.</summary>
    public Random Random { get; init; } = Random.Shared;
}

/// <summary>Runs a reconciler for the keys that watches and time bring.</summary>
public sealed partial class Controller : IDisposable
{
    /// <summary>So many passes in a row that the server contradicts are no race any more: the local copies are wrong.</summary>
    private const int MaxDoubts = 10;

    /// <summary>Between two full lists for that reason.</summary>
    private static readonly TimeSpan DoubtInterval = TimeSpan.FromMinutes(1);

    private readonly IReconciler _reconciler;
    private readonly ControllerOptions _options;
    private readonly WriteTracker _tracker;
    private readonly KubernetesMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<IInformer> _informers = [];
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly Lock _doubtLock = new();
    private readonly Dictionary<ObjectKey, int> _doubts = [];
    private long _doubtedAt;

    /// <summary>A controller that begins when <see cref="RunAsync"/> is called.</summary>
    public Controller(
        ControllerOptions options, IReconciler reconciler, WriteTracker tracker, KubernetesMetrics metrics, TimeProvider? time = null, ILogger<Controller>? logger = null)
    {
        _options = options;
        _reconciler = reconciler;
        _tracker = tracker;
        _metrics = metrics;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<Controller>.Instance;
        _tag = new("controller", options.Name);
        metrics.Begin(options.Name, options.Workers);
        _queue = new WorkQueue<ObjectKey>(new WorkQueueOptions { Name = options.Name, Random = options.Random }, metrics, _time);
    }

    /// <summary>Whether no key waits or is worked on; keys that wait for their time do not count.</summary>
    public bool IsIdle => _queue.Count == 0 && _queue.ProcessingCount == 0;

    /// <summary>Whether a pass runs on for a minute although it was told to end.</summary>
    public bool IsStuck => _queue.LongestRunning > _options.PassTimeout + TimeSpan.FromMinutes(1);

    /// <summary>Keys that wait for their time, and when the next one comes.</summary>
    public (int Count, TimeSpan? Next) Delayed => (_queue.DelayedCount, _queue.NextDelay);

    /// <summary>Adds the keys that a change concerns.</summary>
    /// <param name="informer">Where changes come from; it is also waited for at start and settles own writes.</param>
    /// <param name="map">Keys of the objects to look at.</param>
    /// <param name="isRelevant">Which changes matter; null: all.</param>
    public Controller Watch<T>(IInformer<T> informer, Func<ObjectChange<T>, IEnumerable<ObjectKey>> map, Func<ObjectChange<T>, bool>? isRelevant = null)
        where T : class, IKubernetesObject<T>
    {
        _informers.Add(informer);
        _tracker.Register(informer);
        informer.AddHandler(change =>
        {
            if (isRelevant is null || isRelevant(change))
            {
                foreach (ObjectKey key in map(change))
                {
                    _queue.Add(key);
                }
            }
        });
        return this;
    }

    /// <summary>Adds a key now.</summary>
    public void Enqueue(ObjectKey key) => _queue.Add(key);

    /// <summary>Adds a key after a while.</summary>
    public void EnqueueAfter(ObjectKey key, TimeSpan delay) => _queue.AddAfter(key, delay);

    /// <summary>Waits for the informers, then works until it is cancelled; returns when the last pass has ended, and may then be called again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_informers.Select(informer => informer.WaitForSyncAsync(cancellationToken)));
            Log.Started(_logger, _options.Name, _options.Workers);
            await Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(() => WorkAsync(cancellationToken), CancellationToken.None)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop before or while waiting.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    /// <summary>The key of an object itself, for <see cref="Watch"/>.</summary>
    public static IEnumerable<ObjectKey> Self<T>(ObjectChange<T> change)
        where T : class, IKubernetesObject<T> => [change.Key];

    /// <summary>Keys of the owners of a kind, for <see cref="Watch"/>; those before and after the change.</summary>
    public static Func<ObjectChange<T>, IEnumerable<ObjectKey>> OwnersOf<T>(ResourceType owner)
        where T : class, IKubernetesObject<T> => change =>
            new[] { change.Old, change.Current }
                .Where(value => value is not null)
                .SelectMany(value => value!.Metadata.OwnerReferences ?? [])
                .Where(reference => owner.IsSameKind(reference.ApiVersion, reference.Kind))
                .Select(reference => new ObjectKey(owner.Namespaced ? change.Key.Namespace : string.Empty, reference.Name))
                .Distinct();

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ObjectKey key;
            try
            {
                key = await _queue.TakeAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                if (_tracker.IsCaughtUp(_options.Name, key))
                {
                    Requeue(key, await RunPassAsync(key, cancellationToken));
                }
                else
                {
                    _queue.AddAfter(key, _options.CatchUpInterval);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                _queue.Done(key);
            }
        }
    }

    private async Task<RequeueDecision> RunPassAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        RequeueDecision decision;
        using var deadline = new CancellationTokenSource(_options.PassTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        _metrics.ActiveWorkers.Add(1, _tag);
        using (_tracker.Begin(_options.Name, key))
        {
            try
            {
                ReconcileResult result = await _reconciler.ReconcileAsync(key, both.Token);
                decision = RequeuePolicy.After(result, _options.SafetyResync);
                Believe(key);
                if (result is ReconcileResult.Rejected rejected)
                {
                    Log.Rejected(_logger, _options.Name, key.ToString(), rejected.Reason);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
            {
                decision = RequeuePolicy.After(e);
                _metrics.ReconcileTimeouts.Add(1, _tag);
                Log.TimedOut(_logger, _options.Name, key.ToString(), _options.PassTimeout.TotalSeconds);
            }
            catch (Exception e)
            {
                decision = RequeuePolicy.After(e);
                if (e is KubernetesException { IsConflict: true } or KubernetesException { IsNotFound: true })
                {
                    Doubt(key);
                }

                if (!decision.IsFailure)
                {
                    Log.Conflict(_logger, _options.Name, key.ToString(), e.Message);
                }
                else if (e is KubernetesException)
                {
                    Log.Refused(_logger, _options.Name, key.ToString(), e.Message);
                }
                else
                {
                    Log.Failed(_logger, e, _options.Name, key.ToString());
                }
            }
            finally
            {
                _metrics.ActiveWorkers.Add(-1, _tag);
            }
        }

        Measure(decision, _time.GetElapsedTime(started));
        return decision;
    }

    private void Believe(ObjectKey key)
    {
        lock (_doubtLock)
        {
            _doubts.Remove(key);
        }
    }

    /// <summary>The server holds something else than the local copies. After a moment they agree again, unless an event was lost or the server was set back unnoticed.</summary>
    private void Doubt(ObjectKey key)
    {
        lock (_doubtLock)
        {
            int doubts = _doubts[key] = _doubts.GetValueOrDefault(key) + 1;
            if (doubts < MaxDoubts || (_doubtedAt != 0 && _time.GetElapsedTime(_doubtedAt) < DoubtInterval))
            {
                return;
            }

            _doubts.Clear();
            _doubtedAt = _time.GetTimestamp();
        }

        Log.Doubtful(_logger, _options.Name, key.ToString());
        foreach (IInformer informer in _informers)
        {
            _ = informer.RelistAsync(CancellationToken.None);
        }
    }

    private void Measure(RequeueDecision decision, TimeSpan duration)
    {
        _metrics.Reconciles.Add(1, _tag, new("result", decision.Result));
        _metrics.ReconcileTime.Record(duration.TotalSeconds, _tag);
        if (decision.Result == "error")
        {
            _metrics.ReconcileErrors.Add(1, _tag);
        }

        if (decision.Outcome == "invalid")
        {
            _metrics.TerminalErrors.Add(1, _tag);
        }
    }

    private void Requeue(ObjectKey key, RequeueDecision decision)
    {
        if (decision.IsFailure)
        {
            _queue.AddRateLimited(key);
            return;
        }

        _queue.Forget(key);
        if (decision.After is { } after)
        {
            _queue.AddAfter(key, after);
        }
    }
}
