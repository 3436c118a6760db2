namespace Fleet.Kubernetes.Models;

/// <summary>Volume of a pod; exactly one source is set.</summary>
public sealed class Volume : KubernetesModel
{
    public string Name { get; set; } = "";

    public ConfigMapVolumeSource? ConfigMap { get; set; }

    public SecretVolumeSource? Secret { get; set; }

    public ProjectedVolumeSource? Projected { get; set; }

    public PersistentVolumeClaimVolumeSource? PersistentVolumeClaim { get; set; }

    public EmptyDirVolumeSource? EmptyDir { get; set; }

    public HostPathVolumeSource? HostPath { get; set; }

    public DownwardApiVolumeSource? DownwardAPI { get; set; }
}

/// <summary>Keys of a ConfigMap as files.</summary>
public sealed class ConfigMapVolumeSource : KubernetesModel
{
    public string? Name { get; set; }

    public List<KeyToPath>? Items { get; set; }

    /// <summary>File mode, written in decimal.</summary>
    public int? DefaultMode { get; set; }

    public bool? Optional { get; set; }
}

/// <summary>Keys of a Secret as files.</summary>
public sealed class SecretVolumeSource : KubernetesModel
{
    public string? SecretName { get; set; }

    public List<KeyToPath>? Items { get; set; }

    /// <summary>File mode, written in decimal.</summary>
    public int? DefaultMode { get; set; }

    public bool? Optional { get; set; }
}

/// <summary>One key and the file it becomes.</summary>
public sealed class KeyToPath : KubernetesModel
{
    public string Key { get; set; } = "";

    public string Path { get; set; } = "";

    public int? Mode { get; set; }
}

/// <summary>Several sources in one directory.</summary>
public sealed class ProjectedVolumeSource : KubernetesModel
{
    public List<VolumeProjection>? Sources { get; set; }

    public int? DefaultMode { get; set; }
}

/// <summary>One source of a projected volume; exactly one is set.</summary>
public sealed class VolumeProjection : KubernetesModel
{
    public ProjectedObject? ConfigMap { get; set; }

    public ProjectedObject? Secret { get; set; }

    public DownwardApiVolumeSource? DownwardAPI { get; set; }

    public ServiceAccountTokenProjection? ServiceAccountToken { get; set; }
}

/// <summary>ConfigMap or Secret within a projected volume.</summary>
public sealed class ProjectedObject : KubernetesModel
{
    public string? Name { get; set; }

    public List<KeyToPath>? Items { get; set; }

    public bool? Optional { get; set; }
}

/// <summary>Token within a projected volume.</summary>
public sealed class ServiceAccountTokenProjection : KubernetesModel
{
    public string? Audience { get; set; }

    public long? ExpirationSeconds { get; set; }

    public string Path { get; set; } = "";
}

/// <summary>Fields of the pod as files.</summary>
public sealed class DownwardApiVolumeSource : KubernetesModel
{
    public List<DownwardApiVolumeFile>? Items { get; set; }

    public int? DefaultMode { get; set; }
}

/// <summary>One field of the pod as a file.</summary>
public sealed class DownwardApiVolumeFile : KubernetesModel
{
    public string Path { get; set; } = "";

    public ObjectFieldSelector? FieldRef { get; set; }

    public ResourceFieldSelector? ResourceFieldRef { get; set; }

    public int? Mode { get; set; }
}

/// <summary>A claim of the same namespace.</summary>
public sealed class PersistentVolumeClaimVolumeSource : KubernetesModel
{
    public string ClaimName { get; set; } = "";

    public bool? ReadOnly { get; set; }
}

/// <summary>Directory that lives as long as the pod.</summary>
public sealed class EmptyDirVolumeSource : KubernetesModel
{
    public string? Medium { get; set; }

    public Quantity? SizeLimit { get; set; }
}

/// <summary>Directory of the machine.</summary>
public sealed class HostPathVolumeSource : KubernetesModel
{
    public string Path { get; set; } = "";

    public string? Type { get; set; }
}
