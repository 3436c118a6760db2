namespace Fleet.Kubernetes.Models;

/// <summary>Where a pod wants to run and beside whom.</summary>
public sealed class Affinity : KubernetesModel
{
    public NodeAffinity? NodeAffinity { get; set; }

    public PodAffinity? PodAffinity { get; set; }

    public PodAffinity? PodAntiAffinity { get; set; }
}

/// <summary>Affinity to nodes.</summary>
public sealed class NodeAffinity : KubernetesModel
{
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }

    public List<PreferredSchedulingTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; set; }
}

/// <summary>Terms of which one must hold.</summary>
public sealed class NodeSelector : KubernetesModel
{
    public List<NodeSelectorTerm> NodeSelectorTerms { get; set; } = [];
}

/// <summary>Requirements that must all hold.</summary>
public sealed class NodeSelectorTerm : KubernetesModel
{
    public List<LabelSelectorRequirement>? MatchExpressions { get; set; }

    public List<LabelSelectorRequirement>? MatchFields { get; set; }
}

/// <summary>A term with a weight from 1 to 100.</summary>
public sealed class PreferredSchedulingTerm : KubernetesModel
{
    public int Weight { get; set; }

    public NodeSelectorTerm Preference { get; set; } = new();
}

/// <summary>Affinity or anti-affinity to pods.</summary>
public sealed class PodAffinity : KubernetesModel
{
    public List<PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }

    public List<WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; set; }
}

/// <summary>Pods in a topology.</summary>
public sealed class PodAffinityTerm : KubernetesModel
{
    public LabelSelector? LabelSelector { get; set; }

    public List<string>? Namespaces { get; set; }

    public LabelSelector? NamespaceSelector { get; set; }

    /// <summary>Labels whose value the other pod must share (Kubernetes 1.29).</summary>
    public List<string>? MatchLabelKeys { get; set; }

    /// <summary>Labels whose value the other pod must not share (Kubernetes 1.29).</summary>
    public List<string>? MismatchLabelKeys { get; set; }

    public string TopologyKey { get; set; } = "";
}

/// <summary>A term with a weight from 1 to 100.</summary>
public sealed class WeightedPodAffinityTerm : KubernetesModel
{
    public int Weight { get; set; }

    public PodAffinityTerm PodAffinityTerm { get; set; } = new();
}
