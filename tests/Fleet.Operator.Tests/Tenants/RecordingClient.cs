using System.Collections.Concurrent;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests.Tenants;

/// <summary>One request of the operator.</summary>
internal sealed record Request(string Verb, string Kind, string? Namespace, string? Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Verb} {Kind} {Namespace}/{Name}";
}

/// <summary>A client that remembers every request, reads included.</summary>
internal sealed class RecordingClient(IKubernetesClient inner) : IKubernetesClient
{
    private readonly ConcurrentQueue<Request> _requests = new();

    public IReadOnlyCollection<Request> Requests => _requests;

    public Uri Server => inner.Server;

    public string DefaultNamespace => inner.DefaultNamespace;

    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("get", key.Namespace, key.Name);
        return inner.GetAsync<T>(key, cancellationToken);
    }

    public Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("get", key.Namespace, key.Name);
        return inner.FindAsync<T>(key, cancellationToken);
    }

    public Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("list", @namespace, null);
        return inner.ListAsync<T>(@namespace, options, cancellationToken);
    }

    public Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("create", value.Metadata.Namespace, value.Metadata.Name);
        return inner.CreateAsync(value, options, cancellationToken);
    }

    public Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("update", value.Metadata.Namespace, value.Metadata.Name);
        return inner.UpdateAsync(value, options, cancellationToken);
    }

    public Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("patch", key.Namespace, key.Name);
        return inner.PatchAsync<T>(key, patch, options, cancellationToken);
    }

    public Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("patch", value.Metadata.Namespace, value.Metadata.Name);
        return inner.ApplyAsync(value, options, cancellationToken);
    }

    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("delete", key.Namespace, key.Name);
        return inner.DeleteAsync<T>(key, options, cancellationToken);
    }

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Note<T>("watch", @namespace, null);
        return inner.WatchAsync<T>(@namespace, options, cancellationToken);
    }

    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) => throw new InvalidOperationException("the operator reads no logs");

    public Task<HttpResponseMessage> ProxyPodAsync(ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("the operator asks no pod through the API server");

    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("the operator sends no raw request");

    private void Note<T>(string verb, string? @namespace, string? name)
        where T : class, IKubernetesObject<T> => _requests.Enqueue(new Request(verb, T.Resource.Plural, @namespace, name));
}
