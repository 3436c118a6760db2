using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 PersistentVolumeClaim.</summary>
public sealed class PersistentVolumeClaim : KubernetesObject, IKubernetesObject<PersistentVolumeClaim>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true) { ShortNames = ["pvc"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<PersistentVolumeClaim> JsonType => KubernetesJson.Context.PersistentVolumeClaim;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<PersistentVolumeClaim>> ListJsonType => KubernetesJson.Context.KubernetesListPersistentVolumeClaim;

    public PersistentVolumeClaimSpec? Spec { get; set; }

    public PersistentVolumeClaimStatus? Status { get; set; }
}

/// <summary>Desired state of a claim.</summary>
public sealed class PersistentVolumeClaimSpec : KubernetesModel
{
    public List<string>? AccessModes { get; set; }

    public LabelSelector? Selector { get; set; }

    public ResourceRequirements? Resources { get; set; }

    public string? VolumeName { get; set; }

    public string? StorageClassName { get; set; }

    public string? VolumeMode { get; set; }
}

/// <summary>Observed state of a claim.</summary>
public sealed class PersistentVolumeClaimStatus : KubernetesModel
{
    /// <summary><c>Pending</c>, <c>Bound</c> or <c>Lost</c>.</summary>
    public string? Phase { get; set; }

    public List<string>? AccessModes { get; set; }

    public Dictionary<string, Quantity>? Capacity { get; set; }

    public List<PodCondition>? Conditions { get; set; }
}
