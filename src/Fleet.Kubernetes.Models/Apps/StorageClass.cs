using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>storage.k8s.io/v1 StorageClass.</summary>
public sealed class StorageClass : KubernetesObject, IKubernetesObject<StorageClass>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("storage.k8s.io", "v1", "storageclasses", "StorageClass", false) { ShortNames = ["sc"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<StorageClass> JsonType => KubernetesJson.Context.StorageClass;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<StorageClass>> ListJsonType => KubernetesJson.Context.KubernetesListStorageClass;

    public string Provisioner { get; set; } = "";

    public Dictionary<string, string>? Parameters { get; set; }

    public string? ReclaimPolicy { get; set; }

    public bool? AllowVolumeExpansion { get; set; }

    public string? VolumeBindingMode { get; set; }
}
