namespace Fleet.Kubernetes.Models;

/// <summary>Any object with nothing but its metadata interpreted; the rest is in <see cref="KubernetesModel.UnknownFields"/>.</summary>
public sealed class PartialObject : KubernetesObject;

/// <summary>Groups a server serves (<c>/apis</c>).</summary>
public sealed class ApiGroupList : KubernetesModel
{
    public string? Kind { get; set; }

    public string? ApiVersion { get; set; }

    public List<ApiGroup> Groups { get; set; } = [];
}

/// <summary>One API group (<c>/apis/GROUP</c>).</summary>
public sealed class ApiGroup : KubernetesModel
{
    public string? Kind { get; set; }

    public string? ApiVersion { get; set; }

    public string Name { get; set; } = "";

    public List<GroupVersionForDiscovery> Versions { get; set; } = [];

    public GroupVersionForDiscovery? PreferredVersion { get; set; }
}

/// <summary>One version of a group.</summary>
public sealed class GroupVersionForDiscovery : KubernetesModel
{
    public string GroupVersion { get; set; } = "";

    public string Version { get; set; } = "";
}

/// <summary>Resources of one group version (<c>/apis/GROUP/VERSION</c>).</summary>
public sealed class ApiResourceList : KubernetesModel
{
    public string? Kind { get; set; }

    public string? ApiVersion { get; set; }

    public string GroupVersion { get; set; } = "";

    public List<ApiResource> Resources { get; set; } = [];
}

/// <summary>One resource of a group version.</summary>
public sealed class ApiResource : KubernetesModel
{
    public string Name { get; set; } = "";

    public string SingularName { get; set; } = "";

    public bool Namespaced { get; set; }

    public string? Group { get; set; }

    public string? Version { get; set; }

    public string Kind { get; set; } = "";

    public List<string> Verbs { get; set; } = [];

    public List<string>? ShortNames { get; set; }

    public List<string>? Categories { get; set; }

    public string? StorageVersionHash { get; set; }
}
