using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>Source-generated serialization of the built-in kinds.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KubernetesList<Namespace>))]
[JsonSerializable(typeof(KubernetesList<Pod>))]
[JsonSerializable(typeof(KubernetesList<ConfigMap>))]
[JsonSerializable(typeof(KubernetesList<Secret>))]
[JsonSerializable(typeof(KubernetesList<ServiceAccount>))]
[JsonSerializable(typeof(KubernetesList<Service>))]
[JsonSerializable(typeof(KubernetesList<PersistentVolumeClaim>))]
[JsonSerializable(typeof(KubernetesList<CoreEvent>))]
[JsonSerializable(typeof(KubernetesList<Node>))]
[JsonSerializable(typeof(KubernetesList<StatefulSet>))]
[JsonSerializable(typeof(KubernetesList<PodDisruptionBudget>))]
[JsonSerializable(typeof(KubernetesList<Lease>))]
[JsonSerializable(typeof(KubernetesList<StorageClass>))]
[JsonSerializable(typeof(KubernetesList<CustomResourceDefinition>))]
[JsonSerializable(typeof(KubernetesList<PartialObject>))]
[JsonSerializable(typeof(Status))]
[JsonSerializable(typeof(DeleteOptions))]
[JsonSerializable(typeof(RawWatchEvent))]
[JsonSerializable(typeof(Condition))]
[JsonSerializable(typeof(LabelSelector))]
[JsonSerializable(typeof(ApiGroupList))]
[JsonSerializable(typeof(ApiGroup))]
[JsonSerializable(typeof(ApiResourceList))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
public sealed partial class KubernetesJsonContext : JsonSerializerContext;

/// <summary>How objects become JSON and back.</summary>
public static class KubernetesJson
{
    /// <summary>The serializer of the built-in kinds.</summary>
    public static KubernetesJsonContext Context { get; } = new(CreateOptions());

    /// <summary>Options for further source-generated contexts (custom kinds): camel case, nulls left out, no HTML escapes.</summary>
    public static JsonSerializerOptions CreateOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 128,
    };

    /// <summary>UTF-8 JSON of an object, with its apiVersion and kind filled in.</summary>
    public static byte[] Serialize<T>(T value)
        where T : class, IKubernetesObject<T>
    {
        Stamp(value);
        return JsonSerializer.SerializeToUtf8Bytes(value, T.JsonType);
    }

    /// <summary>An object from UTF-8 JSON.</summary>
    /// <exception cref="JsonException">The text is not such an object.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> json)
        where T : class, IKubernetesObject<T> =>
        JsonSerializer.Deserialize(json, T.JsonType) ?? throw new JsonException("Expected an object, found null.");

    /// <summary>The JSON tree of an object.</summary>
    public static JsonObject ToNode<T>(T value)
        where T : class, IKubernetesObject<T>
    {
        Stamp(value);
        return JsonSerializer.SerializeToNode(value, T.JsonType)!.AsObject();
    }

    /// <summary>A deep copy.</summary>
    public static T Clone<T>(T value)
        where T : class, IKubernetesObject<T> =>
        Deserialize<T>(JsonSerializer.SerializeToUtf8Bytes(value, T.JsonType));

    /// <summary>A deep copy of any model of which the serializer is given.</summary>
    public static T Clone<T>(T value, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, type), type)!;

    /// <summary>Whether two objects have equal JSON, order of fields aside.</summary>
    public static bool DeepEquals<T>(T left, T right, JsonTypeInfo<T> type) =>
        JsonNode.DeepEquals(JsonSerializer.SerializeToNode(left, type), JsonSerializer.SerializeToNode(right, type));

    private static void Stamp<T>(T value)
        where T : class, IKubernetesObject<T>
    {
        value.ApiVersion ??= T.Resource.ApiVersion;
        value.Kind ??= T.Resource.Kind;
    }
}
