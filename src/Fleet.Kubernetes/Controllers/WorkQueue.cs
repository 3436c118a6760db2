namespace Fleet.Kubernetes;

/// <summary>Habits of a work queue.</summary>
public sealed record WorkQueueOptions
{
    /// <summary>Name in metrics.</summary>
    public required string Name { get; init; }

    /// <summary>Most keys that may wait, delayed ones included. A key beyond that is dropped and counted; the safety resync brings it back. <value>65536 by default.</value></summary>
    public int Capacity { get; init; } = 65536;

    /// <summary>Wait after the first failure of a key; it doubles with each further one. <value>100 ms by default.</value></summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait after a failure. <value>2 minutes by default.</value></summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Source of jitter.</summary>
    public Random Random { get; init; } = Random.Shared;
}

/// <summary>Keys that wait for work: each at most once, and never given to two workers at a time.</summary>
/// <remarks>
/// A key that is added while it is worked on waits until <see cref="Done"/> and then comes once more. Delayed keys come when their time is
/// there, or earlier when they are added without a delay; of several delays the shortest counts.
/// </remarks>
public sealed class WorkQueue<TKey> : IQueueFacts, IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly WorkQueueOptions _options;
    private readonly TimeProvider _time;
    private readonly KubernetesMetrics _metrics;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Queue<TKey> _ready = new();

    /// <summary>Keys that wait, with the time they were added.</summary>
    private readonly Dictionary<TKey, long> _dirty = [];

    /// <summary>Keys that are worked on, with the time they were taken.</summary>
    private readonly Dictionary<TKey, long> _processing = [];
    private readonly Dictionary<TKey, long> _delayed = [];
    private readonly PriorityQueue<TKey, long> _timers = new();
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly SemaphoreSlim _available = new(0);
    private readonly ITimer _timer;
    private bool _closed;

    /// <summary>An empty queue.</summary>
    public WorkQueue(WorkQueueOptions options, KubernetesMetrics metrics, TimeProvider? time = null)
    {
        _options = options;
        _metrics = metrics;
        _time = time ?? TimeProvider.System;
        _tags = [new("name", options.Name), new("controller", options.Name)];
        _timer = _time.CreateTimer(_ => ReleaseDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        metrics.Register(this);
    }

    string IQueueFacts.Name => _options.Name;

    int IQueueFacts.Depth => Count;

    TimeSpan IQueueFacts.UnfinishedWork
    {
        get
        {
            lock (_lock)
            {
                return _processing.Values.Aggregate(TimeSpan.Zero, (sum, started) => sum + _time.GetElapsedTime(started));
            }
        }
    }

    /// <summary>Keys that wait to be taken now, delayed ones not included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count;
            }
        }
    }

    /// <summary>Keys that wait for their time.</summary>
    public int DelayedCount
    {
        get
        {
            lock (_lock)
            {
                return _delayed.Count;
            }
        }
    }

    /// <summary>Keys that are worked on.</summary>
    public int ProcessingCount
    {
        get
        {
            lock (_lock)
            {
                return _processing.Count;
            }
        }
    }

    /// <summary>Age of the key that is worked on for longest; zero when there is none.</summary>
    public TimeSpan LongestRunning
    {
        get
        {
            lock (_lock)
            {
                return _processing.Count == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_processing.Values.Min());
            }
        }
    }

    /// <summary>When the next delayed key comes; null when there is none.</summary>
    public TimeSpan? NextDelay
    {
        get
        {
            lock (_lock)
            {
                return _delayed.Count == 0 ? null : Until(_delayed.Values.Min());
            }
        }
    }

    /// <summary>Adds a key to be taken as soon as possible.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            AddLocked(key);
        }
    }

    /// <summary>Adds a key to be taken after a delay.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_closed || _dirty.ContainsKey(key))
            {
                return;
            }

            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            long due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
            if (_delayed.TryGetValue(key, out long before) && before <= due)
            {
                return;
            }

            if (!_delayed.ContainsKey(key) && _dirty.Count + _delayed.Count >= _options.Capacity)
            {
                _metrics.QueueDropped.Add(1, _tags);
                return;
            }

            _delayed[key] = due;
            _timers.Enqueue(key, due);
            if (_timers.Count > (2 * _delayed.Count) + 1024)
            {
                // Entries overtaken by Add stay behind; they must not pile up.
                _timers.Clear();
                _timers.EnqueueRange(_delayed.Select(pair => (pair.Key, pair.Value)));
            }

            ArmLocked();
        }
    }

    /// <summary>Adds a key after a failure: each one doubles the delay until <see cref="Forget"/>.</summary>
    /// <returns>The delay.</returns>
    public TimeSpan AddRateLimited(TKey key)
    {
        TimeSpan delay;
        lock (_lock)
        {
            int failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
            delay = _options.MinBackoff * Math.Pow(2, Math.Min(failures - 1, 24));
            delay = delay > _options.MaxBackoff ? _options.MaxBackoff : delay;
            lock (_options.Random)
            {
                delay *= 0.8 + (0.4 * _options.Random.NextDouble());
            }
        }

        _metrics.QueueRetries.Add(1, _tags);
        AddAfter(key, delay);
        return delay;
    }

    /// <summary>Failures of a key since it was last forgotten.</summary>
    public int Failures(TKey key)
    {
        lock (_lock)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    /// <summary>The key succeeded: its next failure is its first.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>Waits for a key and takes it; every key taken must be given back with <see cref="Done"/>.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the queue was disposed.</exception>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _available.WaitAsync(cancellationToken);
            lock (_lock)
            {
                if (_closed)
                {
                    _available.Release();
                    throw new OperationCanceledException("The queue was closed.");
                }

                if (_ready.TryDequeue(out TKey? key))
                {
                    _dirty.Remove(key, out long added);
                    _processing[key] = _time.GetTimestamp();
                    _metrics.QueueTime.Record(_time.GetElapsedTime(added).TotalSeconds, _tags);
                    return key;
                }
            }
        }
    }

    /// <summary>Gives a key back; if it was added meanwhile it is ready again.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            if (_processing.Remove(key, out long started))
            {
                _metrics.WorkTime.Record(_time.GetElapsedTime(started).TotalSeconds, _tags);
            }

            if (_dirty.ContainsKey(key) && !_closed)
            {
                _ready.Enqueue(key);
                _available.Release();
            }
        }
    }

    /// <summary>Ends all waits.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _metrics.Unregister(this);
            _timer.Dispose();
            _available.Release();
        }
    }

    private void AddLocked(TKey key)
    {
        if (_closed || _dirty.ContainsKey(key))
        {
            return;
        }

        bool wasDelayed = _delayed.Remove(key);
        if (!wasDelayed && _dirty.Count + _delayed.Count >= _options.Capacity)
        {
            _metrics.QueueDropped.Add(1, _tags);
            return;
        }

        _metrics.QueueAdds.Add(1, _tags);
        _dirty[key] = _time.GetTimestamp();
        if (!_processing.ContainsKey(key))
        {
            _ready.Enqueue(key);
            _available.Release();
        }
    }

    private void ReleaseDue()
    {
        lock (_lock)
        {
            long now = _time.GetTimestamp();
            while (_timers.TryPeek(out TKey? key, out long due) && due <= now)
            {
                _timers.Dequeue();

                // An entry that was replaced by an earlier one, or overtaken by Add, is only a leftover.
                if (_delayed.TryGetValue(key, out long wanted) && wanted == due)
                {
                    AddLocked(key);
                }
            }

            ArmLocked();
        }
    }

    private void ArmLocked()
    {
        if (!_closed && _timers.TryPeek(out _, out long due))
        {
            TimeSpan wait = Until(due);

            // A timer counts whole milliseconds and must not fire just before the key is due.
            _timer.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan Until(long due)
    {
        double seconds = (due - _time.GetTimestamp()) / (double)_time.TimestampFrequency;
        return seconds <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(seconds);
    }
}
