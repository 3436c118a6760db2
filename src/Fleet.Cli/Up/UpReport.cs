using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Cli.Observation;

namespace Fleet.Cli.Up;

/// <summary>What <c>fleet up -o json</c> prints: one object.</summary>
internal sealed record UpReport(string ApiServer, string Kubeconfig, IReadOnlyList<TestnetReport> Testnets)
{
    public string ToJson() => JsonSerializer.Serialize(this, UpReportJson.Default.UpReport);
}

/// <summary>One testnet of the report.</summary>
internal sealed record TestnetReport(
    string Name,
    string Namespace,
    int? Iteration,
    long? HeadSlot,
    long? FinalizedEpoch,
    string? ProtocolId,
    IReadOnlyList<NodeReport> Nodes,
    TimesReport Seconds,
    string? Missing)
{
    public static TestnetReport From(string @namespace, string name, Milestones milestones, IReadOnlyDictionary<string, NodeIdentity> identities, string? missing)
    {
        TestnetView? view = milestones.View;
        IReadOnlyList<LiveNode> live = [.. view?.ChainNodes.Select(node => node.Live).OfType<LiveNode>() ?? []];
        return new TestnetReport(
            name,
            @namespace,
            view?.Testnet.Status?.Iteration,
            live.Count > 0 ? live.Max(node => node.HeadSlot) : null,
            live.Count > 0 ? live.Min(node => node.Finalized) : null,
            view?.Testnet.Status?.ProtocolId,
            [.. view?.Nodes.Select(node => NodeReport.From(node, identities.GetValueOrDefault(node.Name))) ?? []],
            TimesReport.From(milestones),
            missing);
    }
}

/// <summary>One node of the report.</summary>
internal sealed record NodeReport(string Name, string Role, string? ApiUrl, string? P2p, long? HeadSlot, long? FinalizedEpoch, int? Peers, int? Pid)
{
    public static NodeReport From(NodeView node, NodeIdentity? identity) => new(
        node.Name,
        node.Role,
        node.ApiUrl,
        identity?.Address,
        node.IsBootnode ? null : node.Live?.HeadSlot,
        node.IsBootnode ? null : node.Live?.Finalized,
        node.Live?.Peers,
        node.ProcessId);
}

/// <summary>Durations in seconds; null for what had happened before this run or has not happened.</summary>
/// <param name="AppliedToPodsCreated">From applying the manifest until all pods exist.</param>
/// <param name="AppliedToPeered">From applying the manifest until every node is connected to every other.</param>
/// <param name="GenesisToFirstBlock">From the genesis time until a node has a block.</param>
/// <param name="GenesisToFinalized">From the genesis time until all nodes have finalized epoch 2.</param>
/// <param name="ProtocolFloor">The least that genesisToFinalized can be: four epochs.</param>
internal sealed record TimesReport(
    double? AppliedToPodsCreated, double? AppliedToPeered, double? GenesisToFirstBlock, double? GenesisToFinalized, double? ProtocolFloor)
{
    public static TimesReport From(Milestones milestones)
    {
        DateTimeOffset? genesis = milestones.View?.Testnet.Status?.GenesisTime;
        bool continued = genesis < milestones.AppliedAt;
        return new TimesReport(
            Seconds(milestones.AppliedAt, milestones.PodsCreatedAt),
            Seconds(milestones.AppliedAt, milestones.PeeredAt),
            continued ? null : Seconds(genesis, milestones.FirstBlockAt),
            continued ? null : Seconds(genesis, milestones.FinalizedAt),
            milestones.Timing?.FinalityFloor);
    }

    private static double? Seconds(DateTimeOffset? from, DateTimeOffset? to) => to - from is { } span ? Math.Round(span.TotalSeconds, 3) : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(UpReport))]
internal sealed partial class UpReportJson : JsonSerializerContext;
