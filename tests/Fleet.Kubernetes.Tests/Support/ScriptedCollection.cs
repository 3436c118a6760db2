using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fleet.Kubernetes.Models;
using Microsoft.AspNetCore.Http;

namespace Fleet.Kubernetes.Tests;

/// <summary>A server with one collection of ConfigMaps whose lists and watch events a test decides one by one.</summary>
public sealed class ScriptedCollection : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<JsonObject> _items = [];
    private readonly Channel<string?> _events = Channel.CreateBounded<string?>(1000);
    private StubServer? _server;

    /// <summary>resourceVersion of lists.</summary>
    public long Version { get; set; } = 100;

    /// <summary>Answers to the next watches, instead of opening them: a status and a body.</summary>
    public ConcurrentQueue<(int Status, string Body)> RefuseWatches { get; } = new();

    /// <summary>Answers to the next lists, instead of the items.</summary>
    public ConcurrentQueue<(int Status, string Body)> RefuseLists { get; } = new();

    public StubServer Server => _server!;

    /// <summary>Full lists so far (those of one item only are looks at the version).</summary>
    public int Lists => Server.Requests.Count(request => !request.PathAndQuery.Contains("watch=1", StringComparison.Ordinal)
        && !request.PathAndQuery.Contains("limit=1&", StringComparison.Ordinal) && !request.PathAndQuery.EndsWith("limit=1", StringComparison.Ordinal));

    /// <summary>Watches so far, by the version they began at.</summary>
    public IReadOnlyList<string> Watches => [.. Server.Requests
        .Where(request => request.PathAndQuery.Contains("watch=1", StringComparison.Ordinal))
        .Select(request => request.PathAndQuery.Split("resourceVersion=")[1].Split('&')[0])];

    public static async Task<ScriptedCollection> StartAsync()
    {
        var collection = new ScriptedCollection();
        collection._server = await StubServer.StartAsync(collection.AnswerAsync);
        return collection;
    }

    public static JsonObject Item(string name, long version, string? uid = null) => new()
    {
        ["kind"] = "ConfigMap",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "n", ["uid"] = uid ?? "uid-" + name, ["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture) },
    };

    /// <summary>What the next list holds.</summary>
    public void SetItems(long version, params JsonObject[] items)
    {
        lock (_lock)
        {
            Version = version;
            _items.Clear();
            _items.AddRange(items);
        }
    }

    /// <summary>An event for the watch that is open or opens next.</summary>
    public void Send(string type, JsonObject value) =>
        Assert.True(_events.Writer.TryWrite(new JsonObject { ["type"] = type, ["object"] = value.DeepClone() }.ToJsonString() + "\n"));

    public void Bookmark(long version) => Send(WatchEventTypes.Bookmark, new JsonObject
    {
        ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture) },
    });

    /// <summary>Text as it is, perhaps no event at all.</summary>
    public void SendText(string text) => Assert.True(_events.Writer.TryWrite(text));

    /// <summary>The server ends the watch.</summary>
    public void EndWatch() => Assert.True(_events.Writer.TryWrite(null));

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, SeenRequest request)
    {
        if (context.Request.Query["watch"] != "1")
        {
            if (RefuseLists.TryDequeue(out (int Status, string Body) refusal))
            {
                await StubServer.AnswerAsync(context, refusal.Status, refusal.Body);
                return;
            }

            string body;
            lock (_lock)
            {
                body = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["resourceVersion"] = Version.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                    ["items"] = new JsonArray([.. _items.Select(item => item.DeepClone())]),
                }.ToJsonString();
            }

            await StubServer.AnswerAsync(context, 200, body);
            return;
        }

        if (RefuseWatches.TryDequeue(out (int Status, string Body) answer))
        {
            await StubServer.AnswerAsync(context, answer.Status, answer.Body);
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.StartAsync();
        await context.Response.Body.FlushAsync();

        while (await _events.Reader.WaitToReadAsync(context.RequestAborted))
        {
            if (_events.Reader.TryRead(out string? text))
            {
                if (text is null)
                {
                    return;
                }

                await context.Response.WriteAsync(text);
                await context.Response.Body.FlushAsync();
            }
        }
    }
}
