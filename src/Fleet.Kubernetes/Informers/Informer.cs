using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Kubernetes;

/// <summary>List, then watch, for ever; see <see cref="IInformer"/>.</summary>
/// <remarks>
/// A list is diffed against the store, so that what happened in a gap (after 410, after a restored etcd) arrives as ordinary changes, deletions
/// included. A version that goes backwards, in an event or in the server as a whole, forces such a list. Versions are opaque to clients in
/// principle; every server keeps them as decimal numbers of one sequence, and where they are not, only the guards built on order are off.
/// </remarks>
public sealed partial class Informer<T> : IInformer<T>
    where T : class, IKubernetesObject<T>
{
    /// <summary>A watch that fails so often in a row is given up for a fresh list.</summary>
    private const int RelistAfterFailures = 3;

    /// <summary>Longer than every request, wait and silence of a healthy loop together, also while the server throttles each page of a list.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(15);

    private readonly IKubernetesClient _client;
    private readonly InformerOptions _options;
    private readonly TimeProvider _time;
    private readonly KubernetesMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ObjectStore<T> _store;
    private readonly Lock _handlersLock = new();
    private readonly List<Action<ObjectChange<T>>> _handlers = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _watching;
    private readonly List<TaskCompletionSource> _relisting = [];
    private TaskCompletionSource? _relistRequest;
    private string? _lastVersion;
    private long _lastHeard;
    private long _lastTurn;
    private bool _distrusted;
    private bool _failing;
    private long _lastResync;
    private long _lastList;

    /// <summary>An informer that begins when <see cref="RunAsync"/> is called.</summary>
    public Informer(IKubernetesClient client, InformerOptions? options, KubernetesMetrics metrics, TimeProvider? time = null, ILogger<Informer<T>>? logger = null, Func<T, string?>? groupOf = null)
    {
        _store = new ObjectStore<T>(groupOf);
        _client = client;
        _options = options ?? new InformerOptions();
        _metrics = metrics;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<Informer<T>>.Instance;
        metrics.ObserveMemory($"informer/{T.Resource.Plural}{(string.IsNullOrEmpty(_options.Namespace) ? "" : "/" + _options.Namespace)}", () => _store.Count);
    }

    private enum WatchEnd
    {
        Ended,
        Relist,
        Silent,
    }

    /// <inheritdoc/>
    public ResourceType Resource => T.Resource;

    /// <inheritdoc/>
    public IObjectStore<T> Store => _store;

    /// <inheritdoc/>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <inheritdoc/>
    public bool IsFresh => HasSynced && !Volatile.Read(ref _failing) && _time.GetElapsedTime(Volatile.Read(ref _lastHeard)) <= _options.SilenceDeadline;

    /// <inheritdoc/>
    public bool IsStuck => Volatile.Read(ref _lastTurn) is > 0 and var turn && _time.GetElapsedTime(turn) > StuckAfter;

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void AddHandler(Action<ObjectChange<T>> handler)
    {
        // The same lock orders the replay of what is there before the first live change.
        lock (_handlersLock)
        {
            foreach (T item in _store.List())
            {
                Call(handler, new ObjectChange<T>(ChangeKind.Added, ObjectKey.Of(item), null, item));
            }

            _handlers.Add(handler);
        }
    }

    /// <inheritdoc/>
    public Task RelistAsync(CancellationToken cancellationToken)
    {
        var request = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        request = Interlocked.CompareExchange(ref _relistRequest, request, null) ?? request;
        try
        {
            Volatile.Read(ref _watching)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The watch ended just now; the next round sees the request.
        }

        return request.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Distrust()
    {
        Volatile.Write(ref _distrusted, true);
        _ = RelistAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public bool HasSeen(ObjectKey key, string? uid, string? resourceVersion)
    {
        T? held = _store.Get(key);
        if (resourceVersion is null)
        {
            return held is null || (uid is not null && held.Metadata.Uid != uid) || held.Metadata.DeletionTimestamp is not null;
        }

        return held?.Metadata.ResourceVersion == resourceVersion
            || IsOlderOrSame(resourceVersion, held?.Metadata.ResourceVersion)
            || IsOlderOrSame(resourceVersion, Volatile.Read(ref _lastVersion));
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? reason = "start";
        int failures = 0;
        int expirations = 0;
        _lastResync = _time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _lastTurn, _time.GetTimestamp());
            try
            {
                if (Interlocked.Exchange(ref _relistRequest, null) is { } request)
                {
                    _relisting.Add(request);
                    reason ??= "requested";
                }

                if (reason is not null)
                {
                    Volatile.Write(ref _failing, true);
                    await ListAsync(reason, cancellationToken);
                    reason = null;
                }

                long started = _time.GetTimestamp();
                (WatchEnd end, int events) = await WatchAsync(cancellationToken);
                bool healthy = end != WatchEnd.Relist && (events > 0 || _time.GetElapsedTime(started) >= _options.MinBackoff);
                failures = healthy ? 0 : failures + 1;
                expirations = 0;
                reason = end switch
                {
                    WatchEnd.Relist => "order",
                    WatchEnd.Silent when await HasGoneBackwardsAsync(cancellationToken) => "backwards",
                    _ when _options.RelistPeriod > TimeSpan.Zero && _time.GetElapsedTime(_lastList) >= _options.RelistPeriod => "period",
                    _ => null,
                };
                Resync();
            }
            catch (ResourceExpiredException)
            {
                // The first time the new list is made at once; a server that says so again and again is not hurried.
                Log.Expired(_logger, T.Resource.Plural);
                failures = expirations++;
                reason = "expired";
            }
            catch (KubernetesException e)
            {
                failures++;
                Volatile.Write(ref _failing, true);
                reason ??= failures % RelistAfterFailures == 0 ? "failures" : null;
                Log.Failed(_logger, T.Resource.Plural, e.Message, failures);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            if (failures > 0)
            {
                try
                {
                    await Task.Delay(Backoff(failures), _time, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private async Task ListAsync(string reason, CancellationToken cancellationToken)
    {
        _metrics.Relists.Add(1, new("kind", T.Resource.Kind), new("reason", reason));
        bool isDistrusted = Interlocked.Exchange(ref _distrusted, false);
        var options = new ListOptions { LabelSelector = _options.LabelSelector, FieldSelector = _options.FieldSelector, Limit = _options.PageSize };
        KubernetesList<T> list;
        try
        {
            list = await _client.ListAllAsync<T>(_options.Namespace, options, cancellationToken);
        }
        catch when (isDistrusted)
        {
            Volatile.Write(ref _distrusted, true);
            throw;
        }

        if (list.Metadata.ResourceVersion is not { Length: > 0 } version)
        {
            throw new KubernetesConnectionException($"The API server at {_client.Server} sent a list of {T.Resource.Plural} without a resourceVersion.");
        }

        bool isSetBack = IsOlder(version, _lastVersion);
        if (isSetBack)
        {
            // Before anybody hears what has changed by it.
            _options.OnSetBack?.Invoke();
        }

        lock (_handlersLock)
        {
            IReadOnlyList<ObjectChange<T>> changes = _store.Replace(list.Items, distrustVersions: isSetBack || isDistrusted);
            Volatile.Write(ref _lastVersion, version);
            Volatile.Write(ref _failing, false);
            Heard();
            Tell(changes);
        }

        _lastList = _time.GetTimestamp();
        Log.Listed(_logger, T.Resource.Plural, list.Items.Count, version, reason);
        _relisting.ForEach(request => request.TrySetResult());
        _relisting.Clear();
        _synced.TrySetResult();
    }

    private async Task<(WatchEnd End, int Events)> WatchAsync(CancellationToken cancellationToken)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var silence = new CancellationTokenSource(_options.SilenceDeadline, _time);
        using CancellationTokenRegistration link = silence.Token.Register(static state => ((CancellationTokenSource)state!).Cancel(), watching);
        Volatile.Write(ref _watching, watching);
        if (Volatile.Read(ref _relistRequest) is not null)
        {
            return (WatchEnd.Ended, 1);
        }

        double jitter;
        lock (_options.Random)
        {
            jitter = _options.Random.NextDouble();
        }

        var options = new WatchOptions
        {
            LabelSelector = _options.LabelSelector,
            FieldSelector = _options.FieldSelector,
            ResourceVersion = _lastVersion,
            Timeout = _options.WatchTimeout * (1 + jitter),
            Opened = () =>
            {
                Volatile.Write(ref _failing, false);
                Heard();
            },
        };
        int events = 0;
        try
        {
            await foreach (WatchEvent<T> item in _client.WatchAsync<T>(_options.Namespace, options, watching.Token))
            {
                events++;
                silence.CancelAfter(_options.SilenceDeadline);
                _metrics.WatchEvents.Add(1, new("kind", T.Resource.Kind), new("type", item.Type));
                if (!Accept(item))
                {
                    return (WatchEnd.Relist, events);
                }

                Resync();
            }

            return (WatchEnd.Ended, events);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (!silence.IsCancellationRequested)
            {
                // A list was asked for.
                return (WatchEnd.Ended, 1);
            }

            Log.Silent(_logger, T.Resource.Plural, _options.SilenceDeadline.TotalSeconds);
            return (WatchEnd.Silent, events);
        }
        finally
        {
            Volatile.Write(ref _watching, null);
        }
    }

    /// <summary>Takes one event into the store; false when its version shows that events came out of order or the server was set back.</summary>
    private bool Accept(WatchEvent<T> item)
    {
        string? version = item.Object.Metadata.ResourceVersion;
        if (string.IsNullOrEmpty(version))
        {
            return false;
        }

        lock (_handlersLock)
        {
            Heard();
            if (IsOlder(version, _lastVersion))
            {
                // An event told twice is harmless: the store holds exactly this version, or the object it removed is gone.
                ObjectKey key = ObjectKey.Of(item.Object);
                bool repeated = item.Type == WatchEventTypes.Bookmark
                    || (item.Type == WatchEventTypes.Deleted ? _store.Get(key) is null : _store.Get(key)?.Metadata.ResourceVersion == version);
                Log.OutOfOrder(_logger, T.Resource.Plural, version, _lastVersion ?? "", repeated);
                return repeated;
            }

            switch (item.Type)
            {
                case WatchEventTypes.Added or WatchEventTypes.Modified:
                    Volatile.Write(ref _lastVersion, version);
                    Tell(_store.Put(item.Object));
                    break;
                case WatchEventTypes.Deleted:
                    Volatile.Write(ref _lastVersion, version);
                    Tell(_store.Remove(ObjectKey.Of(item.Object), item.Object.Metadata.Uid));
                    break;
                case WatchEventTypes.Bookmark:
                    Volatile.Write(ref _lastVersion, version);
                    break;
            }

            return true;
        }
    }

    private void Resync()
    {
        if (_options.ResyncPeriod <= TimeSpan.Zero || _time.GetElapsedTime(_lastResync) < _options.ResyncPeriod)
        {
            return;
        }

        _lastResync = _time.GetTimestamp();
        lock (_handlersLock)
        {
            Tell([.. _store.List().Select(item => new ObjectChange<T>(ChangeKind.Resync, ObjectKey.Of(item), item, item))]);
        }
    }

    private void Tell(IReadOnlyList<ObjectChange<T>> changes)
    {
        foreach (ObjectChange<T> change in changes)
        {
            foreach (Action<ObjectChange<T>> handler in _handlers)
            {
                Call(handler, change);
            }
        }
    }

    private void Call(Action<ObjectChange<T>> handler, ObjectChange<T> change)
    {
        try
        {
            handler(change);
        }
        catch (Exception e)
        {
            // One bad handler or object must not stop the others.
            Log.HandlerFailed(_logger, e, T.Resource.Kind, change.Key.ToString());
        }
    }

    private void Heard()
    {
        long now = _time.GetTimestamp();
        Volatile.Write(ref _lastHeard, now);
        Volatile.Write(ref _lastTurn, now);
    }

    private TimeSpan Backoff(int failures)
    {
        double factor = Math.Pow(2, Math.Min(failures - 1, 16));
        TimeSpan delay = _options.MinBackoff * factor;
        delay = delay > _options.MaxBackoff ? _options.MaxBackoff : delay;
        lock (_options.Random)
        {
            return delay * (0.8 + (0.4 * _options.Random.NextDouble()));
        }
    }
}
