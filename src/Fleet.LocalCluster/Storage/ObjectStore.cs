using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Storage;

/// <summary>
/// All objects, in memory, with one global revision, the recent writes for watchers, and a log on disk that is written before a
/// write becomes visible.
/// </summary>
/// <remarks>
/// Every member may be called from any thread. A write names the state it replaces, so that read-modify-write is atomic for its caller.
/// Watchers read the shared history with a cursor of their own: a slow one is told to list again, it never makes a queue grow.
/// </remarks>
public sealed class ObjectStore : IDisposable
{
    /// <summary>How many writes a watcher may lie behind before it gets 410 Gone.</summary>
    public const int HistoryWindow = 8192;

    private readonly Lock _lock = new();
    private readonly Dictionary<GroupResource, SortedDictionary<(string Namespace, string Name), StoredObject>> _objects = [];
    private readonly Change?[] _history = new Change?[HistoryWindow];
    private readonly WriteLog? _log;
    private long _oldest;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens the store of a directory, or one that is kept in memory only.</summary>
    /// <exception cref="IOException">The directory can't be written, or another process has it open.</exception>
    public ObjectStore(string? directory)
    {
        if (directory is null)
        {
            return;
        }

        _log = WriteLog.Open(directory, Restore, out long snapshotRevision);
        Revision = Math.Max(Revision, snapshotRevision);
        _oldest = snapshotRevision;
    }

    /// <summary>The revision of the newest write.</summary>
    public long Revision { get; private set; }

    /// <summary>Called after each write, in order, inside the store's lock: must be quick and not write.</summary>
    public event Action<Change>? Committed;

    /// <summary>One object's current state, or null.</summary>
    public StoredObject? Get(ObjectKey key)
    {
        lock (_lock)
        {
            return Find(key);
        }
    }

    /// <summary>All objects of a kind (of one namespace, when given), sorted by namespace and name, and the revision they are a snapshot of.</summary>
    public (IReadOnlyList<StoredObject> Items, long Revision) List(GroupResource resource, string? ns = null)
    {
        lock (_lock)
        {
            if (!_objects.TryGetValue(resource, out SortedDictionary<(string Namespace, string Name), StoredObject>? map))
            {
                return ([], Revision);
            }

            return ([.. ns is null ? map.Values : map.Values.Where(o => o.Key.Namespace == ns)], Revision);
        }
    }

    /// <summary>What <see cref="List"/> said when a revision was the newest, or null when that lies before the history window.</summary>
    public (IReadOnlyList<StoredObject> Items, long Revision)? ListAt(long revision, GroupResource resource, string? ns = null)
    {
        lock (_lock)
        {
            if (revision < _oldest || revision > Revision)
            {
                return null;
            }

            var items = new SortedDictionary<(string Namespace, string Name), StoredObject>(KeyOrder.Instance);
            foreach (StoredObject item in List(resource).Items)
            {
                items[(item.Key.Namespace, item.Key.Name)] = item;
            }

            for (long later = Revision; later > revision; later--)
            {
                Change change = _history[later % HistoryWindow]!;
                ObjectKey key = change.Object.Key;
                if (key.Resource != resource)
                {
                    continue;
                }

                if (change.Previous is { } previous)
                {
                    items[(key.Namespace, key.Name)] = previous;
                }
                else
                {
                    items.Remove((key.Namespace, key.Name));
                }
            }

            return ([.. items.Values.Where(item => ns is null || item.Key.Namespace == ns)], revision);
        }
    }

    /// <summary>Every object there is.</summary>
    public IReadOnlyList<StoredObject> All()
    {
        lock (_lock)
        {
            return [.. _objects.Values.SelectMany(m => m.Values)];
        }
    }

    /// <summary>Writes a state in place of <paramref name="expected"/> (null: the object must not exist).</summary>
    /// <returns>The stored state, or null when the object is not in the expected state any more.</returns>
    /// <exception cref="IOException">The log could not be written; nothing has changed.</exception>
    public StoredObject? Put(ObjectKey key, JsonObject value, StoredObject? expected)
    {
        lock (_lock)
        {
            StoredObject? current = Find(key);
            if (!ReferenceEquals(current, expected))
            {
                return null;
            }

            long revision = Revision + 1;
            value.Need("metadata")["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
            var stored = new StoredObject(key, revision, JsonText.Bytes(value));
            _log?.Append(LogRecord.Put(stored));
            Commit(new Change(current is null ? ChangeKind.Added : ChangeKind.Modified, stored, current));
            return stored;
        }
    }

    /// <summary>Removes an object that is in state <paramref name="expected"/>; its last state gets the deletion's revision.</summary>
    /// <returns>The last state, or null when the object is not in the expected state any more.</returns>
    /// <exception cref="IOException">The log could not be written; nothing has changed.</exception>
    public StoredObject? Remove(ObjectKey key, StoredObject expected, JsonObject? last = null)
    {
        lock (_lock)
        {
            StoredObject? current = Find(key);
            if (current is null || !ReferenceEquals(current, expected))
            {
                return null;
            }

            long revision = Revision + 1;
            JsonObject value = last ?? current.ToNode();
            value.Need("metadata")["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
            var stored = new StoredObject(key, revision, JsonText.Bytes(value));
            _log?.Append(LogRecord.Delete(stored));
            Commit(new Change(ChangeKind.Deleted, stored, current));
            return stored;
        }
    }

    /// <summary>The writes after a revision, or null when that lies before the history window.</summary>
    /// <param name="after">Revision of the last write that was seen.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="changed">Completes at the next write after those returned.</param>
    /// <param name="current">The newest revision when the list was taken.</param>
    public IReadOnlyList<Change>? ReadHistory(long after, int limit, out Task changed, out long current)
    {
        lock (_lock)
        {
            changed = _changed.Task;
            current = Revision;
            if (after < _oldest)
            {
                return null;
            }

            var result = new List<Change>();
            for (long revision = after + 1; revision <= Revision && result.Count < limit; revision++)
            {
                result.Add(_history[revision % HistoryWindow]!);
            }

            if (result.Count > 0)
            {
                current = result[^1].Revision;
            }

            return result;
        }
    }

    /// <summary>Whether changes since a revision are still known.</summary>
    public bool Remembers(long revision)
    {
        lock (_lock)
        {
            return revision >= _oldest;
        }
    }

    /// <summary>Forgets the history, so that every watcher must list again (a compaction).</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _oldest = Revision;
            Signal();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _log?.Dispose();
        }
    }

    private StoredObject? Find(ObjectKey key) =>
        _objects.TryGetValue(key.Resource, out SortedDictionary<(string Namespace, string Name), StoredObject>? map)
            && map.TryGetValue((key.Namespace, key.Name), out StoredObject? found) ? found : null;

    private void Commit(Change change)
    {
        Apply(change);
        if (_log is { NeedsSnapshot: true })
        {
            _log.WriteSnapshot(Revision, _objects.Values.SelectMany(m => m.Values));
        }

        Committed?.Invoke(change);
        Signal();
    }

    private void Apply(Change change)
    {
        ObjectKey key = change.Object.Key;
        if (!_objects.TryGetValue(key.Resource, out SortedDictionary<(string Namespace, string Name), StoredObject>? map))
        {
            map = new SortedDictionary<(string Namespace, string Name), StoredObject>(KeyOrder.Instance);
            _objects[key.Resource] = map;
        }

        if (change.Kind == ChangeKind.Deleted)
        {
            map.Remove((key.Namespace, key.Name));
        }
        else
        {
            map[(key.Namespace, key.Name)] = change.Object;
        }

        Revision = change.Revision;
        _history[Revision % HistoryWindow] = change;
        _oldest = Math.Max(_oldest, Revision - HistoryWindow);
    }

    private void Restore(LogRecord record)
    {
        if (record.IsSnapshot)
        {
            ObjectKey key = record.Object.Key;
            if (!_objects.TryGetValue(key.Resource, out SortedDictionary<(string Namespace, string Name), StoredObject>? map))
            {
                map = new SortedDictionary<(string Namespace, string Name), StoredObject>(KeyOrder.Instance);
                _objects[key.Resource] = map;
            }

            map[(key.Namespace, key.Name)] = record.Object;
            return;
        }

        StoredObject? previous = Find(record.Object.Key);
        ChangeKind kind = record.IsDelete ? ChangeKind.Deleted : previous is null ? ChangeKind.Added : ChangeKind.Modified;
        Apply(new Change(kind, record.Object, previous));
    }

    private void Signal()
    {
        TaskCompletionSource old = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        old.SetResult();
    }

    private sealed class KeyOrder : IComparer<(string Namespace, string Name)>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare((string Namespace, string Name) x, (string Namespace, string Name) y)
        {
            int byNamespace = string.CompareOrdinal(x.Namespace, y.Namespace);
            return byNamespace != 0 ? byNamespace : string.CompareOrdinal(x.Name, y.Name);
        }
    }
}
