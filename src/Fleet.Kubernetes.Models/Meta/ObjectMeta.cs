using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Kubernetes.Models;

/// <summary>Metadata every stored object carries (meta/v1 ObjectMeta).</summary>
public sealed class ObjectMeta : KubernetesModel
{
    /// <summary>Name; unique within kind and namespace.</summary>
    public string? Name { get; set; }

    /// <summary>Prefix from which the server makes a name when <see cref="Name"/> is absent.</summary>
    public string? GenerateName { get; set; }

    /// <summary>Namespace; absent for cluster-scoped kinds.</summary>
    public string? Namespace { get; set; }

    /// <summary>Identity that no later object of the same name shares.</summary>
    public string? Uid { get; set; }

    /// <summary>Opaque version of the stored object, for conflicts and watches.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>Counts changes of the desired state.</summary>
    public long? Generation { get; set; }

    /// <summary>Set by the server.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? CreationTimestamp { get; set; }

    /// <summary>Present while a deletion waits for finalizers or for a grace period.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? DeletionTimestamp { get; set; }

    /// <summary>Seconds between the request of a deletion and its force.</summary>
    public long? DeletionGracePeriodSeconds { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>Objects whose deletion deletes this one.</summary>
    public List<OwnerReference>? OwnerReferences { get; set; }

    /// <summary>Names that must be removed before the object goes.</summary>
    public List<string>? Finalizers { get; set; }

    /// <summary>Which manager set which field.</summary>
    public List<ManagedFieldsEntry>? ManagedFields { get; set; }

    public string? SelfLink { get; set; }
}

/// <summary>Reference from a dependent to its owner.</summary>
public sealed class OwnerReference : KubernetesModel
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public string Name { get; set; } = "";

    public string Uid { get; set; } = "";

    /// <summary>At most one owner is the controller.</summary>
    public bool? Controller { get; set; }

    /// <summary>Whether a foreground deletion of the owner waits for this dependent.</summary>
    public bool? BlockOwnerDeletion { get; set; }

    /// <summary>Reference to <paramref name="owner"/>, which must have come from the server.</summary>
    /// <exception cref="ArgumentException">The owner has no name or uid yet.</exception>
    public static OwnerReference To<T>(T owner, bool controller = true, bool blockOwnerDeletion = true)
        where T : class, IKubernetesObject<T>
    {
        if (owner.Metadata.Uid is not { Length: > 0 } uid || owner.Metadata.Name is not { Length: > 0 } name)
        {
            throw new ArgumentException("An owner must have a name and a uid.", nameof(owner));
        }

        return new OwnerReference
        {
            ApiVersion = T.Resource.ApiVersion,
            Kind = T.Resource.Kind,
            Name = name,
            Uid = uid,
            Controller = controller ? true : null,
            BlockOwnerDeletion = blockOwnerDeletion ? true : null,
        };
    }
}

/// <summary>One manager's fields.</summary>
public sealed class ManagedFieldsEntry : KubernetesModel
{
    public string? Manager { get; set; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; set; }

    public string? ApiVersion { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? Time { get; set; }

    /// <summary><c>FieldsV1</c>.</summary>
    public string? FieldsType { get; set; }

    public JsonElement? FieldsV1 { get; set; }

    public string? Subresource { get; set; }
}

/// <summary>Metadata of a list (meta/v1 ListMeta).</summary>
public sealed class ListMeta : KubernetesModel
{
    public string? ResourceVersion { get; set; }

    /// <summary>Token of the next page; absent or empty on the last one.</summary>
    public string? Continue { get; set; }

    public long? RemainingItemCount { get; set; }

    public string? SelfLink { get; set; }
}
