using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>Typed access to an API server. Thread-safe.</summary>
/// <remarks>
/// Every method throws <see cref="KubernetesException"/> when the server refuses, <see cref="KubernetesConnectionException"/> when it cannot be
/// reached or its answer is damaged, and <see cref="OperationCanceledException"/> only when the caller's token is cancelled.
/// 429, and 5xx answers that carry Retry-After, are waited out and repeated; a 401 re-reads the credentials once; a read whose connection the server
/// closes before it answers is asked again on another.
/// A namespace argument that is null or empty means all namespaces (lists, watches) or a cluster-scoped kind.
/// </remarks>
public interface IKubernetesClient
{
    /// <summary>Address of the server.</summary>
    Uri Server { get; }

    /// <summary>Namespace of the configuration's context; <c>default</c> where it names none.</summary>
    string DefaultNamespace { get; }

    /// <summary>Reads one object.</summary>
    Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Reads one object; null when it does not exist.</summary>
    Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Reads one page of a collection; see <see cref="KubernetesClientExtensions.ListAllAsync"/> for all of them.</summary>
    Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Creates an object; its metadata says where.</summary>
    Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Replaces an object. A resourceVersion in its metadata is a precondition.</summary>
    Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Changes parts of an object.</summary>
    Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Server-side apply; <see cref="WriteOptions.FieldManager"/> is required.</summary>
    Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Deletes an object; false when it did not exist.</summary>
    Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Changes of a collection as they happen; ends when the server ends the watch.</summary>
    /// <exception cref="ResourceExpiredException">The resourceVersion is too old, said as HTTP status or as ERROR event: list again.</exception>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>;

    /// <summary>Log of a container; the stream ends with the log unless it is followed.</summary>
    Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken);

    /// <summary>HTTP request to a port of a pod through the API server. The caller disposes the response, whatever its status.</summary>
    /// <param name="path">Path and query of the request to the pod, beginning with a slash.</param>
    Task<HttpResponseMessage> ProxyPodAsync(ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken);

    /// <summary>Any request, for paths that have no type: discovery, OpenAPI, Tables. The caller disposes the response.</summary>
    /// <exception cref="KubernetesException">The answer is no success.</exception>
    Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken);
}

/// <summary>Which objects of a collection, and which page of them.</summary>
public sealed record ListOptions
{
    /// <summary>In the form <c>a=b,c in (d,e)</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>In the form <c>metadata.name=x</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Most items per page; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Token of the page before.</summary>
    public string? Continue { get; init; }

    /// <summary>Null: the newest state. <c>0</c>: whatever the server has at hand.</summary>
    public string? ResourceVersion { get; init; }
}

/// <summary>Which changes, and since when.</summary>
public sealed record WatchOptions
{
    /// <inheritdoc cref="ListOptions.LabelSelector"/>
    public string? LabelSelector { get; init; }

    /// <inheritdoc cref="ListOptions.FieldSelector"/>
    public string? FieldSelector { get; init; }

    /// <summary>Changes after this version; null: first every object as ADDED, then changes.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Whether the server reports progress when nothing changes.</summary>
    public bool AllowBookmarks { get; init; } = true;

    /// <summary>After this time the server ends the watch. Whole seconds.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Called when the server has accepted the watch, before its first event.</summary>
    public Action? Opened { get; init; }
}

/// <summary>How a write is carried out.</summary>
public sealed record WriteOptions
{
    /// <summary>Name under which the changed fields are owned.</summary>
    public string? FieldManager { get; init; }

    /// <summary>Apply only: take fields over from other managers.</summary>
    public bool Force { get; init; }

    /// <summary>Do everything except store the result.</summary>
    public bool DryRun { get; init; }

    /// <summary>For example <c>status</c>; null: the object itself.</summary>
    public string? Subresource { get; init; }
}

/// <summary>Which part of a log.</summary>
public sealed record LogOptions
{
    /// <summary>Needed where the pod has several containers.</summary>
    public string? Container { get; init; }

    /// <summary>Keep the stream open and send what is written later.</summary>
    public bool Follow { get; init; }

    /// <summary>The log of the container's previous run.</summary>
    public bool Previous { get; init; }

    /// <summary>Only the last lines.</summary>
    public int? TailLines { get; init; }

    /// <summary>Only the last seconds.</summary>
    public int? SinceSeconds { get; init; }

    /// <summary>Begin every line with its time.</summary>
    public bool Timestamps { get; init; }
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED or BOOKMARK; an ERROR is thrown instead.</param>
/// <param name="Object">The object; of a bookmark only the resourceVersion is set.</param>
public sealed record WatchEvent<T>(string Type, T Object)
    where T : class;

/// <summary>A request without a type.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="PathAndQuery">Path below the server's address, beginning with a slash.</param>
public sealed record RawRequest(HttpMethod Method, string PathAndQuery)
{
    /// <summary>Body, or null.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>Type of the body.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>What the answer may be.</summary>
    public string Accept { get; init; } = "application/json";

    /// <summary>Whether the answer is read as it comes, without the limit on the duration of a request.</summary>
    public bool Streaming { get; init; }
}

/// <summary>A change of parts of an object.</summary>
/// <param name="ContentType">Which kind of patch.</param>
/// <param name="Body">The patch itself.</param>
public sealed record Patch(string ContentType, JsonNode Body)
{
    public const string JsonPatchType = "application/json-patch+json";
    public const string MergePatchType = "application/merge-patch+json";
    public const string StrategicPatchType = "application/strategic-merge-patch+json";
    public const string ApplyPatchType = "application/apply-patch+yaml";

    /// <summary>RFC 6902: a list of operations.</summary>
    public static Patch Json(params JsonObject[] operations) => new(JsonPatchType, new JsonArray([.. operations]));

    /// <summary>RFC 7386: fields to set, null to remove; lists are replaced.</summary>
    public static Patch Merge(JsonNode body) => new(MergePatchType, body);

    /// <summary>Like merge, but lists are merged by their keys; built-in kinds only.</summary>
    public static Patch Strategic(JsonNode body) => new(StrategicPatchType, body);

    /// <summary>Server-side apply: the fields the manager wants, no others.</summary>
    public static Patch Apply(JsonNode body) => new(ApplyPatchType, body);

    /// <summary>One operation of <see cref="Json"/>.</summary>
    /// <param name="op"><c>add</c>, <c>remove</c>, <c>replace</c> or <c>test</c>.</param>
    /// <param name="path">JSON pointer.</param>
    /// <param name="value">Left out of a <c>remove</c>.</param>
    public static JsonObject Operation(string op, string path, JsonNode? value = null) =>
        op == "remove" ? new JsonObject { ["op"] = op, ["path"] = path } : new JsonObject { ["op"] = op, ["path"] = path, ["value"] = value };
}
