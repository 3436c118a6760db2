using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Kubernetes;

/// <summary><see cref="IKubernetesClient"/> over HTTP.</summary>
public sealed partial class KubernetesClient : IKubernetesClient, IDisposable
{
    private readonly KubernetesClientConfig _config;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KubernetesMetrics? _metrics;
    private readonly HttpMessageInvoker _http;
    private readonly string _prefix;
    private readonly ConcurrentDictionary<ResourceType, ResourceType> _served = new();
    private X509Certificate2? _certificate;

    /// <summary>A client for <paramref name="config"/>; connections are made when they are needed.</summary>
    public KubernetesClient(KubernetesClientConfig config, KubernetesClientOptions? options = null, TimeProvider? time = null, ILogger<KubernetesClient>? logger = null, KubernetesMetrics? metrics = null)
    {
        _config = config;
        _options = options ?? new KubernetesClientOptions();
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<KubernetesClient>.Instance;
        _metrics = metrics;
        _http = new HttpMessageInvoker(HttpConnection.CreateHandler(config, _options, () => _certificate));
        _prefix = config.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    /// <inheritdoc/>
    public Uri Server => _config.Server;

    /// <inheritdoc/>
    public string DefaultNamespace => _config.Namespace;

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <inheritdoc/>
    public async Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        return await SendForObjectAsync<T>(new RawRequest(HttpMethod.Get, type.Path(key.Namespace, key.Name)), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            return await GetAsync<T>(key, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        string path = new QueryBuilder(type.Path(@namespace))
            .Add("labelSelector", options?.LabelSelector)
            .Add("fieldSelector", options?.FieldSelector)
            .Add("limit", options?.Limit)
            .Add("continue", options?.Continue)
            .Add("resourceVersion", options?.ResourceVersion)
            .ToString();
        byte[] body = await SendForBodyAsync(new RawRequest(HttpMethod.Get, path), cancellationToken);
        KubernetesList<T> list = Parse(body, T.ListJsonType, path);
        foreach (T item in list.Items)
        {
            Stamp(item);
        }

        return list;
    }

    /// <inheritdoc/>
    public async Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        string path = WriteQuery(type.Path(value.Metadata.Namespace, options?.Subresource is null ? null : value.Metadata.Name, options?.Subresource), options);
        return await SendForObjectAsync<T>(new RawRequest(HttpMethod.Post, path) { Body = Serialize(value, type) }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        string path = WriteQuery(type.Path(value.Metadata.Namespace, RequireName(value), options?.Subresource), options);
        return await SendForObjectAsync<T>(new RawRequest(HttpMethod.Put, path) { Body = Serialize(value, type) }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        string path = WriteQuery(type.Path(key.Namespace, key.Name, options?.Subresource), options, patch.ContentType == Patch.ApplyPatchType);
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(patch.Body, KubernetesJson.Context.JsonNode);
        return await SendForObjectAsync<T>(new RawRequest(HttpMethod.Patch, path) { Body = body, ContentType = patch.ContentType }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        if (string.IsNullOrEmpty(options.FieldManager))
        {
            throw new ArgumentException("Apply needs the name of a field manager.", nameof(options));
        }

        ResourceType type = await ResolveAsync<T>(cancellationToken);
        string path = WriteQuery(type.Path(value.Metadata.Namespace, RequireName(value), options.Subresource), options, isApply: true);
        return await SendForObjectAsync<T>(
            new RawRequest(HttpMethod.Patch, path) { Body = Serialize(value, type), ContentType = Patch.ApplyPatchType }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        byte[]? body = options is null ? null : JsonSerializer.SerializeToUtf8Bytes(options, KubernetesJson.Context.DeleteOptions);
        try
        {
            _ = await SendForBodyAsync(new RawRequest(HttpMethod.Delete, type.Path(key.Namespace, key.Name)) { Body = body }, cancellationToken);
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? @namespace, WatchOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType type = await ResolveAsync<T>(cancellationToken);
        options ??= new WatchOptions();
        string path = new QueryBuilder(type.Path(@namespace))
            .Add("watch", "1")
            .Add("labelSelector", options.LabelSelector)
            .Add("fieldSelector", options.FieldSelector)
            .Add("resourceVersion", options.ResourceVersion)
            .Add("allowWatchBookmarks", options.AllowBookmarks ? "true" : null)
            .Add("timeoutSeconds", options.Timeout is { } timeout ? (int)Math.Ceiling(timeout.TotalSeconds) : null)
            .ToString();

        using HttpResponseMessage response = await SendRawAsync(new RawRequest(HttpMethod.Get, path) { Streaming = true }, cancellationToken);
        options.Opened?.Invoke();
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var lines = new WatchReader(stream, _config.Server);
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            WatchEvent<T> item = WatchReader.Parse<T>(line, _config.Server);
            Stamp(item.Object);
            yield return item;
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken)
    {
        options ??= new LogOptions();
        string path = new QueryBuilder(Pod.Resource.Path(pod.Namespace, pod.Name, "log"))
            .Add("container", options.Container)
            .Add("follow", options.Follow ? "true" : null)
            .Add("previous", options.Previous ? "true" : null)
            .Add("timestamps", options.Timestamps ? "true" : null)
            .Add("tailLines", options.TailLines)
            .Add("sinceSeconds", options.SinceSeconds)
            .ToString();
        HttpResponseMessage response = await SendRawAsync(new RawRequest(HttpMethod.Get, path) { Accept = "*/*", Streaming = true }, cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<HttpResponseMessage> ProxyPodAsync(
        ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        string prefix = Pod.Resource.Path(pod.Namespace, pod.Name + ":" + port.ToString(CultureInfo.InvariantCulture), "proxy");
        ReadOnlyMemory<byte>? body = content is null ? null : await content.ReadAsByteArrayAsync(cancellationToken);
        var request = new RawRequest(method, prefix + path)
        {
            Body = body,
            ContentType = content?.Headers.ContentType?.ToString() ?? "application/octet-stream",
            Accept = "*/*",
        };

        // An answer of the pod is the caller's to judge; nothing is repeated on its behalf.
        return await SendOnceAsync(request, refreshCredential: false, cancellationToken);
    }

    private static string RequireName(IKubernetesObject value) =>
        value.Metadata.Name is { Length: > 0 } name ? name : throw new ArgumentException("The object has no name.", nameof(value));

    private static string WriteQuery(string path, WriteOptions? options, bool isApply = false) => new QueryBuilder(path)
        .Add("fieldManager", options?.FieldManager)
        .Add("force", isApply && options is { Force: true } ? "true" : null)
        .Add("dryRun", options is { DryRun: true } ? "All" : null)
        .ToString();

    private static byte[] Serialize<T>(T value, ResourceType served)
        where T : class, IKubernetesObject<T>
    {
        if (served == T.Resource)
        {
            return KubernetesJson.Serialize(value);
        }

        JsonObject node = KubernetesJson.ToNode(value);
        node["apiVersion"] = served.ApiVersion;
        return JsonSerializer.SerializeToUtf8Bytes(node, KubernetesJson.Context.JsonObject);
    }

    /// <summary>Items of lists come without apiVersion and kind, and those of an older version with its name.</summary>
    private static void Stamp<T>(T item)
        where T : class, IKubernetesObject<T>
    {
        item.ApiVersion = T.Resource.ApiVersion;
        item.Kind = T.Resource.Kind;
    }

    /// <summary>The version in which the server knows the kind; asked for once, and only for kinds that have older versions.</summary>
    private async ValueTask<ResourceType> ResolveAsync<T>(CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        ResourceType wanted = T.Resource;
        if (wanted.FallbackVersions.IsEmpty)
        {
            return wanted;
        }

        if (_served.TryGetValue(wanted, out ResourceType? served))
        {
            return served;
        }

        served = wanted;
        byte[] body = await SendForBodyAsync(new RawRequest(HttpMethod.Get, "/apis/" + wanted.Group), cancellationToken);
        ApiGroup group = Parse(body, KubernetesJson.Context.ApiGroup, "/apis/" + wanted.Group);
        foreach (string version in wanted.FallbackVersions.Prepend(wanted.Version))
        {
            if (group.Versions.Exists(candidate => candidate.Version == version))
            {
                served = wanted with { Version = version };
                break;
            }
        }

        _served[wanted] = served;
        return served;
    }

    private async Task<T> SendForObjectAsync<T>(RawRequest request, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        byte[] body = await SendForBodyAsync(request, cancellationToken);
        T value = Parse(body, T.JsonType, request.PathAndQuery);
        Stamp(value);
        return value;
    }

    private T Parse<T>(ReadOnlySpan<byte> body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new KubernetesConnectionException($"The API server at {_config.Server} answered {path} with JSON that is damaged or of another kind: {e.Message}", e);
        }
    }

    /// <summary>Query strings, value by value.</summary>
    private readonly struct QueryBuilder(string path)
    {
        private readonly StringBuilder _text = new(path);
        private readonly int _start = path.Length;

        public QueryBuilder Add(string name, string? value)
        {
            if (value is not null)
            {
                _text.Append(_text.Length == _start ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }

            return this;
        }

        public QueryBuilder Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

        public override string ToString() => _text.ToString();
    }
}
