using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 Pod.</summary>
public sealed class Pod : KubernetesObject, IKubernetesObject<Pod>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "pods", "Pod", true) { ShortNames = ["po"], Categories = ["all"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<Pod> JsonType => KubernetesJson.Context.Pod;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Pod>> ListJsonType => KubernetesJson.Context.KubernetesListPod;

    public PodSpec? Spec { get; set; }

    public PodStatus? Status { get; set; }
}

/// <summary>Pod as a template within another object.</summary>
public sealed class PodTemplateSpec : KubernetesModel
{
    public ObjectMeta? Metadata { get; set; }

    public PodSpec? Spec { get; set; }
}

/// <summary>Desired state of a pod.</summary>
public sealed class PodSpec : KubernetesModel
{
    public List<Container>? InitContainers { get; set; }

    public List<Container> Containers { get; set; } = [];

    public List<Volume>? Volumes { get; set; }

    /// <summary><c>Always</c>, <c>OnFailure</c> or <c>Never</c>.</summary>
    public string? RestartPolicy { get; set; }

    /// <summary>Seconds between SIGTERM and SIGKILL.</summary>
    public long? TerminationGracePeriodSeconds { get; set; }

    /// <summary>Seconds after which the pod is failed.</summary>
    public long? ActiveDeadlineSeconds { get; set; }

    public string? DnsPolicy { get; set; }

    public Dictionary<string, string>? NodeSelector { get; set; }

    public string? ServiceAccountName { get; set; }

    [JsonPropertyName("serviceAccount")]
    public string? DeprecatedServiceAccount { get; set; }

    public bool? AutomountServiceAccountToken { get; set; }

    public bool? EnableServiceLinks { get; set; }

    public string? NodeName { get; set; }

    public bool? HostNetwork { get; set; }

    public bool? HostPID { get; set; }

    public bool? HostIPC { get; set; }

    public bool? ShareProcessNamespace { get; set; }

    public PodSecurityContext? SecurityContext { get; set; }

    public List<LocalObjectReference>? ImagePullSecrets { get; set; }

    public string? Hostname { get; set; }

    public string? Subdomain { get; set; }

    public bool? SetHostnameAsFQDN { get; set; }

    public Affinity? Affinity { get; set; }

    public string? SchedulerName { get; set; }

    public List<Toleration>? Tolerations { get; set; }

    public List<HostAlias>? HostAliases { get; set; }

    public string? PriorityClassName { get; set; }

    public int? Priority { get; set; }

    public string? PreemptionPolicy { get; set; }

    public string? RuntimeClassName { get; set; }

    public List<TopologySpreadConstraint>? TopologySpreadConstraints { get; set; }

    public List<PodReadinessGate>? ReadinessGates { get; set; }
}

/// <summary>Extra condition that must be true for a pod to be ready.</summary>
public sealed class PodReadinessGate : KubernetesModel
{
    public string ConditionType { get; set; } = "";
}

/// <summary>Line of the pod's hosts file.</summary>
public sealed class HostAlias : KubernetesModel
{
    public string? Ip { get; set; }

    public List<string>? Hostnames { get; set; }
}

/// <summary>Reference by name within the namespace.</summary>
public sealed class LocalObjectReference : KubernetesModel
{
    public string? Name { get; set; }
}

/// <summary>Security of a pod as a whole.</summary>
public sealed class PodSecurityContext : KubernetesModel
{
    public long? RunAsUser { get; set; }

    public long? RunAsGroup { get; set; }

    public bool? RunAsNonRoot { get; set; }

    public List<long>? SupplementalGroups { get; set; }

    public long? FsGroup { get; set; }

    public string? FsGroupChangePolicy { get; set; }

    public SeccompProfile? SeccompProfile { get; set; }
}

/// <summary>System-call filter.</summary>
public sealed class SeccompProfile : KubernetesModel
{
    /// <summary><c>RuntimeDefault</c>, <c>Localhost</c> or <c>Unconfined</c>.</summary>
    public string Type { get; set; } = "";

    public string? LocalhostProfile { get; set; }
}

/// <summary>Taint a pod tolerates.</summary>
public sealed class Toleration : KubernetesModel
{
    public string? Key { get; set; }

    public string? Operator { get; set; }

    public string? Value { get; set; }

    public string? Effect { get; set; }

    public long? TolerationSeconds { get; set; }
}

/// <summary>How pods spread over a topology.</summary>
public sealed class TopologySpreadConstraint : KubernetesModel
{
    public int MaxSkew { get; set; }

    public string TopologyKey { get; set; } = "";

    /// <summary><c>DoNotSchedule</c> or <c>ScheduleAnyway</c>.</summary>
    public string WhenUnsatisfiable { get; set; } = "";

    public LabelSelector? LabelSelector { get; set; }
}

/// <summary>Observed state of a pod.</summary>
public sealed class PodStatus : KubernetesModel
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string? Phase { get; set; }

    public List<PodCondition>? Conditions { get; set; }

    public string? Message { get; set; }

    public string? Reason { get; set; }

    public string? HostIP { get; set; }

    public string? PodIP { get; set; }

    public List<PodIP>? PodIPs { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? StartTime { get; set; }

    public List<ContainerStatus>? InitContainerStatuses { get; set; }

    public List<ContainerStatus>? ContainerStatuses { get; set; }

    public string? QosClass { get; set; }

    public string? NominatedNodeName { get; set; }
}

/// <summary>Address of a pod.</summary>
public sealed class PodIP : KubernetesModel
{
    public string? Ip { get; set; }
}

/// <summary>Condition of a pod; unlike <see cref="Condition"/> it may have no reason.</summary>
public sealed class PodCondition : KubernetesModel
{
    public string Type { get; set; } = "";

    public string Status { get; set; } = "";

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastProbeTime { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTransitionTime { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }
}

/// <summary>Observed state of one container.</summary>
public sealed class ContainerStatus : KubernetesModel
{
    public string Name { get; set; } = "";

    public ContainerState? State { get; set; }

    public ContainerState? LastState { get; set; }

    public bool Ready { get; set; }

    public int RestartCount { get; set; }

    public string Image { get; set; } = "";

    public string ImageID { get; set; } = "";

    public string? ContainerID { get; set; }

    public bool? Started { get; set; }
}

/// <summary>Exactly one of the three is set.</summary>
public sealed class ContainerState : KubernetesModel
{
    public ContainerStateWaiting? Waiting { get; set; }

    public ContainerStateRunning? Running { get; set; }

    public ContainerStateTerminated? Terminated { get; set; }
}

/// <summary>A container that does not run yet.</summary>
public sealed class ContainerStateWaiting : KubernetesModel
{
    public string? Reason { get; set; }

    public string? Message { get; set; }
}

/// <summary>A container that runs.</summary>
public sealed class ContainerStateRunning : KubernetesModel
{
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? StartedAt { get; set; }
}

/// <summary>A container that ended.</summary>
public sealed class ContainerStateTerminated : KubernetesModel
{
    public int ExitCode { get; set; }

    public int? Signal { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? StartedAt { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? FinishedAt { get; set; }

    public string? ContainerID { get; set; }
}
