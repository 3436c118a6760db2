using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>Informers of several namespaces, seen as one: a list and a watch per namespace, so that rights in those namespaces are enough.</summary>
public sealed class NamespacedInformers<T> : IInformer<T>
    where T : class, IKubernetesObject<T>
{
    private readonly SortedDictionary<string, Informer<T>> _byNamespace = new(StringComparer.Ordinal);
    private readonly Lock _handling = new();

    /// <summary>Joins informers.</summary>
    /// <param name="namespaces">Each once, at least one.</param>
    /// <param name="make">Makes the informer of a namespace.</param>
    public NamespacedInformers(IEnumerable<string> namespaces, Func<string, Informer<T>> make)
    {
        foreach (string name in namespaces)
        {
            _byNamespace.Add(name, make(name));
        }

        Store = new JoinedStore(_byNamespace);
    }

    /// <inheritdoc/>
    public ResourceType Resource => T.Resource;

    /// <inheritdoc/>
    public IObjectStore<T> Store { get; }

    /// <inheritdoc/>
    public bool HasSynced => _byNamespace.Values.All(informer => informer.HasSynced);

    /// <inheritdoc/>
    public bool IsFresh => _byNamespace.Values.All(informer => informer.IsFresh);

    /// <inheritdoc/>
    public bool IsStuck => _byNamespace.Values.Any(informer => informer.IsStuck);

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(_byNamespace.Values.Select(informer => informer.WaitForSyncAsync(cancellationToken)));

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_byNamespace.Values.Select(informer => informer.RunAsync(cancellationToken)));

    /// <inheritdoc/>
    public Task RelistAsync(CancellationToken cancellationToken) => Task.WhenAll(_byNamespace.Values.Select(informer => informer.RelistAsync(cancellationToken)));

    /// <inheritdoc/>
    public void Distrust()
    {
        foreach (Informer<T> informer in _byNamespace.Values)
        {
            informer.Distrust();
        }
    }

    /// <inheritdoc/>
    public bool HasSeen(ObjectKey key, string? uid, string? resourceVersion) =>
        !_byNamespace.TryGetValue(key.Namespace, out Informer<T>? informer) || informer.HasSeen(key, uid, resourceVersion);

    /// <inheritdoc/>
    public void AddHandler(Action<ObjectChange<T>> handler)
    {
        foreach (Informer<T> informer in _byNamespace.Values)
        {
            informer.AddHandler(change =>
            {
                // One at a time, as of a single informer.
                lock (_handling)
                {
                    handler(change);
                }
            });
        }
    }

    private sealed class JoinedStore(SortedDictionary<string, Informer<T>> byNamespace) : IObjectStore<T>
    {
        public int Count => byNamespace.Values.Sum(informer => informer.Store.Count);

        public T? Get(ObjectKey key) => byNamespace.GetValueOrDefault(key.Namespace)?.Store.Get(key);

        public IReadOnlyList<T> List(string? @namespace = null) =>
            string.IsNullOrEmpty(@namespace)
                ? [.. byNamespace.Values.SelectMany(informer => informer.Store.List())]
                : byNamespace.GetValueOrDefault(@namespace)?.Store.List() ?? [];

        public IReadOnlyList<T> OfGroup(string @namespace, string group) => byNamespace.GetValueOrDefault(@namespace)?.Store.OfGroup(@namespace, group) ?? [];
    }
}
