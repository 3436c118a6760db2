using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>apps/v1 StatefulSet.</summary>
public sealed class StatefulSet : KubernetesObject, IKubernetesObject<StatefulSet>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("apps", "v1", "statefulsets", "StatefulSet", true) { ShortNames = ["sts"], Categories = ["all"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<StatefulSet> JsonType => KubernetesJson.Context.StatefulSet;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<StatefulSet>> ListJsonType => KubernetesJson.Context.KubernetesListStatefulSet;

    public StatefulSetSpec? Spec { get; set; }

    public StatefulSetStatus? Status { get; set; }
}

/// <summary>Desired state of a stateful set.</summary>
public sealed class StatefulSetSpec : KubernetesModel
{
    public int? Replicas { get; set; }

    public LabelSelector? Selector { get; set; }

    public PodTemplateSpec? Template { get; set; }

    public List<PersistentVolumeClaim>? VolumeClaimTemplates { get; set; }

    /// <summary>The headless service that names the pods.</summary>
    public string? ServiceName { get; set; }

    /// <summary><c>OrderedReady</c> or <c>Parallel</c>.</summary>
    public string? PodManagementPolicy { get; set; }

    public StatefulSetUpdateStrategy? UpdateStrategy { get; set; }

    public int? RevisionHistoryLimit { get; set; }

    public int? MinReadySeconds { get; set; }
}

/// <summary>How a changed template reaches the pods.</summary>
public sealed class StatefulSetUpdateStrategy : KubernetesModel
{
    /// <summary><c>RollingUpdate</c> or <c>OnDelete</c>.</summary>
    public string? Type { get; set; }

    public RollingUpdateStatefulSetStrategy? RollingUpdate { get; set; }
}

/// <summary>Part of the pods a rolling update leaves alone.</summary>
public sealed class RollingUpdateStatefulSetStrategy : KubernetesModel
{
    public int? Partition { get; set; }
}

/// <summary>Observed state of a stateful set.</summary>
public sealed class StatefulSetStatus : KubernetesModel
{
    public long? ObservedGeneration { get; set; }

    public int Replicas { get; set; }

    public int? ReadyReplicas { get; set; }

    public int? CurrentReplicas { get; set; }

    public int? UpdatedReplicas { get; set; }

    public int? AvailableReplicas { get; set; }

    public string? CurrentRevision { get; set; }

    public string? UpdateRevision { get; set; }

    public int? CollisionCount { get; set; }

    public List<PodCondition>? Conditions { get; set; }
}
