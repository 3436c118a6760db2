using System.Diagnostics.Metrics;

namespace Beacon.Networking;

/// <summary>Why a peer was refused; the words are those of the metric's <c>reason</c>.</summary>
public enum RefusalReason
{
    /// <summary>It shares no application protocol with us.</summary>
    Protocol,

    /// <summary>It is on another fork or chain by its digest.</summary>
    ForkDigest,

    /// <summary>Its chain contradicts our finalized one.</summary>
    Chain,
}

/// <summary>Instruments of the network.</summary>
public sealed class NetworkMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _gossipPublished;
    private readonly Counter<long> _gossipReceived;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _rateLimited;
    private readonly Counter<long> _disconnects;
    private readonly long[] _refusedCounts = new long[3];

    internal NetworkMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(new MeterOptions("Beacon.Networking"));
        _refused = _meter.CreateCounter<long>("fleet_peers_refused_total", description: "Peers of other networks that were disconnected, by reason.");
        _gossipPublished = _meter.CreateCounter<long>("fleet_gossip_published_total", description: "Own messages published, by topic.");
        _gossipReceived = _meter.CreateCounter<long>("fleet_gossip_received_total", description: "Messages received for the first time, by topic and outcome.");
        _requests = _meter.CreateCounter<long>("fleet_reqresp_requests_total", description: "Requests by protocol, direction and outcome.");
        _rateLimited = _meter.CreateCounter<long>("fleet_reqresp_rate_limited_total", description: "Requests refused because a peer asked too much, by protocol.");
        _disconnects = _meter.CreateCounter<long>("fleet_peers_disconnected_total", description: "Connections ended by us for a peer's score or silence, by reason.");
        SyncBlocks = _meter.CreateCounter<long>("fleet_sync_blocks_total", description: "Blocks imported by range sync.");

        // Present from the start, so that a dashboard shows zero and not nothing.
        foreach (RefusalReason reason in Enum.GetValues<RefusalReason>())
        {
            _refused.Add(0, new KeyValuePair<string, object?>("reason", Name(reason)));
        }
    }

    internal Counter<long> SyncBlocks { get; }

    /// <summary>Peers refused for a reason since the start.</summary>
    public long Refused(RefusalReason reason) => Volatile.Read(ref _refusedCounts[(int)reason]);

    internal void Observe(BeaconNetwork network)
    {
        _meter.CreateObservableGauge("libp2p_peers", () => network.PeerCount, description: "Peers connected that share our chain.");
        _meter.CreateObservableGauge("fleet_gossip_mesh_peers", network.MeshSizes, description: "Peers in a topic's mesh.");
        _meter.CreateObservableGauge("fleet_network_syncing", () => network.IsRangeSyncing ? 1 : 0, description: "Whether range sync runs.");
    }

    internal void CountRefused(RefusalReason reason)
    {
        Interlocked.Increment(ref _refusedCounts[(int)reason]);
        _refused.Add(1, new KeyValuePair<string, object?>("reason", Name(reason)));
    }

    internal void CountPublished(string topic) => _gossipPublished.Add(1, new KeyValuePair<string, object?>("topic", topic));

    internal void CountReceived(string topic, string outcome) =>
        _gossipReceived.Add(1, new KeyValuePair<string, object?>("topic", topic), new KeyValuePair<string, object?>("outcome", outcome));

    internal void CountRequest(string protocol, string direction, string outcome) => _requests.Add(
        1,
        new KeyValuePair<string, object?>("protocol", protocol),
        new KeyValuePair<string, object?>("direction", direction),
        new KeyValuePair<string, object?>("outcome", outcome));

    internal void CountRateLimited(string protocol) => _rateLimited.Add(1, new KeyValuePair<string, object?>("protocol", protocol));

    internal void CountDisconnect(string reason) => _disconnects.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal static string Name(RefusalReason reason) => reason switch
    {
        RefusalReason.Protocol => "protocol",
        RefusalReason.ForkDigest => "fork_digest",
        _ => "chain",
    };
}
