using System.Text.Json.Serialization.Metadata;
using Fleet.Api.Schema;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>A beacon-chain test network: its nodes, bootnodes, genesis and a p2p protocol ID of its own.</summary>
[CustomResource("Testnet", "testnets", ShortName = "tn", MaxName = Names.MaxTestnetName)]
[PrinterColumn(0, "Phase", "string", ".status.phase", Description = "Derived from the conditions")]
[PrinterColumn(1, "Iter", "integer", ".status.iteration", Description = "Iteration of the chain")]
[PrinterColumn(2, "Nodes", "string", ".status.nodes.summary", Description = "Ready and desired nodes")]
[PrinterColumn(3, "Head", "integer", ".status.headSlot", Description = "Slot of the head")]
[PrinterColumn(4, "Finalized", "integer", ".status.finalizedEpoch", Description = "Finalized epoch")]
[PrinterColumn(5, "Lag", "integer", ".status.finalityLag", Description = "Epochs since the finalized one")]
[PrinterColumn(6, "Canary", "string", ".status.rollout.phase", Description = "Phase of the latest roll-out")]
[PrinterColumn(7, "Score", "number", ".status.rollout.score", Description = "Score of its canary")]
[PrinterColumn(8, "Age", "date", ".metadata.creationTimestamp")]
[PrinterColumn(9, "Image", "string", ".status.images.stable", Wide = true, Description = "Image of the nodes")]
[PrinterColumn(10, "Participation", "string", ".status.participation", Wide = true, Description = "Stake that voted in the previous epoch")]
[PrinterColumn(11, "Peers", "integer", ".status.peers.median", Wide = true, Description = "Median of the nodes' peer counts")]
[PrinterColumn(12, "Protocol", "string", ".status.protocolId", Wide = true, Description = "libp2p protocol prefix")]
[PrinterColumn(13, "Message", "string", ".status.conditions[?(@.type==\"Ready\")].message", Wide = true, Description = "What is wrong, or that nothing is")]
public sealed class Testnet : KubernetesObject, IKubernetesObject<Testnet>
{
    /// <summary>What the network should be.</summary>
    [Schema(Required = true)]
    public TestnetSpec Spec { get; set => field = value ?? new(); } = new();

    /// <summary>What the network is.</summary>
    public TestnetStatus? Status { get; set; }

    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new(FleetGroup.Name, FleetGroup.Version, "testnets", nameof(Testnet), Namespaced: true) { ShortNames = ["tn"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<Testnet> JsonType => FleetApiJson.Context.Testnet;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Testnet>> ListJsonType => FleetApiJson.Context.KubernetesListTestnet;
}
