using Beacon.Chain;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/node</c>.</summary>
internal static class NodeRoutes
{
    private static readonly string[] PeerStates = ["disconnected", "connecting", "connected", "disconnecting"];
    private static readonly string[] Directions = ["inbound", "outbound"];

    public static void Map(IEndpointRouteBuilder routes, ApiContext api)
    {
        routes.MapGet("/eth/v1/node/identity", context => context.DataAsync(writer => writer.Object(() =>
        {
            writer.WriteString("peer_id", api.Network.PeerId);
            writer.WriteString("enr", api.Network.Enr);
            writer.WritePropertyName("p2p_addresses");
            writer.Array(api.Network.P2pAddresses, writer.WriteStringValue);
            writer.WriteStartArray("discovery_addresses");
            writer.WriteEndArray();
            writer.Value("metadata", api.Network.Metadata);
        })));
        routes.MapGet("/eth/v1/node/version", context => context.DataAsync(writer => writer.Object(() => writer.WriteString("version", api.Version))));
        routes.MapGet("/eth/v1/node/peers", context => PeersAsync(context, api));
        routes.MapGet("/eth/v1/node/peers/{peer_id}", context =>
        {
            string id = context.Route("peer_id");
            NodePeerInfo peer = api.Network.Peers.FirstOrDefault(peer => peer.PeerId == id) ?? throw ApiException.NotFound($"Peer {Request.Shorten(id)} is not known.");
            return context.DataAsync(writer => WritePeer(writer, peer));
        });
        routes.MapGet("/eth/v1/node/peer_count", context =>
        {
            ILookup<string, NodePeerInfo> byState = api.Network.Peers.ToLookup(static peer => peer.State);
            return context.DataAsync(writer => writer.Object(() =>
            {
                foreach (string state in PeerStates)
                {
                    writer.Number(state, (ulong)byState[state].Count());
                }
            }));
        });
        routes.MapGet("/eth/v1/node/health", context =>
        {
            // Ready means: the API is up and the chain is the right one. Peers and sync do not count: pods must not leave a Service for them.
            ulong syncing = context.OptionalQueryNumber("syncing_status") ?? 206;
            if (syncing is < 100 or > 599)
            {
                throw ApiException.BadRequest("'syncing_status' must be an HTTP status from 100 to 599.");
            }

            context.Response.StatusCode = !api.IsReady ? 503 : api.Chain is { SyncStatus.IsSyncing: true } ? (int)syncing : 200;
            return Task.CompletedTask;
        });
        routes.Get("/eth/v1/node/syncing", api, static (context, chain) =>
        {
            SyncStatus sync = chain.SyncStatus;
            return context.DataAsync(writer => writer.Object(() =>
            {
                writer.Number("head_slot", sync.HeadSlot.Value);
                writer.Number("sync_distance", sync.SyncDistance);
                writer.WriteBoolean("is_syncing", sync.IsSyncing);
                writer.WriteBoolean("is_optimistic", false);
                writer.WriteBoolean("el_offline", false);
            }));
        });
    }

    private static Task PeersAsync(HttpContext context, ApiContext api)
    {
        List<string> states = Filter(context, "state", PeerStates);
        List<string> directions = Filter(context, "direction", Directions);
        NodePeerInfo[] peers = [.. api.Network.Peers.Where(peer =>
            (states.Count == 0 || states.Contains(peer.State)) && (directions.Count == 0 || directions.Contains(peer.Direction)))];
        return context.JsonAsync(writer => writer.Object(() =>
        {
            writer.WritePropertyName("data");
            writer.Array(peers, peer => WritePeer(writer, peer));
            writer.WriteStartObject("meta");
            writer.WriteNumber("count", peers.Length);
            writer.WriteEndObject();
        }));
    }

    private static List<string> Filter(HttpContext context, string name, string[] known)
    {
        List<string> values = context.QueryList(name);
        return values.Find(value => !known.Contains(value)) is { } unknown
            ? throw ApiException.BadRequest($"'{name}' is '{Request.Shorten(unknown)}'; it can be {string.Join(", ", known)}.")
            : values;
    }

    private static void WritePeer(System.Text.Json.Utf8JsonWriter writer, NodePeerInfo peer) => writer.Object(() =>
    {
        writer.WriteString("peer_id", peer.PeerId);
        writer.WriteString("enr", "");
        writer.WriteString("last_seen_p2p_address", peer.Address);
        writer.WriteString("state", peer.State);
        writer.WriteString("direction", peer.Direction);
        if (peer.Agent is not null)
        {
            writer.WriteString("agent", peer.Agent);
        }
    });
}
