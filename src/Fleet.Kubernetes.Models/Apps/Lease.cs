using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>coordination.k8s.io/v1 Lease.</summary>
public sealed class Lease : KubernetesObject, IKubernetesObject<Lease>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("coordination.k8s.io", "v1", "leases", "Lease", true);

    /// <inheritdoc/>
    public static JsonTypeInfo<Lease> JsonType => KubernetesJson.Context.Lease;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Lease>> ListJsonType => KubernetesJson.Context.KubernetesListLease;

    public LeaseSpec? Spec { get; set; }
}

/// <summary>Who holds a lease and for how long.</summary>
public sealed class LeaseSpec : KubernetesModel
{
    public string? HolderIdentity { get; set; }

    public int? LeaseDurationSeconds { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; set; }

    public int? LeaseTransitions { get; set; }
}
