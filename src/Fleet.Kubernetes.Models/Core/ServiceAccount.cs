using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 ServiceAccount.</summary>
public sealed class ServiceAccount : KubernetesObject, IKubernetesObject<ServiceAccount>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "serviceaccounts", "ServiceAccount", true) { ShortNames = ["sa"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<ServiceAccount> JsonType => KubernetesJson.Context.ServiceAccount;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<ServiceAccount>> ListJsonType => KubernetesJson.Context.KubernetesListServiceAccount;

    public List<ObjectReference>? Secrets { get; set; }

    public List<LocalObjectReference>? ImagePullSecrets { get; set; }

    public bool? AutomountServiceAccountToken { get; set; }
}
