using System.Collections.Concurrent;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests;

/// <summary>A client that remembers every write, so that a test can say there was none.</summary>
internal sealed class CountingClient(IKubernetesClient inner) : IKubernetesClient
{
    private readonly ConcurrentQueue<string> _writes = new();

    public IReadOnlyCollection<string> Writes => _writes;

    public Uri Server => inner.Server;

    public string DefaultNamespace => inner.DefaultNamespace;

    public void Forget() => _writes.Clear();

    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.GetAsync<T>(key, cancellationToken);

    public Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.FindAsync<T>(key, cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.ListAsync<T>(@namespace, options, cancellationToken);

    public Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        _writes.Enqueue($"create {T.Resource.Kind} {value.Metadata.Name}");
        return inner.CreateAsync(value, options, cancellationToken);
    }

    public Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        _writes.Enqueue($"update {T.Resource.Kind} {value.Metadata.Name}");
        return inner.UpdateAsync(value, options, cancellationToken);
    }

    public Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        _writes.Enqueue($"patch {T.Resource.Kind} {key.Name} {options?.Subresource} {patch.Body.ToJsonString()}");
        return inner.PatchAsync<T>(key, patch, options, cancellationToken);
    }

    public Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        _writes.Enqueue($"apply {T.Resource.Kind} {value.Metadata.Name}");
        return inner.ApplyAsync(value, options, cancellationToken);
    }

    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        _writes.Enqueue($"delete {T.Resource.Kind} {key.Name}");
        return inner.DeleteAsync<T>(key, options, cancellationToken);
    }

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.WatchAsync<T>(@namespace, options, cancellationToken);

    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) => inner.ReadLogAsync(pod, options, cancellationToken);

    public Task<HttpResponseMessage> ProxyPodAsync(ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        inner.ProxyPodAsync(pod, port, method, path, content, cancellationToken);

    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken) => inner.SendRawAsync(request, cancellationToken);
}
