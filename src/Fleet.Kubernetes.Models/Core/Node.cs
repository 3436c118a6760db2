using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 Node.</summary>
public sealed class Node : KubernetesObject, IKubernetesObject<Node>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "nodes", "Node", false) { ShortNames = ["no"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<Node> JsonType => KubernetesJson.Context.Node;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Node>> ListJsonType => KubernetesJson.Context.KubernetesListNode;

    public NodeSpec? Spec { get; set; }

    public NodeStatus? Status { get; set; }
}

/// <summary>Desired state of a node.</summary>
public sealed class NodeSpec : KubernetesModel
{
    public string? ProviderID { get; set; }

    public bool? Unschedulable { get; set; }
}

/// <summary>Observed state of a node.</summary>
public sealed class NodeStatus : KubernetesModel
{
    public Dictionary<string, Quantity>? Capacity { get; set; }

    public Dictionary<string, Quantity>? Allocatable { get; set; }

    public List<PodCondition>? Conditions { get; set; }

    public List<NodeAddress>? Addresses { get; set; }
}

/// <summary>Address of a node.</summary>
public sealed class NodeAddress : KubernetesModel
{
    /// <summary><c>InternalIP</c>, <c>ExternalIP</c> or <c>Hostname</c>.</summary>
    public string Type { get; set; } = "";

    public string Address { get; set; } = "";
}
