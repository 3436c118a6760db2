using System.Text.Json.Serialization;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;

namespace Fleet.Cli.Peers;

/// <summary>Connections among the nodes of a testnet, as each of them reports its own.</summary>
/// <param name="Rows">A row per node.</param>
internal sealed record PeerMatrix(IReadOnlyList<PeerRow> Rows)
{
    public static async Task<PeerMatrix> ReadAsync(TestnetView view, BeaconApiReader reader, CancellationToken cancellationToken)
    {
        var nameOf = new Dictionary<string, string>(StringComparer.Ordinal);
        var connected = new Dictionary<string, HashSet<string>?>(StringComparer.Ordinal);
        foreach (NodeView node in view.Nodes)
        {
            if (node.Pod is null)
            {
                connected[node.Name] = null;
                continue;
            }

            if (await reader.ReadIdentityAsync(node.Pod, cancellationToken) is { } identity)
            {
                nameOf[identity.PeerId] = node.Name;
            }

            connected[node.Name] = await reader.ReadConnectedPeersAsync(node.Pod, cancellationToken);
        }

        return new PeerMatrix([.. view.Nodes.Select(node => PeerRow.From(node.Name, connected[node.Name], nameOf))]);
    }

    /// <summary>A mark per pair: <c>x</c> connected, <c>.</c> not, <c>?</c> the node does not answer.</summary>
    public void WriteTo(TextWriter output)
    {
        var table = new TextTable(["NODE", .. Rows.Select((_, column) => (column + 1).ToString()), "OTHERS", "NOTE"]);
        foreach ((PeerRow row, int index) in Rows.Select((row, index) => (row, index)))
        {
            IEnumerable<string> marks = Rows.Select((other, column) => column == index ? "" : row.Connected is null ? "?" : row.Connected.Contains(other.Node) ? "x" : ".");
            table.Add([$"{index + 1} {row.Node}", .. marks, row.Others?.ToString() ?? "?", row.Note]);
        }

        table.WriteTo(output);
    }
}

/// <summary>Connections of one node.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Connected">Names of the testnet's nodes it is connected to; null: it does not answer.</param>
/// <param name="Others">Peers that are none of the testnet's nodes.</param>
internal sealed record PeerRow(string Node, IReadOnlyList<string>? Connected, int? Others)
{
    /// <summary>What stands out.</summary>
    public string Note => Connected switch { null => "does not answer", { Count: 0 } => "isolated", _ => "" };

    public static PeerRow From(string node, HashSet<string>? peerIds, Dictionary<string, string> nameOf) => peerIds is null
        ? new PeerRow(node, null, null)
        : new PeerRow(node, [.. peerIds.Select(id => nameOf.GetValueOrDefault(id)).OfType<string>().Order(NaturalOrder.Instance)], peerIds.Count(id => !nameOf.ContainsKey(id)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<PeerRow>))]
internal sealed partial class PeerMatrixJson : JsonSerializerContext;
