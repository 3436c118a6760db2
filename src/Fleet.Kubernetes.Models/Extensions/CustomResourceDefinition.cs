using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>apiextensions.k8s.io/v1 CustomResourceDefinition.</summary>
public sealed class CustomResourceDefinition : KubernetesObject, IKubernetesObject<CustomResourceDefinition>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false) { ShortNames = ["crd", "crds"], Categories = ["api-extensions"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<CustomResourceDefinition> JsonType => KubernetesJson.Context.CustomResourceDefinition;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<CustomResourceDefinition>> ListJsonType => KubernetesJson.Context.KubernetesListCustomResourceDefinition;

    public CustomResourceDefinitionSpec? Spec { get; set; }

    public CustomResourceDefinitionStatus? Status { get; set; }
}

/// <summary>Names, scope and versions of a custom kind.</summary>
public sealed class CustomResourceDefinitionSpec : KubernetesModel
{
    public string Group { get; set; } = "";

    public CustomResourceNames Names { get; set; } = new();

    /// <summary><c>Namespaced</c> or <c>Cluster</c>.</summary>
    public string Scope { get; set; } = "";

    public List<CustomResourceVersion> Versions { get; set; } = [];

    public CustomResourceConversion? Conversion { get; set; }

    public bool? PreserveUnknownFields { get; set; }
}

/// <summary>Names under which a custom kind is served.</summary>
public sealed class CustomResourceNames : KubernetesModel
{
    public string Plural { get; set; } = "";

    public string? Singular { get; set; }

    public List<string>? ShortNames { get; set; }

    public string Kind { get; set; } = "";

    public string? ListKind { get; set; }

    public List<string>? Categories { get; set; }
}

/// <summary>How versions are converted.</summary>
public sealed class CustomResourceConversion : KubernetesModel
{
    public string Strategy { get; set; } = "";
}

/// <summary>One version of a custom kind.</summary>
public sealed class CustomResourceVersion : KubernetesModel
{
    public string Name { get; set; } = "";

    public bool Served { get; set; }

    public bool Storage { get; set; }

    public bool? Deprecated { get; set; }

    public string? DeprecationWarning { get; set; }

    public CustomResourceValidation? Schema { get; set; }

    public CustomResourceSubresources? Subresources { get; set; }

    public List<CustomResourceColumn>? AdditionalPrinterColumns { get; set; }
}

/// <summary>Schema of a version.</summary>
public sealed class CustomResourceValidation : KubernetesModel
{
    public JsonSchemaProps? OpenAPIV3Schema { get; set; }
}

/// <summary>Sub-resources of a version.</summary>
public sealed class CustomResourceSubresources : KubernetesModel
{
    public EmptyObject? Status { get; set; }

    public CustomResourceScale? Scale { get; set; }
}

/// <summary>An object whose presence is all it says.</summary>
public sealed class EmptyObject : KubernetesModel;

/// <summary>Paths of the scale sub-resource.</summary>
public sealed class CustomResourceScale : KubernetesModel
{
    public string SpecReplicasPath { get; set; } = "";

    public string StatusReplicasPath { get; set; } = "";

    public string? LabelSelectorPath { get; set; }
}

/// <summary>Column that <c>kubectl get</c> prints.</summary>
public sealed class CustomResourceColumn : KubernetesModel
{
    public string Name { get; set; } = "";

    /// <summary><c>integer</c>, <c>number</c>, <c>string</c>, <c>boolean</c> or <c>date</c>.</summary>
    public string Type { get; set; } = "";

    public string? Format { get; set; }

    public string? Description { get; set; }

    /// <summary>Columns above 0 appear with <c>-o wide</c> only.</summary>
    public int? Priority { get; set; }

    public string JsonPath { get; set; } = "";
}

/// <summary>Observed state of a definition.</summary>
public sealed class CustomResourceDefinitionStatus : KubernetesModel
{
    public List<PodCondition>? Conditions { get; set; }

    public CustomResourceNames? AcceptedNames { get; set; }

    public List<string>? StoredVersions { get; set; }
}
