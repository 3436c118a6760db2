using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

/// <summary>CustomResourceDefinitions: names, versions and structural schemas. Accepted ones are established at once.</summary>
internal sealed class DefinitionBehavior : ResourceBehavior
{
    private const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";
    private static readonly string[] Types = ["object", "array", "string", "integer", "number", "boolean"];

    public override bool HasGeneration => true;

    public override void Default(JsonObject value)
    {
        JsonObject spec = value.Need("spec");
        JsonObject names = spec.Need("names");
        if (names.Str("kind") is string kind)
        {
            names.Default("listKind", kind + "List");
            names.Default("singular", kind.ToLowerInvariant());
        }

        spec.Need("conversion").Default("strategy", "None");
    }

    public override void PrepareCreate(JsonObject value)
    {
        value.Need("metadata").Default("finalizers", new JsonArray(Cleanup));
        value["status"] = Status(value, value.Str("metadata", "creationTimestamp"));
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old)
    {
        JsonNode? conditions = old.At("status", "conditions")?.DeepClone();
        JsonObject status = Status(value, old.Str("metadata", "creationTimestamp"));
        if (conditions is not null)
        {
            status["conditions"] = conditions;
        }

        value["status"] = status;
    }

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = value.Need("spec");
        string plural = spec.Str("names", "plural") ?? "";
        string group = spec.Str("group") ?? "";
        if (value.Str("metadata", "name") is string name && name != $"{plural}.{group}")
        {
            errors.Invalid("metadata.name", name, $"must be spec.names.plural+\".\"+spec.group");
        }

        if (!Names.IsSubdomain(group) || !group.Contains('.', StringComparison.Ordinal))
        {
            errors.Invalid("spec.group", group, "should be a domain with at least one dot");
        }

        foreach (string required in (string[])["plural", "kind"])
        {
            if (string.IsNullOrEmpty(spec.Str("names", required)))
            {
                errors.Required($"spec.names.{required}");
            }
        }

        if (spec.Str("scope") is not ("Namespaced" or "Cluster"))
        {
            errors.NotSupported("spec.scope", spec["scope"], ["Cluster", "Namespaced"]);
        }

        CheckVersions(spec, errors);
    }

    private static void CheckVersions(JsonObject spec, FieldErrors errors)
    {
        JsonArray versions = spec.Arr("versions") ?? [];
        if (versions.Count(v => v.Bool("storage") == true) != 1)
        {
            errors.Invalid("spec.versions", versions, "must have exactly one version marked as storage version");
        }

        for (int i = 0; i < versions.Count; i++)
        {
            string path = $"spec.versions[{i}]";
            if (versions[i].Obj("schema", "openAPIV3Schema") is not JsonObject schema)
            {
                errors.Required($"{path}.schema.openAPIV3Schema", "schemas are required");
                continue;
            }

            CheckPatterns(schema, $"{path}.schema.openAPIV3Schema", errors);
            CheckStructural(schema, $"{path}.schema.openAPIV3Schema", true, errors);
        }
    }

    /// <summary>Every expression of a schema, those of its <c>allOf</c>, <c>anyOf</c>, <c>oneOf</c> and <c>not</c> too.</summary>
    private static void CheckPatterns(JsonNode? node, string path, FieldErrors errors)
    {
        if (node is not JsonObject schema)
        {
            return;
        }

        if (schema.Str("pattern") is string pattern && new SchemaPattern(pattern).Fault is { } fault)
        {
            errors.Invalid($"{path}.pattern", pattern, $"must be a valid regular expression, but isn't: {fault}");
        }

        foreach ((string name, JsonNode? child) in schema.Obj("properties") ?? [])
        {
            CheckPatterns(child, $"{path}.properties[{name}]", errors);
        }

        foreach (string keyword in (string[])["items", "additionalProperties", "not"])
        {
            CheckPatterns(schema[keyword], $"{path}.{keyword}", errors);
        }

        foreach (string keyword in (string[])["allOf", "anyOf", "oneOf"])
        {
            JsonArray parts = schema.Arr(keyword) ?? [];
            for (int i = 0; i < parts.Count; i++)
            {
                CheckPatterns(parts[i], $"{path}.{keyword}[{i}]", errors);
            }
        }
    }

    private static void CheckStructural(JsonObject schema, string path, bool root, FieldErrors errors)
    {
        string? type = schema.Str("type");
        bool free = schema.Bool("x-kubernetes-int-or-string") == true || (!root && schema.Bool("x-kubernetes-preserve-unknown-fields") == true);
        if (type is null && !free)
        {
            errors.Required($"{path}.type", root ? "must not be empty at the root" : "must not be empty for specified object fields");
        }
        else if (type is not null && Array.IndexOf(Types, type) < 0)
        {
            errors.NotSupported($"{path}.type", type, [.. Types.Select(t => (JsonNode?)t)]);
        }

        if (schema["properties"] is not null && schema["additionalProperties"] is JsonObject)
        {
            errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        }

        if (type == "array" && schema["items"] is null)
        {
            errors.Required($"{path}.items", "must be specified");
        }

        foreach ((string name, JsonNode? child) in schema.Obj("properties") ?? [])
        {
            CheckChild(child, $"{path}.properties[{name}]", errors);
        }

        CheckChild(schema["items"], $"{path}.items", errors);
        CheckChild(schema["additionalProperties"], $"{path}.additionalProperties", errors);
        if (schema.Str("x-kubernetes-list-type") == "map" && schema.Arr("x-kubernetes-list-map-keys") is not { Count: > 0 })
        {
            errors.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }

        // Judged by a schema that makes sense only.
        if (!errors.Any && schema["default"] is JsonNode fallback)
        {
            using JsonDocument document = JsonDocument.Parse(JsonText.Bytes(schema));
            SchemaValidator.Validate(SchemaReader.Read(document.RootElement), fallback, $"{path}.default", errors);
        }
    }

    private static void CheckChild(JsonNode? child, string path, FieldErrors errors)
    {
        if (child is JsonObject schema)
        {
            CheckStructural(schema, path, false, errors);
        }
    }

    private static JsonObject Status(JsonObject value, string? time)
    {
        JsonObject spec = value.Need("spec");
        string storage = spec.Items("versions").FirstOrDefault(v => v.Bool("storage") == true).Str("name") ?? "";
        return new JsonObject
        {
            ["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found", time),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", time)),
            ["acceptedNames"] = spec.Need("names").DeepClone(),
            ["storedVersions"] = new JsonArray(storage),
        };
    }

    private static JsonObject Condition(string type, string reason, string message, string? time) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = time,
        ["reason"] = reason,
        ["message"] = message,
    };
}
