using System.Collections.Immutable;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>What happened to an object.</summary>
public enum ChangeKind
{
    /// <summary>The store learned of it.</summary>
    Added,

    /// <summary>It changed.</summary>
    Updated,

    /// <summary>It is gone; perhaps noticed only afterwards, by its absence from a list.</summary>
    Deleted,

    /// <summary>Nothing happened; told again so that nothing stays forgotten.</summary>
    Resync,
}

/// <summary>One change of a store.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Key">To which object.</param>
/// <param name="Old">The object before; null when it was added.</param>
/// <param name="Current">The object now; null when it was deleted.</param>
public readonly record struct ObjectChange<T>(ChangeKind Kind, ObjectKey Key, T? Old, T? Current)
    where T : class
{
    /// <summary>The object now, or as it last was.</summary>
    public T Latest => Current ?? Old!;
}

/// <summary>Read side of an informer's memory. The objects are shared: whoever wants to change one clones it first.</summary>
public interface IObjectStore<T>
    where T : class, IKubernetesObject<T>
{
    /// <summary>Number of objects.</summary>
    int Count { get; }

    /// <summary>The object, or null.</summary>
    T? Get(ObjectKey key);

    /// <summary>All objects, of one namespace if it is given, in order of their keys.</summary>
    IReadOnlyList<T> List(string? @namespace = null);

    /// <summary>Objects of a namespace that belong to a group, in order of their keys; which group an object belongs to is told to the informer.</summary>
    IReadOnlyList<T> OfGroup(string @namespace, string group);
}

/// <summary>Objects by key, with indexes by namespace and by group; one writer, any number of readers.</summary>
/// <param name="groupOf">The group of an object; null for one without.</param>
/// <remarks>
/// The whole content is one immutable value that is replaced after each change, so readers never lock and see a list's
/// effect all at once.
/// </remarks>
internal sealed class ObjectStore<T>(Func<T, string?>? groupOf = null) : IObjectStore<T>
    where T : class, IKubernetesObject<T>
{
    private Snapshot _snapshot = Snapshot.Empty(groupOf ?? (static _ => null));

    public int Count => Volatile.Read(ref _snapshot).ByKey.Count;

    public T? Get(ObjectKey key) => Volatile.Read(ref _snapshot).ByKey.GetValueOrDefault(key);

    public IReadOnlyList<T> List(string? @namespace = null)
    {
        Snapshot snapshot = Volatile.Read(ref _snapshot);
        return string.IsNullOrEmpty(@namespace)
            ? [.. snapshot.ByKey.Values]
            : snapshot.ByNamespace.TryGetValue(@namespace, out ImmutableSortedDictionary<ObjectKey, T>? items) ? [.. items.Values] : [];
    }

    public IReadOnlyList<T> OfGroup(string @namespace, string group) =>
        Volatile.Read(ref _snapshot).ByGroup.TryGetValue((@namespace, group), out ImmutableSortedDictionary<ObjectKey, T>? items) ? [.. items.Values] : [];

    /// <summary>Puts or replaces one object; the changes it means, in order.</summary>
    public IReadOnlyList<ObjectChange<T>> Put(T value)
    {
        ObjectKey key = ObjectKey.Of(value);
        Snapshot before = _snapshot;
        T? old = before.ByKey.GetValueOrDefault(key);
        IReadOnlyList<ObjectChange<T>> changes = Compare(key, old, value);
        if (changes.Count > 0)
        {
            Volatile.Write(ref _snapshot, before.Without(key, old).With(key, value));
        }

        return changes;
    }

    /// <summary>Removes one object; the change it means, if it was there.</summary>
    public IReadOnlyList<ObjectChange<T>> Remove(ObjectKey key, string? uid)
    {
        Snapshot before = _snapshot;
        T? old = before.ByKey.GetValueOrDefault(key);
        if (old is null || (uid is not null && old.Metadata.Uid != uid))
        {
            return [];
        }

        Volatile.Write(ref _snapshot, before.Without(key, old));
        return [new ObjectChange<T>(ChangeKind.Deleted, key, old, null)];
    }

    /// <summary>Replaces everything by a list; what changed since, with a deletion for everything the list lacks.</summary>
    /// <param name="items">The list.</param>
    /// <param name="distrustVersions">Whether the server was set back: then equal versions say nothing, and everything that stays counts as changed.</param>
    public IReadOnlyList<ObjectChange<T>> Replace(IReadOnlyCollection<T> items, bool distrustVersions = false)
    {
        Snapshot before = _snapshot;
        Snapshot after = Snapshot.Empty(before.GroupOf).WithAll(items);
        var changes = new List<ObjectChange<T>>();
        foreach ((ObjectKey key, T old) in before.ByKey)
        {
            if (!after.ByKey.ContainsKey(key))
            {
                changes.Add(new ObjectChange<T>(ChangeKind.Deleted, key, old, null));
            }
        }

        foreach ((ObjectKey key, T current) in after.ByKey)
        {
            T? old = before.ByKey.GetValueOrDefault(key);
            IReadOnlyList<ObjectChange<T>> change = Compare(key, old, current);
            changes.AddRange(distrustVersions && change.Count == 0 ? [new ObjectChange<T>(ChangeKind.Updated, key, old, current)] : change);
        }

        Volatile.Write(ref _snapshot, after);
        return changes;
    }

    private static IReadOnlyList<ObjectChange<T>> Compare(ObjectKey key, T? old, T current)
    {
        if (old is null)
        {
            return [new ObjectChange<T>(ChangeKind.Added, key, null, current)];
        }

        if (old.Metadata.Uid != current.Metadata.Uid)
        {
            // Deleted and created again under the same name while nobody looked.
            return [new ObjectChange<T>(ChangeKind.Deleted, key, old, null), new ObjectChange<T>(ChangeKind.Added, key, null, current)];
        }

        return old.Metadata.ResourceVersion == current.Metadata.ResourceVersion ? [] : [new ObjectChange<T>(ChangeKind.Updated, key, old, current)];
    }

    private sealed record Snapshot(
        Func<T, string?> GroupOf,
        ImmutableSortedDictionary<ObjectKey, T> ByKey,
        ImmutableDictionary<string, ImmutableSortedDictionary<ObjectKey, T>> ByNamespace,
        ImmutableDictionary<(string Namespace, string Group), ImmutableSortedDictionary<ObjectKey, T>> ByGroup)
    {
        public static Snapshot Empty(Func<T, string?> groupOf) => new(
            groupOf,
            ImmutableSortedDictionary<ObjectKey, T>.Empty,
            ImmutableDictionary.Create<string, ImmutableSortedDictionary<ObjectKey, T>>(StringComparer.Ordinal),
            ImmutableDictionary<(string, string), ImmutableSortedDictionary<ObjectKey, T>>.Empty);

        public Snapshot WithAll(IEnumerable<T> items)
        {
            Snapshot result = this;
            foreach (T item in items)
            {
                ObjectKey key = ObjectKey.Of(item);
                result = result.Without(key, result.ByKey.GetValueOrDefault(key)).With(key, item);
            }

            return result;
        }

        public Snapshot With(ObjectKey key, T value) => this with
        {
            ByKey = ByKey.SetItem(key, value),
            ByNamespace = Add(ByNamespace, key.Namespace, key, value),
            ByGroup = GroupOf(value) is { } group ? Add(ByGroup, (key.Namespace, group), key, value) : ByGroup,
        };

        public Snapshot Without(ObjectKey key, T? value) => value is null ? this : this with
        {
            ByKey = ByKey.Remove(key),
            ByNamespace = Remove(ByNamespace, key.Namespace, key),
            ByGroup = GroupOf(value) is { } group ? Remove(ByGroup, (key.Namespace, group), key) : ByGroup,
        };

        private static ImmutableDictionary<TName, ImmutableSortedDictionary<ObjectKey, T>> Add<TName>(
            ImmutableDictionary<TName, ImmutableSortedDictionary<ObjectKey, T>> index, TName name, ObjectKey key, T value)
            where TName : notnull =>
            index.SetItem(name, index.GetValueOrDefault(name, ImmutableSortedDictionary<ObjectKey, T>.Empty).SetItem(key, value));

        private static ImmutableDictionary<TName, ImmutableSortedDictionary<ObjectKey, T>> Remove<TName>(
            ImmutableDictionary<TName, ImmutableSortedDictionary<ObjectKey, T>> index, TName name, ObjectKey key)
            where TName : notnull
        {
            ImmutableSortedDictionary<ObjectKey, T> items = index.GetValueOrDefault(name, ImmutableSortedDictionary<ObjectKey, T>.Empty).Remove(key);
            return items.IsEmpty ? index.Remove(name) : index.SetItem(name, items);
        }
    }
}
