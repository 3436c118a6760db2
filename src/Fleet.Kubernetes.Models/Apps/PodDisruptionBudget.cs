using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>policy/v1 PodDisruptionBudget; servers older than 1.21 serve it as v1beta1 with the same fields.</summary>
public sealed class PodDisruptionBudget : KubernetesObject, IKubernetesObject<PodDisruptionBudget>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true) { ShortNames = ["pdb"], FallbackVersions = ["v1beta1"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<PodDisruptionBudget> JsonType => KubernetesJson.Context.PodDisruptionBudget;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<PodDisruptionBudget>> ListJsonType => KubernetesJson.Context.KubernetesListPodDisruptionBudget;

    public PodDisruptionBudgetSpec? Spec { get; set; }

    public PodDisruptionBudgetStatus? Status { get; set; }
}

/// <summary>How many pods voluntary evictions may take.</summary>
public sealed class PodDisruptionBudgetSpec : KubernetesModel
{
    public IntOrString? MinAvailable { get; set; }

    public IntOrString? MaxUnavailable { get; set; }

    public LabelSelector? Selector { get; set; }
}

/// <summary>Observed state of a budget.</summary>
public sealed class PodDisruptionBudgetStatus : KubernetesModel
{
    public long? ObservedGeneration { get; set; }

    public int DisruptionsAllowed { get; set; }

    public int CurrentHealthy { get; set; }

    public int DesiredHealthy { get; set; }

    public int ExpectedPods { get; set; }

    public List<Condition>? Conditions { get; set; }
}
