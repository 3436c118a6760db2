using System.Collections.Concurrent;
using System.Globalization;
using Fleet.LocalCluster;
using Fleet.LocalCluster.Storage;

namespace Fleet.Sweep;

/// <summary>Carries out the disturbance of a plan at the API server, and keeps the record that runs are judged by.</summary>
/// <remarks>Only the first operator is disturbed. Leases and events are no points: nothing is decided from them.</remarks>
internal sealed class Injector(Plan plan, int seed) : IFaultInjector
{
    /// <summary>Beginning of the User-Agent of an operator; its number follows.</summary>
    public const string OperatorPrefix = "fleet-operator-";

    private readonly Random _chance = plan.Chance(seed);
    private readonly ConcurrentDictionary<(string Verb, string Resource, string Name), int> _seen = new();
    private readonly ConcurrentDictionary<ApiRequest, Point> _underway = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<string, bool> _dead = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _stale = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Point> _points = new();
    private readonly ConcurrentQueue<StoredWrite> _stored = new();
    private readonly TaskCompletionSource _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _armed;
    private volatile bool _paused;
    private int _reached;
    private long _newest;
    private long _staleAt = -1;
    private long _first = long.MaxValue;
    private int _writes;

    /// <summary>Clock of late arrivals.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Whether the point was reached.</summary>
    public bool IsReached => Volatile.Read(ref _reached) != 0;

    /// <summary>Whether the operator that runs now is to be replaced, as one that died.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>Whether the first operator stands still.</summary>
    public bool IsPaused => _paused;

    /// <summary>Everything the first operators effectively did and heard, in order.</summary>
    public IReadOnlyCollection<Point> Points => _points;

    /// <summary>Everything that was stored, by whom ever.</summary>
    public IReadOnlyCollection<StoredWrite> Stored => _stored;

    /// <summary>Accepted writes of operators, but for leases.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>From now on points are counted: the workload begins.</summary>
    public void Arm()
    {
        _first = Volatile.Read(ref _newest);
        _armed = true;
    }

    /// <summary>The dead operator has been replaced.</summary>
    public void Replaced() => HasCrashed = false;

    /// <summary>The first operator goes on.</summary>
    public void Resume()
    {
        _paused = false;
        _resumed.TrySetResult();
    }

    public async ValueTask<Fault> OnRequestAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        if (!request.UserAgent.StartsWith(OperatorPrefix, StringComparison.Ordinal))
        {
            return Fault.None;
        }

        if (_dead.ContainsKey(request.UserAgent))
        {
            return new Fault(FaultKind.Drop);
        }

        if (_paused && IsFirst(request))
        {
            await _resumed.Task;
        }

        if (request.Verb == "list" && Volatile.Read(ref _staleAt) >= 0 && _stale.TryAdd(request.Resource, true))
        {
            return new Fault(FaultKind.Stale, Revision: _staleAt);
        }

        return request.IsWrite && Note(request, request.Verb, request.Subresource, request.Name) is { } point && Reaches(point) ? await DisturbAsync(request) : Fault.None;
    }

    public void OnCompleted(ApiRequest request, int statusCode)
    {
        if (_underway.TryRemove(request, out Point? point) && statusCode is >= 200 and < 300)
        {
            Interlocked.Increment(ref _writes);
            if (point.Occurrence > 0)
            {
                _points.Enqueue(point);
            }
        }
    }

    public async ValueTask<WatchFault> OnWatchEventAsync(WatchDelivery delivery, CancellationToken cancellationToken)
    {
        ApiRequest watch = delivery.Request;
        if (!_armed || !IsFirst(watch))
        {
            return WatchFault.None;
        }

        if (_paused)
        {
            await _resumed.Task.WaitAsync(cancellationToken);
        }

        if (Volatile.Read(ref _staleAt) >= 0 && !_stale.ContainsKey(watch.Resource))
        {
            return new WatchFault(Expire: true);
        }

        if (Note(watch, delivery.Type, "", delivery.Name) is not { } point)
        {
            return WatchFault.None;
        }

        _points.Enqueue(point);
        if (!Reaches(point))
        {
            return WatchFault.None;
        }

        switch (plan.Disturbance)
        {
            case Disturbance.Drop:
                return new WatchFault(Copies: 0);
            case Disturbance.Duplicate:
                return new WatchFault(Copies: 2 + _chance.Next(2));
            case Disturbance.Delay:
                await Task.Delay(Lateness(), Time, cancellationToken);
                return WatchFault.None;
            case Disturbance.CrashBefore:
                Kill(watch.UserAgent);
                return new WatchFault(Copies: 0);
            case Disturbance.CrashAfter:
                Kill(watch.UserAgent);
                return WatchFault.None;
            case Disturbance.StaleReconnect:
                BeStale(watch.UserAgent);
                return WatchFault.None;
            default:
                _paused = true;
                await _resumed.Task.WaitAsync(cancellationToken);
                return WatchFault.None;
        }
    }

    public void OnStored(Change change)
    {
        ObjectKey key = change.Object.Key;
        Volatile.Write(ref _newest, change.Revision);
        _stored.Enqueue(new StoredWrite(change.Kind, key.Resource.Plural, key.Namespace, key.Name));
    }

    private static bool IsFirst(ApiRequest request) => request.UserAgent == OperatorPrefix + "1";

    private async Task<Fault> DisturbAsync(ApiRequest request)
    {
        switch (plan.Disturbance)
        {
            case Disturbance.CrashBefore:
                Kill(request.UserAgent);
                return new Fault(FaultKind.Drop);
            case Disturbance.CrashAfter:
                Kill(request.UserAgent);
                return new Fault(FaultKind.LoseResponse);
            case Disturbance.Drop:
                return new Fault(FaultKind.Drop);
            case Disturbance.Duplicate:
                return new Fault(FaultKind.Duplicate);
            case Disturbance.Delay:
                await Task.Delay(Lateness(), Time);
                return Fault.None;
            case Disturbance.StaleReconnect:
                BeStale(request.UserAgent);
                return new Fault(FaultKind.LoseResponse);
            default:
                // The request arrives when the operator goes on, which is when another one has done the work.
                _paused = true;
                await _resumed.Task;
                return Fault.None;
        }
    }

    /// <summary>Counts what happens; null where it is no point.</summary>
    private Point? Note(ApiRequest request, string verb, string subresource, string name)
    {
        if (request.Resource is "leases" or "events")
        {
            return null;
        }

        string resource = subresource.Length > 0 ? $"{request.Resource}/{subresource}" : request.Resource;
        int occurrence = _armed && IsFirst(request) ? _seen.AddOrUpdate((verb, resource, name), 1, (_, before) => before + 1) : 0;
        var point = new Point(verb, resource, name, occurrence);
        if (request.IsWrite)
        {
            _underway[request] = point;
        }

        return occurrence == 0 ? null : point;
    }

    private bool Reaches(Point point) => point == plan.Point && Interlocked.Exchange(ref _reached, 1) == 0;

    private TimeSpan Lateness() => TimeSpan.FromSeconds(new[] { 1, 5, 20 }[_chance.Next(3)]);

    private void Kill(string userAgent)
    {
        _dead[userAgent] = true;
        HasCrashed = true;
    }

    /// <summary>From now on the first list of every kind is one of the past; half of the time the operator has forgotten what it knew as well.</summary>
    private void BeStale(string userAgent)
    {
        Volatile.Write(ref _staleAt, Math.Max(_first, Volatile.Read(ref _newest) - 1 - _chance.Next(24)));
        if (_chance.Next(2) == 0)
        {
            Kill(userAgent);
        }
    }
}

/// <summary>One write as it was stored.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Resource">Plural.</param>
/// <param name="Namespace">Namespace, or empty.</param>
/// <param name="Name">Name.</param>
internal sealed record StoredWrite(ChangeKind Kind, string Resource, string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Resource} {Namespace}/{Name}");
}
