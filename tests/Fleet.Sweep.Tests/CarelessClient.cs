using System.Text.Json.Nodes;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Sweep.Tests;

/// <summary>What an operator may forget.</summary>
internal enum Mistake
{
    /// <summary>That a write is meant for the object that was read, and for no other.</summary>
    NoPreconditions,

    /// <summary>That what it creates may have been created already, by itself before it died: it begins again.</summary>
    CreatesAnew,

    /// <summary>That a pod with keys has to end before another one begins.</summary>
    ForcesPods,

    /// <summary>That nothing is to be written where nothing changed.</summary>
    Restless,
}

/// <summary>A client through which an operator makes one kind of mistake in all its writes.</summary>
internal sealed class CarelessClient(IKubernetesClient inner, Mistake mistake) : IKubernetesClient
{
    public Uri Server => inner.Server;

    public string DefaultNamespace => inner.DefaultNamespace;

    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.GetAsync<T>(key, cancellationToken);

    public async Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        T? found = await inner.FindAsync<T>(key, cancellationToken);
        if (mistake == Mistake.Restless && found is Secret)
        {
            var touch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["example.org/seen"] = Guid.NewGuid().ToString() } } };
            await inner.PatchAsync<T>(key, Patch.Merge(touch), null, cancellationToken);
        }

        return found;
    }

    public Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.ListAsync<T>(@namespace, options, cancellationToken);

    public async Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            return await inner.CreateAsync(value, options, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists && mistake == Mistake.CreatesAnew)
        {
            await inner.DeleteAsync<T>(ObjectKey.Of(value), null, cancellationToken);
            return await inner.CreateAsync(value, options, cancellationToken);
        }
    }

    public Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.UpdateAsync(value, options, cancellationToken);

    public Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.PatchAsync<T>(key, patch, options, cancellationToken);

    public Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.ApplyAsync(value, options, cancellationToken);

    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        DeleteOptions changed = options ?? new DeleteOptions();
        changed.Preconditions = mistake == Mistake.NoPreconditions ? null : changed.Preconditions;
        changed.GracePeriodSeconds = mistake == Mistake.ForcesPods && typeof(T) == typeof(Pod) ? 0 : changed.GracePeriodSeconds;
        return inner.DeleteAsync<T>(key, changed, cancellationToken);
    }

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.WatchAsync<T>(@namespace, options, cancellationToken);

    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) => inner.ReadLogAsync(pod, options, cancellationToken);

    public Task<HttpResponseMessage> ProxyPodAsync(ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        inner.ProxyPodAsync(pod, port, method, path, content, cancellationToken);

    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken) => inner.SendRawAsync(request, cancellationToken);
}
