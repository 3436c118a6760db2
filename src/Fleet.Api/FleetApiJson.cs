using System.Text.Json.Serialization;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>Source-generated serialization of the custom resources.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Testnet))]
[JsonSerializable(typeof(BeaconNode))]
[JsonSerializable(typeof(CanaryRollout))]
[JsonSerializable(typeof(ChainReset))]
[JsonSerializable(typeof(KubernetesList<Testnet>))]
[JsonSerializable(typeof(KubernetesList<BeaconNode>))]
[JsonSerializable(typeof(KubernetesList<CanaryRollout>))]
[JsonSerializable(typeof(KubernetesList<ChainReset>))]
public sealed partial class FleetApiJson : JsonSerializerContext
{
    /// <summary>The serializer, with the options all objects of the API server share.</summary>
    public static FleetApiJson Context { get; } = new(KubernetesJson.CreateOptions());
}
