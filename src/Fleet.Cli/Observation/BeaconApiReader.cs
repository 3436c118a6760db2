using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Observation;

/// <summary>Asks nodes by the Beacon API through the API server's pod proxy, so that it works wherever kubectl does.</summary>
internal sealed class BeaconApiReader(IKubernetesClient client)
{
    private const int Port = 5052;

    /// <summary>Longest wait for one answer; a node that needs more is shown as not answering.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, NodeIdentity> _identities = new(StringComparer.Ordinal);

    /// <summary>What the node says of its chain and peers; null when it does not answer.</summary>
    public async Task<LiveNode?> ReadLiveAsync(Pod pod, bool bootnode, CancellationToken cancellationToken)
    {
        int? peers = await ReadAsync(pod, "/eth/v1/node/peer_count", data => (int)Number(data, "connected"), cancellationToken);
        if (peers is not { } connected)
        {
            return null;
        }

        if (bootnode)
        {
            return new LiveNode(0, 0, 0, 0, connected);
        }

        (long Head, long Distance)? syncing = await ReadAsync(
            pod, "/eth/v1/node/syncing", data => (Number(data, "head_slot"), Number(data, "sync_distance")), cancellationToken);
        (long Justified, long Finalized)? finality = await ReadAsync(
            pod,
            "/eth/v1/beacon/states/head/finality_checkpoints",
            data => (Number(data.GetProperty("current_justified"), "epoch"), Number(data.GetProperty("finalized"), "epoch")),
            cancellationToken);
        return syncing is { } s && finality is { } f ? new LiveNode(s.Head, s.Distance, f.Justified, f.Finalized, connected) : null;
    }

    /// <summary>Who the node is; remembered, because it never changes while its pod lives.</summary>
    public async Task<NodeIdentity?> ReadIdentityAsync(Pod pod, CancellationToken cancellationToken)
    {
        string key = pod.Metadata.Uid ?? pod.Metadata.Name!;
        if (_identities.TryGetValue(key, out NodeIdentity? known))
        {
            return known;
        }

        NodeIdentity? identity = await ReadObjectAsync(
            pod,
            "/eth/v1/node/identity",
            data => new NodeIdentity(data.GetProperty("peer_id").GetString()!, data.GetProperty("p2p_addresses").EnumerateArray().FirstOrDefault().ToString()),
            cancellationToken);
        return identity is null ? null : _identities.GetOrAdd(key, identity);
    }

    /// <summary>Peer IDs the node is connected to; null when it does not answer.</summary>
    public Task<HashSet<string>?> ReadConnectedPeersAsync(Pod pod, CancellationToken cancellationToken) =>
        ReadObjectAsync(
            pod,
            "/eth/v1/node/peers?state=connected",
            data => data.EnumerateArray().Select(peer => peer.GetProperty("peer_id").GetString()!).ToHashSet(StringComparer.Ordinal),
            cancellationToken);

    /// <summary>Slot duration in seconds and slots per epoch of the chain the node follows.</summary>
    public Task<ChainTiming?> ReadTimingAsync(Pod pod, CancellationToken cancellationToken) =>
        ReadObjectAsync(
            pod,
            "/eth/v1/config/spec",
            data => new ChainTiming(
                data.TryGetProperty("SLOT_DURATION_MS", out JsonElement milliseconds)
                    ? double.Parse(milliseconds.GetString()!, CultureInfo.InvariantCulture) / 1000
                    : double.Parse(data.GetProperty("SECONDS_PER_SLOT").GetString()!, CultureInfo.InvariantCulture),
                (int)Number(data, "SLOTS_PER_EPOCH")),
            cancellationToken);

    private Task<T?> ReadAsync<T>(Pod pod, string path, Func<JsonElement, T> select, CancellationToken cancellationToken)
        where T : struct =>
        ReadDataAsync<T?>(pod, path, data => select(data), cancellationToken);

    private Task<T?> ReadObjectAsync<T>(Pod pod, string path, Func<JsonElement, T> select, CancellationToken cancellationToken)
        where T : class =>
        ReadDataAsync<T?>(pod, path, select, cancellationToken);

    private async Task<T?> ReadDataAsync<T>(Pod pod, string path, Func<JsonElement, T> select, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await client.ProxyPodAsync(ObjectKey.Of(pod), Port, HttpMethod.Get, path, content: null, linked.Token);
            if (!response.IsSuccessStatusCode)
            {
                return default;
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(linked.Token);
            using JsonDocument document = await JsonDocument.ParseAsync(body, default, linked.Token);
            return select(document.RootElement.GetProperty("data"));
        }
        catch (Exception e) when (e is KubernetesException or HttpRequestException or IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return default;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return default;
        }
    }

    private static long Number(JsonElement data, string name)
    {
        JsonElement value = data.GetProperty(name);
        return value.ValueKind == JsonValueKind.String ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetInt64();
    }
}

/// <summary>Timing of a chain.</summary>
/// <param name="SecondsPerSlot">Slot duration in seconds; may be a fraction.</param>
/// <param name="SlotsPerEpoch">Slots of an epoch.</param>
internal sealed record ChainTiming(double SecondsPerSlot, int SlotsPerEpoch)
{
    /// <summary>Seconds from genesis to the earliest block whose state finalizes epoch 2: the first of epoch 4.</summary>
    public double FinalityFloor => 4 * SlotsPerEpoch * SecondsPerSlot;
}
