using System.Reflection;
using System.Text.Json;

namespace Fleet.LocalCluster.Schemas;

/// <summary>Schemas of the built-in kinds, from Kubernetes' published OpenAPI document (embedded; see <c>update-openapi.sh</c>).</summary>
internal static class BuiltinSchemas
{
    /// <summary>Prefix of the definitions of API machinery.</summary>
    public const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private static readonly Lazy<JsonElement> LazyDocument = new(Load);
    private static readonly Lazy<Dictionary<string, Schema>> LazyDefinitions = new(Read);

    /// <summary>The embedded document: its <c>definitions</c>.</summary>
    public static JsonElement Document => LazyDocument.Value;

    /// <summary>The type of <c>metadata</c> of every object.</summary>
    public static Schema ObjectMeta => Definition(Meta + "ObjectMeta");

    /// <summary>One definition by its full name.</summary>
    public static Schema Definition(string name) => LazyDefinitions.Value[name];

    private static JsonElement Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("builtin-openapi.json")
            ?? throw new InvalidOperationException("the embedded OpenAPI document is missing from the assembly");
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("definitions").Clone();
    }

    private static Dictionary<string, Schema> Read()
    {
        var definitions = new Dictionary<string, Schema>(StringComparer.Ordinal);
        foreach (JsonProperty definition in Document.EnumerateObject())
        {
            definitions[definition.Name] = SchemaReader.Read(definition.Value, definitions);
        }

        // Free-form types: a definition without properties says nothing about its content.
        foreach (string open in (string[])[Meta + "FieldsV1", "io.k8s.apimachinery.pkg.runtime.RawExtension",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray"])
        {
            if (definitions.TryGetValue(open, out Schema? schema))
            {
                schema.PreserveUnknown = true;
                schema.Type = "";
            }
        }

        // Newer than the document, and used by schemas of today.
        Schema props = definitions["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"];
        props.Properties.TryAdd("x-kubernetes-validations", new Schema { Type = "array", Items = Schema.Anything });
        Schema spec = definitions["io.k8s.api.apps.v1.StatefulSetSpec"];
        spec.Properties.TryAdd("persistentVolumeClaimRetentionPolicy", new Schema { Type = "object", Values = new Schema { Type = "string" } });
        spec.Properties.TryAdd("minReadySeconds", new Schema { Type = "integer", Format = "int32" });
        definitions["io.k8s.api.policy.v1beta1.PodDisruptionBudgetSpec"].Properties.TryAdd("unhealthyPodEvictionPolicy", new Schema { Type = "string" });
        definitions[Meta + "ManagedFieldsEntry"].Properties.TryAdd("subresource", new Schema { Type = "string" });
        definitions[Meta + "OwnerReference"].Topology = Topology.Default;
        definitions["io.k8s.api.core.v1.PodSecurityContext"].Properties.TryAdd("seccompProfile", new Schema { Type = "object", PreserveUnknown = true });
        return definitions;
    }
}
