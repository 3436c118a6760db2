using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Schemas;
using Fleet.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>Where container logs are found; implemented by the pod runner.</summary>
internal interface IPodLogs
{
    /// <summary>The log file of a container's current (or previous) process, or null when there is none.</summary>
    string? PathOf(string ns, string pod, string uid, string container, bool previous);

    /// <summary>Whether a container's process runs, so that its log may still grow.</summary>
    bool IsRunning(string ns, string pod, string uid, string container);
}

/// <summary>Sub-resources of pods that are no documents: logs, proxy, eviction.</summary>
internal sealed class PodSubresources(ObjectService objects, IPodLogs? logs, TimeProvider time, CancellationToken stopping) : IDisposable
{
    private static readonly HashSet<string> HopHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Authorization", "Host", "Content-Length", "Content-Type", "TE", "Trailer",
    };

    private readonly Lock _evictions = new();
    private readonly HttpClient _proxy = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Answers a request for one of these sub-resources; false: it is for another.</summary>
    public async Task<bool> TryHandleAsync(HttpContext http, RequestInfo info)
    {
        if (info is not { Group: "", Version: "v1", Plural: "pods", Name.Length: > 0 } || info.Namespace.Length == 0)
        {
            return false;
        }

        switch (info.Subresource)
        {
            case "log" when http.Request.Method == "GET":
                await LogAsync(http, info);
                return true;
            case "proxy":
                await ProxyAsync(http, info);
                return true;
            case "eviction" when http.Request.Method == "POST":
                await EvictAsync(http, info);
                return true;
            case "exec" or "attach" or "portforward":
                throw new ApiException(405, "MethodNotAllowed", $"pods/{info.Subresource} is not supported by the local cluster: the pod's processes run on this machine, see `fleet nodes`");
            default:
                return false;
        }
    }

    public void Dispose() => _proxy.Dispose();

    private async Task LogAsync(HttpContext http, RequestInfo info)
    {
        StoredObject pod = objects.Get(objects.Scope("", "pods", info.Namespace), info.Name);
        string[] containers = [.. pod.Root.Items("spec", "containers").Select(c => c.Str("name") ?? "")];
        string container = http.Query("container");
        if (container.Length == 0)
        {
            container = containers.Length == 1 ? containers[0] : throw ApiException.BadRequest(
                $"a container name must be specified for pod {info.Name}, choose one of: [{string.Join(" ", containers)}]");
        }
        else if (!containers.Contains(container))
        {
            throw ApiException.BadRequest($"container {container} is not valid for pod {info.Name}");
        }

        if (string.IsNullOrEmpty(pod.Root.Str("spec", "nodeName")))
        {
            http.Response.StatusCode = 204; // nothing was ever run, so nothing was said
            return;
        }

        bool previous = http.Flag("previous");
        string path = logs?.PathOf(info.Namespace, info.Name, pod.Uid, container, previous) ?? throw ApiException.BadRequest(previous
            ? $"previous terminated container \"{container}\" in pod \"{info.Name}\" not found"
            : $"container \"{container}\" in pod \"{info.Name}\" is waiting to start: ContainerCreating");
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        http.Response.ContentType = "text/plain";
        var reader = new LogReader(path, new LogOptions
        {
            Follow = http.Flag("follow") && !previous,
            Timestamps = http.Flag("timestamps"),
            TailLines = long.TryParse(http.Query("tailLines"), NumberStyles.None, CultureInfo.InvariantCulture, out long tail) ? tail : null,
            LimitBytes = long.TryParse(http.Query("limitBytes"), NumberStyles.None, CultureInfo.InvariantCulture, out long most) ? most : null,
            Since = Since(http),
        });
        try
        {
            await reader.CopyAsync(http.Response.Body, () => logs.IsRunning(info.Namespace, info.Name, pod.Uid, container), time, linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // The client left, or the server stops.
        }
    }

    private DateTimeOffset? Since(HttpContext http)
    {
        if (long.TryParse(http.Query("sinceSeconds"), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
        {
            return time.GetUtcNow().AddSeconds(-seconds);
        }

        return DateTimeOffset.TryParse(http.Query("sinceTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset since) ? since : null;
    }

    private async Task ProxyAsync(HttpContext http, RequestInfo info)
    {
        string[] parts = info.Name.Split(':');
        (string scheme, string name, string port) = parts switch
        {
            [string n] => ("http", n, ""),
            [string n, string p] => ("http", n, p),
            [string s, string n, string p] when s is "http" or "https" => (s, n, p),
            _ => throw ApiException.BadRequest($"invalid pod request \"{info.Name}\""),
        };
        StoredObject pod = objects.Get(objects.Scope("", "pods", info.Namespace), name);
        string address = pod.Root.Str("status", "podIP") ?? throw new ApiException(503, "ServiceUnavailable", $"pod \"{name}\" has no address yet");
        if (port.Length == 0)
        {
            port = pod.Root.Items("spec", "containers").SelectMany(c => c.Items("ports")).Select(p => p.At("containerPort")?.ToString()).FirstOrDefault() ?? "80";
        }

        string target = $"{scheme}://{address}:{port}{(info.Rest.Length == 0 ? "/" : info.Rest)}{http.Request.QueryString}";
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), target);
        if (http.Request.ContentLength > 0 || http.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(http.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", http.Request.ContentType);
        }

        foreach ((string header, Microsoft.Extensions.Primitives.StringValues values) in http.Request.Headers)
        {
            if (!HopHeaders.Contains(header) && header[0] != ':')
            {
                request.Headers.TryAddWithoutValidation(header, values.ToArray());
            }
        }

        await ForwardAsync(http, request);
    }

    private async Task ForwardAsync(HttpContext http, HttpRequestMessage request)
    {
        try
        {
            using HttpResponseMessage response = await _proxy.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
            http.Response.StatusCode = (int)response.StatusCode;
            foreach ((string header, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
            {
                if (header is not ("Transfer-Encoding" or "Connection" or "Keep-Alive"))
                {
                    http.Response.Headers[header] = values.ToArray();
                }
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(http.RequestAborted);
            byte[] chunk = new byte[16384];
            int read;
            while ((read = await body.ReadAsync(chunk, http.RequestAborted)) > 0)
            {
                await http.Response.Body.WriteAsync(chunk.AsMemory(0, read), http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        }
        catch (HttpRequestException error) when (!http.Response.HasStarted)
        {
            throw new ApiException(503, "ServiceUnavailable", $"error trying to reach service: {error.Message}");
        }
    }

    private async Task EvictAsync(HttpContext http, RequestInfo info)
    {
        JsonObject body = ProtobufBody.Is(http) ? [] : ResourceHandler.Parse(await ResourceHandler.ReadBodyAsync(http), []) as JsonObject ?? [];
        ResourceScope scope = objects.Scope("", "pods", info.Namespace);

        // One at a time, so that none is allowed by a budget that another has just used up.
        lock (_evictions)
        {
            JsonObject? labels = objects.Get(scope, info.Name).ToNode().Obj("metadata", "labels");
            foreach (JsonObject budget in objects.Store.List(Kinds.Budgets, info.Namespace).Items.Select(item => item.ToNode()).Where(item => Selectors.Matches(item.At("spec", "selector"), labels)))
            {
                (int healthy, int desired, _) = BudgetController.Count(objects, info.Namespace, budget);
                if ((budget.Int("status", "disruptionsAllowed") ?? 0) <= 0 || healthy <= desired)
                {
                    // Without Retry-After: clients would sit it out silently, where kubectl drain says what it waits for.
                    string cause = $"The disruption budget {budget.Str("metadata", "name")} needs {desired} healthy pods and has {healthy} currently";
                    throw new ApiException(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.") { Causes = [new FieldError("DisruptionBudget", "", cause)] };
                }
            }

            _ = objects.Delete(scope, info.Name, new DeleteContext { GracePeriodSeconds = body.Int("deleteOptions", "gracePeriodSeconds"), Uid = body.Str("deleteOptions", "preconditions", "uid") });
        }

        await http.WriteJsonAsync(new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" }, 201);
    }
}
