using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 ConfigMap.</summary>
public sealed class ConfigMap : KubernetesObject, IKubernetesObject<ConfigMap>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "configmaps", "ConfigMap", true) { ShortNames = ["cm"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<ConfigMap> JsonType => KubernetesJson.Context.ConfigMap;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<ConfigMap>> ListJsonType => KubernetesJson.Context.KubernetesListConfigMap;

    public Dictionary<string, string>? Data { get; set; }

    public Dictionary<string, byte[]>? BinaryData { get; set; }

    /// <summary>Whether the server refuses changes of the data.</summary>
    public bool? Immutable { get; set; }
}
