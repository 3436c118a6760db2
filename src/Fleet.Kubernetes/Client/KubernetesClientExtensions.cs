using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>What can be said in terms of <see cref="IKubernetesClient"/>.</summary>
public static class KubernetesClientExtensions
{
    private const int PageSize = 500;

    /// <summary>Reads a whole collection page by page; a token that expires on the way starts over.</summary>
    public static async Task<KubernetesList<T>> ListAllAsync<T>(
        this IKubernetesClient client, string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ListOptions first = (options ?? new ListOptions()) with { Continue = null };
        first = first with { Limit = first.Limit ?? PageSize };
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                KubernetesList<T> all = await client.ListAsync<T>(@namespace, first, cancellationToken);
                while (all.Metadata.Continue is { Length: > 0 } token)
                {
                    // The token carries the version of the first page; a version beside it is refused.
                    ListOptions next = first with { Continue = token, ResourceVersion = null };
                    KubernetesList<T> page = await client.ListAsync<T>(@namespace, next, cancellationToken);
                    all.Items.AddRange(page.Items);
                    all.Metadata = page.Metadata;
                }

                return all;
            }
            catch (ResourceExpiredException) when (attempt < 3)
            {
                // Compacted between two pages of a long list.
            }
        }
    }

    /// <summary>Replaces the status of an object; the rest of it is ignored by the server.</summary>
    public static Task<T> UpdateStatusAsync<T>(this IKubernetesClient client, T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> =>
        client.UpdateAsync(value, (options ?? new WriteOptions()) with { Subresource = "status" }, cancellationToken);

    /// <summary>Changes parts of the status of an object.</summary>
    public static Task<T> PatchStatusAsync<T>(
        this IKubernetesClient client, ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> =>
        client.PatchAsync<T>(key, patch, (options ?? new WriteOptions()) with { Subresource = "status" }, cancellationToken);

    /// <summary>Deletes exactly the object that was read: its uid, and if wanted its version, must still be the same.</summary>
    /// <exception cref="KubernetesException">Conflict: it is another object or has changed.</exception>
    public static Task<bool> DeleteAsync<T>(
        this IKubernetesClient client, T value, bool sameVersion, string? propagationPolicy, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        var options = new DeleteOptions
        {
            Preconditions = new Preconditions { Uid = value.Metadata.Uid, ResourceVersion = sameVersion ? value.Metadata.ResourceVersion : null },
            PropagationPolicy = propagationPolicy,
        };
        return client.DeleteAsync<T>(ObjectKey.Of(value), options, cancellationToken);
    }

    /// <summary>Body of a request without a type, as a whole.</summary>
    public static async Task<byte[]> GetRawAsync(this IKubernetesClient client, string pathAndQuery, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await client.SendRawAsync(new RawRequest(HttpMethod.Get, pathAndQuery), cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }
}
