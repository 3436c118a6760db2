using System.Text.Json.Serialization;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;

namespace Fleet.Cli.Nodes;

/// <summary>Nodes as rows of text.</summary>
internal static class NodeTable
{
    public static void Write(IReadOnlyList<TestnetView> views, TextWriter output)
    {
        var table = new TextTable("NODE", "ROLE", "READY", "HEAD", "JUSTIFIED", "FINALIZED", "PEERS", "RESTARTS", "API");
        foreach (NodeRow row in views.SelectMany(NodeRow.Of))
        {
            table.Add(
                row.Name,
                row.Role,
                row.Ready ? "True" : "False",
                row.HeadSlot?.ToString() ?? "-",
                row.JustifiedEpoch?.ToString() ?? "-",
                row.FinalizedEpoch?.ToString() ?? "-",
                row.Peers?.ToString() ?? "-",
                row.Restarts.ToString(),
                row.ApiUrl ?? "-");
        }

        table.WriteTo(output);
    }
}

/// <summary>One node as data.</summary>
internal sealed record NodeRow(
    string Testnet, string Name, string Role, bool Ready, long? HeadSlot, long? JustifiedEpoch, long? FinalizedEpoch, int? Peers, int Restarts, string? ApiUrl)
{
    public static IEnumerable<NodeRow> Of(TestnetView view) => view.Nodes.Select(node => new NodeRow(
        view.Testnet.Metadata.Name!,
        node.Name,
        node.Role,
        node.Ready,
        node.IsBootnode ? null : node.Live?.HeadSlot,
        node.IsBootnode ? null : node.Live?.Justified,
        node.IsBootnode ? null : node.Live?.Finalized,
        node.Live?.Peers,
        node.Restarts,
        node.ApiUrl));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(List<NodeRow>))]
internal sealed partial class NodeRowJson : JsonSerializerContext;
