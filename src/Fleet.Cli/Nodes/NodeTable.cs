using System.Text.Json.Serialization;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;

namespace Fleet.Cli.Nodes;

/// <summary>Nodes as rows of text.</summary>
internal static class NodeTable
{
    public static void Write(IReadOnlyList<TestnetView> views, TextWriter output)
    {
        NodeRow[] rows = [.. views.SelectMany(NodeRow.Of)];

        // While all nodes of a testnet run one image it says nothing about a node.
        bool hasImages = rows.GroupBy(row => row.Testnet, StringComparer.Ordinal).Any(testnet => testnet.Select(row => row.Image).OfType<string>().Distinct(StringComparer.Ordinal).Count() > 1);
        string[] images = hasImages ? ["IMAGE"] : [];
        var table = new TextTable(["NODE", "ROLE", "READY", "HEAD", "JUSTIFIED", "FINALIZED", "PEERS", "RESTARTS", .. images, "API"]);
        foreach (NodeRow row in rows)
        {
            string[] image = hasImages ? [row.Image ?? "-"] : [];
            table.Add(
            [
                row.Name,
                row.Role,
                row.Ready ? "True" : "False",
                row.HeadSlot?.ToString() ?? "-",
                row.JustifiedEpoch?.ToString() ?? "-",
                row.FinalizedEpoch?.ToString() ?? "-",
                row.Peers?.ToString() ?? "-",
                row.Restarts.ToString(),
                .. image,
                row.ApiUrl ?? "-",
            ]);
        }

        table.WriteTo(output);
    }
}

/// <summary>One node as data.</summary>
internal sealed record NodeRow(
    string Testnet, string Name, string Role, bool Ready, long? HeadSlot, long? JustifiedEpoch, long? FinalizedEpoch, int? Peers, int Restarts, string? Image, string? ApiUrl)
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
        node.Image,
        node.ApiUrl));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(List<NodeRow>))]
internal sealed partial class NodeRowJson : JsonSerializerContext;
