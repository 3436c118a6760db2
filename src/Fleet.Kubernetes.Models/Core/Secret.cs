using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 Secret.</summary>
public sealed class Secret : KubernetesObject, IKubernetesObject<Secret>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "secrets", "Secret", true);

    /// <inheritdoc/>
    public static JsonTypeInfo<Secret> JsonType => KubernetesJson.Context.Secret;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Secret>> ListJsonType => KubernetesJson.Context.KubernetesListSecret;

    public Dictionary<string, byte[]>? Data { get; set; }

    /// <summary>Write-only: the server moves it into <see cref="Data"/>.</summary>
    public Dictionary<string, string>? StringData { get; set; }

    /// <summary><c>Opaque</c> unless said otherwise.</summary>
    public string? Type { get; set; }

    /// <summary>Whether the server refuses changes of the data.</summary>
    public bool? Immutable { get; set; }
}
