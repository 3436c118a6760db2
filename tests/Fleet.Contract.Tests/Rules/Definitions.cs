using System.Text.Json.Nodes;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;

namespace Fleet.Contract.Tests.Rules;

/// <summary>The definitions of this product as they are installed, and what is in them.</summary>
internal static class Definitions
{
    /// <summary>Schema of the whole object by kind.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Schemas { get; } = CrdManifests.Read().ToDictionary(
        definition => definition.Spec!.Names!.Kind!,
        definition => KubernetesJson.ToNode(definition)["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject(),
        StringComparer.Ordinal);

    /// <summary>Rules as <c>Testnet spec.health: message</c>, in the order of the schema.</summary>
    public static IEnumerable<string> Rules() => Schemas.SelectMany(kind => Rules(kind.Key, kind.Value, ""));

    private static IEnumerable<string> Rules(string kind, JsonObject schema, string path)
    {
        foreach (JsonNode? rule in schema["x-kubernetes-validations"]?.AsArray() ?? [])
        {
            yield return $"{kind} {path}: {(string?)rule!["message"]}";
        }

        foreach ((string child, JsonObject value) in Children(schema, path))
        {
            foreach (string rule in Rules(kind, value, child))
            {
                yield return rule;
            }
        }
    }

    /// <summary>Schemas right below one, with their paths; those of list items and map values end with <c>[]</c>.</summary>
    public static IEnumerable<(string Path, JsonObject Schema)> Children(JsonObject schema, string path)
    {
        foreach ((string name, JsonNode? child) in schema["properties"]?.AsObject() ?? [])
        {
            yield return (path.Length == 0 ? name : $"{path}.{name}", child!.AsObject());
        }

        if ((schema["items"] ?? schema["additionalProperties"]) is JsonObject element)
        {
            yield return (path + "[]", element);
        }
    }
}
