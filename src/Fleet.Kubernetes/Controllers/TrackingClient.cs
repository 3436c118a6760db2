using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>A client that tells the <see cref="WriteTracker"/> of every write that goes through it.</summary>
public sealed class TrackingClient(IKubernetesClient inner) : IKubernetesClient
{
    /// <inheritdoc/>
    public Uri Server => inner.Server;

    /// <inheritdoc/>
    public string DefaultNamespace => inner.DefaultNamespace;

    /// <inheritdoc/>
    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.GetAsync<T>(key, cancellationToken);

    /// <inheritdoc/>
    public Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.FindAsync<T>(key, cancellationToken);

    /// <inheritdoc/>
    public Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.ListAsync<T>(@namespace, options, cancellationToken);

    /// <inheritdoc/>
    public async Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => Note(await inner.CreateAsync(value, options, cancellationToken), options);

    /// <inheritdoc/>
    public async Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => Note(await inner.UpdateAsync(value, options, cancellationToken), options);

    /// <inheritdoc/>
    public async Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => Note(await inner.PatchAsync<T>(key, patch, options, cancellationToken), options);

    /// <inheritdoc/>
    public async Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => Note(await inner.ApplyAsync(value, options, cancellationToken), options);

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        bool existed = await inner.DeleteAsync<T>(key, options, cancellationToken);
        if (options?.DryRun is not { Count: > 0 })
        {
            // Without a uid the deletion is seen when no object of the name is left that is not being deleted.
            WriteTracker.Note(T.Resource, key, options?.Preconditions?.Uid, null);
        }

        return existed;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.WatchAsync<T>(@namespace, options, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) =>
        inner.ReadLogAsync(pod, options, cancellationToken);

    /// <inheritdoc/>
    public Task<HttpResponseMessage> ProxyPodAsync(
        ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        inner.ProxyPodAsync(pod, port, method, path, content, cancellationToken);

    /// <inheritdoc/>
    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken) => inner.SendRawAsync(request, cancellationToken);

    private static T Note<T>(T written, WriteOptions? options)
        where T : class, IKubernetesObject<T>
    {
        if (options is not { DryRun: true })
        {
            WriteTracker.Note(T.Resource, ObjectKey.Of(written), written.Metadata.Uid, written.Metadata.ResourceVersion);
        }

        return written;
    }
}
