using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>A client for controllers of which several may believe to lead: it writes only while this process leads, and only what was read before.</summary>
/// <remarks>
/// Kubernetes does not fence. So every change and deletion has to carry the uid and the resourceVersion of the object as it was read, and every
/// creation a name of its own; a request without them is a mistake in the program and is not sent. What is sent was read before leadership was last
/// checked, hence before a successor could have begun: after the successor's first write to an object its version is another one, and
/// a request that was under way or held up for however long is refused with a conflict. Reads pass through.
/// </remarks>
public sealed class FencedClient(IKubernetesClient inner, ILeadership leadership) : IKubernetesClient
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
    public Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Require<T>(value.Metadata is { Name.Length: > 0, GenerateName: null }, "create", "a name of its own");
        CheckLeadership();
        return inner.CreateAsync(value, options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Require<T>(IsExact(value.Metadata), "update", Preconditions);
        CheckLeadership();
        return inner.UpdateAsync(value, options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Require<T>(patch.Body is JsonObject body && IsExact(body["metadata"]), "patch", Preconditions);
        CheckLeadership();
        return inner.PatchAsync<T>(key, patch, options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Require<T>(IsExact(value.Metadata), "apply", Preconditions);
        CheckLeadership();
        return inner.ApplyAsync(value, options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        Require<T>(options?.Preconditions is { Uid.Length: > 0, ResourceVersion.Length: > 0 }, "delete", Preconditions);
        CheckLeadership();
        return inner.DeleteAsync<T>(key, options, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.WatchAsync<T>(@namespace, options, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) => inner.ReadLogAsync(pod, options, cancellationToken);

    /// <inheritdoc/>
    public Task<HttpResponseMessage> ProxyPodAsync(
        ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        inner.ProxyPodAsync(pod, port, method, path, content, cancellationToken);

    /// <inheritdoc/>
    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Get)
        {
            throw new InvalidOperationException("A fenced client sends no write without a type.");
        }

        return inner.SendRawAsync(request, cancellationToken);
    }

    private const string Preconditions = "the uid and the resourceVersion that were read";

    private void CheckLeadership()
    {
        if (!leadership.IsLeader)
        {
            throw new LeadershipLostException("This process does not lead; nothing is written.");
        }
    }

    private static bool IsExact(ObjectMeta metadata) => metadata is { Uid.Length: > 0, ResourceVersion.Length: > 0 };

    private static bool IsExact(JsonNode? metadata) =>
        metadata?["uid"]?.GetValue<string>() is { Length: > 0 } && metadata["resourceVersion"]?.GetValue<string>() is { Length: > 0 };

    private static void Require<T>(bool condition, string verb, string what)
        where T : class, IKubernetesObject<T>
    {
        if (!condition)
        {
            throw new InvalidOperationException($"A fenced {verb} of a {T.Resource.Kind} has to carry {what}.");
        }
    }
}
