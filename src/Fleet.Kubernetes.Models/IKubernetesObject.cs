using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>Any object the API server stores under a name.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, for example <c>apps/v1</c>; items of a list may leave it empty.</summary>
    string? ApiVersion { get; set; }

    /// <summary>Kind, for example <c>StatefulSet</c>; items of a list may leave it empty.</summary>
    string? Kind { get; set; }

    /// <summary>Name, namespace, identity and bookkeeping.</summary>
    ObjectMeta Metadata { get; set; }
}

/// <summary>A kind that knows where it is served and how it is serialized, so that generic code needs no reflection.</summary>
/// <typeparam name="TSelf">The kind itself.</typeparam>
public interface IKubernetesObject<TSelf> : IKubernetesObject
    where TSelf : class, IKubernetesObject<TSelf>
{
    /// <summary>Where the API server serves this kind.</summary>
    static abstract ResourceType Resource { get; }

    /// <summary>Source-generated serialization of one object.</summary>
    static abstract JsonTypeInfo<TSelf> JsonType { get; }

    /// <summary>Source-generated serialization of a list of objects.</summary>
    static abstract JsonTypeInfo<KubernetesList<TSelf>> ListJsonType { get; }
}

/// <summary>Base of every model: fields this build does not know survive a read followed by a write.</summary>
public abstract class KubernetesModel
{
    /// <summary>Fields of the JSON object that no property stands for.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? UnknownFields { get; set; }
}

/// <summary>Base of every kind with the fields all of them have.</summary>
public abstract class KubernetesObject : KubernetesModel, IKubernetesObject
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-3)]
    public string? ApiVersion { get; set; }

    /// <inheritdoc/>
    [JsonPropertyOrder(-2)]
    public string? Kind { get; set; }

    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public ObjectMeta Metadata { get; set; } = new();
}

/// <summary>A list as the API server returns it.</summary>
/// <typeparam name="T">Kind of the items.</typeparam>
public sealed class KubernetesList<T> : KubernetesModel
    where T : class, IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    /// <summary>resourceVersion of the whole list and the token of its next page.</summary>
    public ListMeta Metadata { get; set; } = new();

    public List<T> Items { get; set; } = [];
}
