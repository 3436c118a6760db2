using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Fleet.LocalCluster.Tables;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>Lists, with selectors and consistent pages.</summary>
internal sealed class ListHandler(ObjectStore store, TableBuilder tables)
{
    private const int MaxOpenLists = 32;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (IReadOnlyList<StoredObject> Items, long Revision, long Order)> _open = new(StringComparer.Ordinal);
    private long _order;

    /// <summary>Answers a list request.</summary>
    public async Task HandleAsync(HttpContext http, ResourceScope scope)
    {
        string continueToken = http.Query("continue");
        int limit = int.TryParse(http.Query("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out int l) ? l : 0;
        IReadOnlyList<StoredObject> items;
        long revision;
        int start = 0;
        if (continueToken.Length > 0)
        {
            (items, revision, start) = Resume(continueToken);
        }
        else
        {
            var selector = new Selector(http.Query("labelSelector"), http.Query("fieldSelector"), scope.Type.Plural, scope.Type.IsCustom);
            string? ns = scope.Namespace.Length == 0 ? null : scope.Namespace;
            (items, revision) = FaultGate.StaleRevision(http) is { } past
                ? store.ListAt(past, scope.Type.Resource, ns) ?? throw ApiException.Expired($"The resourceVersion for the provided list is too old: {past}")
                : store.List(scope.Type.Resource, ns);
            items = [.. items.Where(selector.Matches)];
            CheckRevision(http.Query("resourceVersion"), revision);
        }

        int count = limit > 0 ? Math.Min(limit, items.Count - start) : items.Count - start;
        int remaining = items.Count - start - count;
        string next = remaining > 0 ? Suspend(items, revision, start + count) : "";
        List<StoredObject> page = [.. items.Skip(start).Take(count)];
        switch (Negotiation.ShapeOf(http.Request))
        {
            case Shape.Table:
                JsonObject table = tables.Build(scope, [.. page.Select(p => p.Root)], revision.ToString(CultureInfo.InvariantCulture), http.Query("includeObject"));
                if (remaining > 0)
                {
                    table.Need("metadata")["continue"] = next;
                    table.Need("metadata")["remainingItemCount"] = remaining;
                }

                await http.WriteJsonAsync(table);
                break;
            case Shape.Metadata:
                JsonObject list = Envelope(scope, new JsonArray([.. page.Select(p => (JsonNode)MetadataOf(p.ToNode()))]), revision);
                list["kind"] = "PartialObjectMetadataList";
                list["apiVersion"] = "meta.k8s.io/v1";
                await http.WriteJsonAsync(list);
                break;
            default:
                await WriteListAsync(http, scope, page, revision, next, remaining);
                break;
        }
    }

    /// <summary>A list object around items.</summary>
    public static JsonObject Envelope(ResourceScope scope, JsonArray items, long revision) => new()
    {
        ["kind"] = scope.Type.ListKind,
        ["apiVersion"] = scope.ApiVersion,
        ["metadata"] = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) },
        ["items"] = items,
    };

    /// <summary>An object's metadata only.</summary>
    public static JsonObject MetadataOf(JsonObject value) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = value["metadata"]?.DeepClone(),
    };

    /// <summary>The stored bytes of an object in a version.</summary>
    public static ReadOnlyMemory<byte> BytesIn(ResourceScope scope, StoredObject stored) =>
        scope.Version.Name == scope.Type.StorageVersion ? stored.Utf8 : JsonText.Bytes(ObjectService.InVersion(stored.ToNode(), scope));

    private static async Task WriteListAsync(HttpContext http, ResourceScope scope, List<StoredObject> page, long revision, string next, int remaining)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (remaining > 0)
        {
            metadata["continue"] = next;
            metadata["remainingItemCount"] = remaining;
        }

        var buffer = new ArrayBufferWriter<byte>(4096);
        buffer.Write(Encoding.UTF8.GetBytes($"{{\"kind\":\"{scope.Type.ListKind}\",\"apiVersion\":\"{scope.ApiVersion}\",\"metadata\":"));
        buffer.Write(JsonText.Bytes(metadata));
        buffer.Write(",\"items\":["u8);
        for (int i = 0; i < page.Count; i++)
        {
            if (i > 0)
            {
                buffer.Write(","u8);
            }

            if (scope.Type.IsCustom)
            {
                buffer.Write(BytesIn(scope, page[i]).Span);
            }
            else
            {
                JsonText.WriteWithoutType(page[i].Utf8.Span, buffer);
            }
        }

        buffer.Write("]}"u8);
        await http.WriteBytesAsync(buffer.WrittenMemory, "application/json");
    }

    private static void CheckRevision(string wanted, long current)
    {
        if (wanted.Length == 0 || wanted == "0")
        {
            return;
        }

        if (!long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out long revision))
        {
            throw ApiException.BadRequest($"Invalid value: \"{wanted}\": strconv.ParseUint: parsing \"{wanted}\": invalid syntax");
        }

        if (revision > current)
        {
            throw new ApiException(504, "Timeout", $"Too large resource version: {revision}, current: {current}") { RetryAfterSeconds = 1 };
        }
    }

    private string Suspend(IReadOnlyList<StoredObject> items, long revision, int at)
    {
        lock (_lock)
        {
            while (_open.Count >= MaxOpenLists)
            {
                _open.Remove(_open.MinBy(o => o.Value.Order).Key);
            }

            string id = Guid.NewGuid().ToString("N");
            _open[id] = (items, revision, ++_order);
            return $"{id}.{at}";
        }
    }

    private (IReadOnlyList<StoredObject> Items, long Revision, int Start) Resume(string token)
    {
        int dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !Guid.TryParseExact(token[..dot], "N", out _) || !int.TryParse(token.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int start))
        {
            throw ApiException.BadRequest("continue key is not valid: it is none that this server gave out");
        }

        lock (_lock)
        {
            if (_open.Remove(token[..dot], out (IReadOnlyList<StoredObject> Items, long Revision, long Order) list) && start <= list.Items.Count && store.Remembers(list.Revision))
            {
                return (list.Items, list.Revision, start);
            }
        }

        throw ApiException.Expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
    }
}
