using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 Namespace.</summary>
public sealed class Namespace : KubernetesObject, IKubernetesObject<Namespace>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "namespaces", "Namespace", false) { ShortNames = ["ns"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<Namespace> JsonType => KubernetesJson.Context.Namespace;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Namespace>> ListJsonType => KubernetesJson.Context.KubernetesListNamespace;

    public NamespaceSpec? Spec { get; set; }

    public NamespaceStatus? Status { get; set; }
}

/// <summary>Finalizers of a namespace.</summary>
public sealed class NamespaceSpec : KubernetesModel
{
    public List<string>? Finalizers { get; set; }
}

/// <summary>Phase of a namespace.</summary>
public sealed class NamespaceStatus : KubernetesModel
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string? Phase { get; set; }

    public List<PodCondition>? Conditions { get; set; }
}
