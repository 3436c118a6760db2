using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>Read your own writes: remembers what a pass wrote until the informers have seen it.</summary>
/// <remarks>
/// A write made through <see cref="TrackingClient"/> within <see cref="Begin"/> is an expectation of that key. Kinds without an informer here have none.
/// An expectation that is not met in time makes its informer list anew; a list that began after the write settles it for certain, also where
/// versions went backwards or a selector hides the object.
/// </remarks>
public sealed class WriteTracker(KubernetesMetrics metrics, TimeProvider? time = null, TimeSpan? patience = null)
{
    private const int MaxPending = 4096;

    private static readonly AsyncLocal<Scope?> Current = new();

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly TimeSpan _patience = patience ?? TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<(string Group, string Plural), IInformer> _informers = new();
    private readonly ConcurrentDictionary<(string Controller, ObjectKey Key), Expectations> _pending = new();

    /// <summary>Keys with writes that are not seen yet.</summary>
    public int PendingCount => _pending.Count;

    /// <summary>Makes an informer answer for its kind.</summary>
    public void Register(IInformer informer)
    {
        _informers[(informer.Resource.Group, informer.Resource.Plural)] = informer;
        metrics.ExpectationsExpired.Add(0, new KeyValuePair<string, object?>("kind", informer.Resource.Kind));
    }

    /// <summary>Begins a pass: writes of this flow of execution belong to the key until the result is disposed.</summary>
    public IDisposable Begin(string controller, ObjectKey key)
    {
        var scope = new Scope(this, controller, key);
        Current.Value = scope;
        return scope;
    }

    /// <summary>Whether the stores hold everything the key's passes have written.</summary>
    public bool IsCaughtUp(string controller, ObjectKey key)
    {
        if (!_pending.TryGetValue((controller, key), out Expectations? expectations))
        {
            return true;
        }

        if (!expectations.AreMet(this))
        {
            return false;
        }

        _pending.TryRemove((controller, key), out _);
        return true;
    }

    /// <summary>Notes a write of the current pass; nothing happens outside of one.</summary>
    /// <param name="resourceVersion">Version after the write; null for a deletion.</param>
    internal static void Note(ResourceType type, ObjectKey key, string? uid, string? resourceVersion) => Current.Value?.Note(type, key, uid, resourceVersion);

    /// <summary>Keys that never come again (their object is gone) must not pile up.</summary>
    private void Prune()
    {
        if (_pending.Count < MaxPending)
        {
            return;
        }

        foreach (((string Controller, ObjectKey Key) key, Expectations expectations) in _pending)
        {
            if (expectations.AreMet(this))
            {
                _pending.TryRemove(key, out _);
            }
        }
    }

    private sealed class Scope(WriteTracker tracker, string controller, ObjectKey key) : IDisposable
    {
        public void Note(ResourceType type, ObjectKey written, string? uid, string? resourceVersion)
        {
            if (tracker._informers.TryGetValue((type.Group, type.Plural), out IInformer? informer))
            {
                tracker.Prune();
                tracker._pending.GetOrAdd((controller, key), _ => new Expectations())
                    .Add(new Expectation(informer, written, uid, resourceVersion, tracker._time.GetTimestamp()));
            }
        }

        public void Dispose() => Current.Value = null;
    }

    private sealed record Expectation(IInformer Informer, ObjectKey Key, string? Uid, string? ResourceVersion, long WrittenAt)
    {
        public Task? Relist { get; set; }
    }

    private sealed class Expectations
    {
        private readonly Lock _lock = new();
        private readonly List<Expectation> _items = [];

        public void Add(Expectation expectation)
        {
            lock (_lock)
            {
                // Only the last write to an object counts.
                _items.RemoveAll(item => item.Key == expectation.Key && item.Informer == expectation.Informer);
                _items.Add(expectation);
            }
        }

        public bool AreMet(WriteTracker tracker)
        {
            lock (_lock)
            {
                _items.RemoveAll(item => IsMet(item, tracker));
                return _items.Count == 0;
            }
        }

        private static bool IsMet(Expectation item, WriteTracker tracker)
        {
            if (item.Informer.HasSeen(item.Key, item.Uid, item.ResourceVersion) || item.Relist is { IsCompletedSuccessfully: true })
            {
                return true;
            }

            if (item.Relist is null && tracker._time.GetElapsedTime(item.WrittenAt) > tracker._patience)
            {
                tracker.Expired(item.Informer.Resource);
                item.Relist = item.Informer.RelistAsync(CancellationToken.None);
            }

            return false;
        }
    }

    private void Expired(ResourceType type) => metrics.ExpectationsExpired.Add(1, new KeyValuePair<string, object?>("kind", type.Kind));
}
