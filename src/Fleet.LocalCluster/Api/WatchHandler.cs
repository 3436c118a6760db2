using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Fleet.LocalCluster.Tables;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>Watches: a stream of events after a revision, with bookmarks; 410 when the revision lies before the history.</summary>
internal sealed class WatchHandler(ObjectStore store, TableBuilder tables, TimeProvider time, IFaultInjector? faults, CancellationToken stopping)
{
    private const int Batch = 256;
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromMinutes(1);

    /// <summary>A last bookmark comes that long before a watch ends by its timeout, so that the next one begins with no gap to catch up.</summary>
    private static readonly TimeSpan BookmarkBeforeEnd = TimeSpan.FromSeconds(2);


    /// <summary>Answers a watch request; returns when the client left, its time is over, or the server stops.</summary>
    public async Task HandleAsync(HttpContext http, ResourceScope scope, ApiRequest request)
    {
        var selector = new Selector(http.Query("labelSelector"), http.Query("fieldSelector"), scope.Type.Plural, scope.Type.IsCustom);
        Shape shape = Negotiation.ShapeOf(http.Request);
        var watch = new Watch(http, scope, request, selector, shape);
        string version = http.Query("resourceVersion");
        long cursor = 0;
        bool initial = version is "" or "0" || http.Flag("sendInitialEvents");
        if (!initial && !long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out cursor))
        {
            throw ApiException.BadRequest($"Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
        }

        double seconds = double.TryParse(http.Query("timeoutSeconds"), NumberStyles.Float, CultureInfo.InvariantCulture, out double s) && s > 0 ? s : Random.Shared.Next(1800, 3600);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, deadline.Token, stopping);
        http.Response.ContentType = shape == Shape.Table ? "application/json;as=Table;v=v1;g=meta.k8s.io" : "application/json";
        http.Response.Headers.CacheControl = "no-cache, private";
        try
        {
            await http.Response.StartAsync(linked.Token);
            await http.Response.Body.FlushAsync(linked.Token);
            if (initial)
            {
                cursor = await SendInitialAsync(watch, http.Flag("sendInitialEvents"), linked.Token);
            }

            await FollowAsync(watch, cursor, TimeSpan.FromSeconds(seconds), linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // The end of every watch.
        }
    }

    private async Task<long> SendInitialAsync(Watch watch, bool announceEnd, CancellationToken cancellationToken)
    {
        (IReadOnlyList<StoredObject> items, long revision) = store.List(watch.Scope.Type.Resource, watch.Scope.Namespace.Length == 0 ? null : watch.Scope.Namespace);
        foreach (StoredObject item in items.Where(watch.Selector.Matches))
        {
            if (!await SendAsync(watch, "ADDED", item, item.Revision, cancellationToken))
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }

        if (announceEnd && watch.Bookmarks)
        {
            await SendBookmarkAsync(watch, revision, true, cancellationToken);
        }

        await watch.Http.Response.Body.FlushAsync(cancellationToken);
        return revision;
    }

    private async Task FollowAsync(Watch watch, long cursor, TimeSpan duration, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        TimeSpan bookmark = NextBookmark(watch, TimeSpan.Zero, duration);
        while (!cancellationToken.IsCancellationRequested)
        {
            IReadOnlyList<Change>? changes = store.ReadHistory(cursor, Batch, out Task changed, out long current);
            if (changes is null)
            {
                await SendExpiredAsync(watch, cursor, cancellationToken);
                return;
            }

            cursor = current;
            foreach (Change change in changes)
            {
                if (Translate(watch, change) is { } delivery && !await SendAsync(watch, delivery.Type, delivery.Object, change.Revision, cancellationToken))
                {
                    return;
                }
            }

            TimeSpan elapsed = time.GetElapsedTime(start);
            bool due = elapsed >= bookmark;
            if (due)
            {
                await SendBookmarkAsync(watch, cursor, false, cancellationToken);
                bookmark = NextBookmark(watch, elapsed, duration);
            }

            if (changes.Count > 0 || due)
            {
                await watch.Http.Response.Body.FlushAsync(cancellationToken);
                continue;
            }

            await WaitAsync(changed, bookmark == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : bookmark - elapsed, cancellationToken);
        }
    }

    /// <summary>When the next bookmark is due, counted from the watch's beginning; never for a client that wants none.</summary>
    private static TimeSpan NextBookmark(Watch watch, TimeSpan elapsed, TimeSpan duration)
    {
        if (!watch.Bookmarks)
        {
            return TimeSpan.MaxValue;
        }

        TimeSpan last = duration - BookmarkBeforeEnd;
        TimeSpan next = elapsed + BookmarkEvery;
        return last > elapsed && last < next ? last : next;
    }

    private async Task WaitAsync(Task changed, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // A bookmark is due.
        }
    }

    /// <summary>What a change means to a watcher that sees only the objects its selector matches.</summary>
    private static (string Type, StoredObject Object)? Translate(Watch watch, Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource != watch.Scope.Type.Resource || (watch.Scope.Namespace.Length > 0 && key.Namespace != watch.Scope.Namespace))
        {
            return null;
        }

        bool now = change.Kind != ChangeKind.Deleted && watch.Selector.Matches(change.Object);
        bool before = change.Previous is not null && watch.Selector.Matches(change.Previous);
        return (before, now) switch
        {
            (false, true) => ("ADDED", change.Object),
            (true, true) => ("MODIFIED", change.Object),
            (true, false) => ("DELETED", change.Object),
            _ => null,
        };
    }

    private async Task<bool> SendAsync(Watch watch, string type, StoredObject value, long revision, CancellationToken cancellationToken)
    {
        int copies = 1;
        if (faults is not null)
        {
            WatchFault fault = await faults.OnWatchEventAsync(
                new WatchDelivery(watch.Request, type, value.Key.Namespace, value.Key.Name, revision), cancellationToken);
            if (fault.Expire)
            {
                await SendExpiredAsync(watch, revision, cancellationToken);
                return false;
            }

            copies = fault.Copies;
        }

        for (int i = 0; i < copies; i++)
        {
            await WriteEventAsync(watch, type, Body(watch, value), cancellationToken);
        }

        return true;
    }

    private ReadOnlyMemory<byte> Body(Watch watch, StoredObject value)
    {
        switch (watch.Shape)
        {
            case Shape.Table:
                JsonObject table = tables.Build(watch.Scope, [value.Root], value.ResourceVersion, watch.Http.Query("includeObject"));
                if (watch.HeaderSent)
                {
                    table["columnDefinitions"] = null;
                }

                watch.HeaderSent = true;
                return JsonText.Bytes(table);
            case Shape.Metadata:
                return JsonText.Bytes(ListHandler.MetadataOf(value.ToNode()));
            default:
                return ListHandler.BytesIn(watch.Scope, value);
        }
    }

    private static async Task SendBookmarkAsync(Watch watch, long revision, bool initialEventsEnd, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (initialEventsEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        var bookmark = new JsonObject { ["kind"] = watch.Scope.Type.Kind, ["apiVersion"] = watch.Scope.ApiVersion, ["metadata"] = metadata };
        await WriteEventAsync(watch, "BOOKMARK", JsonText.Bytes(bookmark), cancellationToken);
    }

    private async Task SendExpiredAsync(Watch watch, long revision, CancellationToken cancellationToken)
    {
        JsonObject status = ApiException.Expired($"too old resource version: {revision} ({store.Revision})").ToStatus();
        await WriteEventAsync(watch, "ERROR", JsonText.Bytes(status), cancellationToken);
        await watch.Http.Response.Body.FlushAsync(cancellationToken);
    }

    private static async Task WriteEventAsync(Watch watch, string type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> buffer = watch.Buffer;
        buffer.ResetWrittenCount();
        buffer.Write("{\"type\":\""u8);
        buffer.Write(System.Text.Encoding.ASCII.GetBytes(type));
        buffer.Write("\",\"object\":"u8);
        buffer.Write(body.Span);
        buffer.Write("}\n"u8);
        await watch.Http.Response.Body.WriteAsync(buffer.WrittenMemory, cancellationToken);
    }

    private sealed class Watch(HttpContext http, ResourceScope scope, ApiRequest request, Selector selector, Shape shape)
    {
        public HttpContext Http { get; } = http;

        public ResourceScope Scope { get; } = scope;

        public ApiRequest Request { get; } = request;

        public Selector Selector { get; } = selector;

        public Shape Shape { get; } = shape;

        public bool Bookmarks { get; } = http.Flag("allowWatchBookmarks");

        public ArrayBufferWriter<byte> Buffer { get; } = new(4096);

        public bool HeaderSent { get; set; }
    }
}
