using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Api;

/// <summary>The OpenAPI documents, v2 and v3, that <c>kubectl explain</c>, validation and merging read.</summary>
internal sealed class OpenApiDocuments(ResourceRegistry registry)
{
    private const string V2Prefix = "#/definitions/";
    private const string V3Prefix = "#/components/schemas/";
    private readonly Lock _lock = new();
    private long _version = -1;
    private byte[] _v2 = [];
    private byte[] _v2Protobuf = [];

    /// <summary>The v2 document, as JSON and as older clients want it.</summary>
    public (byte[] Json, byte[] Protobuf) V2()
    {
        lock (_lock)
        {
            long version = registry.Version;
            if (_version != version)
            {
                JsonObject document = BuildV2();
                _v2 = JsonText.Bytes(document);
                _v2Protobuf = OpenApiProtobuf.Encode(document);
                _version = version;
            }

            return (_v2, _v2Protobuf);
        }
    }

    /// <summary>The index of v3 documents, or one of them; null when there is none.</summary>
    public JsonObject? V3(string path)
    {
        if (path.Length == 0)
        {
            var paths = new JsonObject();
            foreach (string gv in GroupVersions())
            {
                paths[gv] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{gv}?hash={registry.Version}" };
            }

            return new JsonObject { ["paths"] = paths };
        }

        return GroupVersions().Contains(path) ? BuildV3(path) : null;
    }

    private static string PathOf(ResourceType type, ServedVersion version) =>
        type.Group.Length == 0 ? $"api/{version.Name}" : $"apis/{type.Group}/{version.Name}";

    private IEnumerable<string> GroupVersions() =>
        registry.All.SelectMany(t => t.Versions.Select(v => PathOf(t, v))).Distinct().Order(StringComparer.Ordinal);

    private JsonObject BuildV2()
    {
        var definitions = JsonNode.Parse(BuiltinSchemas.Document.GetRawText())!.AsObject();
        var paths = new JsonObject();
        foreach (ResourceType type in registry.All)
        {
            foreach (ServedVersion version in type.Versions)
            {
                AddDefinition(definitions, type, version, V2Prefix);
                AddPaths(paths, type, version, V2Prefix, false);
            }
        }

        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = Discovery.KubernetesVersion },
            ["paths"] = paths,
            ["definitions"] = definitions,
        };
    }

    private JsonObject BuildV3(string path)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        var wanted = new Queue<string>();
        foreach (ResourceType type in registry.All)
        {
            foreach (ServedVersion version in type.Versions.Where(v => PathOf(type, v) == path))
            {
                AddDefinition(schemas, type, version, V3Prefix);
                AddPaths(paths, type, version, V3Prefix, true);
                wanted.Enqueue(version.Definition);
            }
        }

        while (wanted.TryDequeue(out string? name))
        {
            if (!schemas.ContainsKey(name) && BuiltinSchemas.Document.TryGetProperty(name, out JsonElement definition))
            {
                schemas[name] = ToV3(JsonNode.Parse(definition.GetRawText())!);
            }

            foreach (string reference in References(schemas[name]))
            {
                if (!schemas.ContainsKey(reference))
                {
                    wanted.Enqueue(reference);
                }
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = Discovery.KubernetesVersion },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static void AddDefinition(JsonObject definitions, ResourceType type, ServedVersion version, string prefix)
    {
        if (type.IsCustom)
        {
            JsonObject schema = version.RawSchema.ValueKind == JsonValueKind.Object ? JsonNode.Parse(version.RawSchema.GetRawText())!.AsObject() : [];
            JsonObject properties = schema.Need("properties");
            properties["apiVersion"] = Property("APIVersion defines the versioned schema of this representation of an object.");
            properties["kind"] = Property("Kind is a string value representing the REST resource this object represents.");
            properties["metadata"] = new JsonObject { ["description"] = "Standard object's metadata.", ["$ref"] = prefix + BuiltinSchemas.Meta + "ObjectMeta" };
            schema["x-kubernetes-group-version-kind"] = new JsonArray(Gvk(type, version));
            definitions[version.Definition] = prefix == V3Prefix ? ToV3(schema) : ToV2(schema);
        }
        else if (!BuiltinSchemas.Document.TryGetProperty(version.Definition, out _))
        {
            // A second version of a kind with the same fields.
            string original = version.Definition.Replace(".v1.", ".v1beta1.", StringComparison.Ordinal);
            string text = BuiltinSchemas.Document.GetProperty(original).GetRawText();
            JsonObject copy = JsonNode.Parse(text)!.AsObject();
            copy["x-kubernetes-group-version-kind"] = new JsonArray(Gvk(type, version));
            definitions[version.Definition] = prefix == V3Prefix ? ToV3(copy) : copy;
        }
    }

    private static JsonObject Property(string description) => new() { ["description"] = description, ["type"] = "string" };

    private static JsonObject Gvk(ResourceType type, ServedVersion version) =>
        new() { ["group"] = type.Group, ["kind"] = type.Kind, ["version"] = version.Name };

    private static void AddPaths(JsonObject paths, ResourceType type, ServedVersion version, string prefix, bool v3)
    {
        string collection = $"/{PathOf(type, version)}/{(type.Namespaced ? "namespaces/{namespace}/" : "")}{type.Plural}";
        paths[collection] = new JsonObject
        {
            ["get"] = Operation("list", type, version, prefix, v3),
            ["post"] = Operation("post", type, version, prefix, v3),
        };
        paths[collection + "/{name}"] = new JsonObject
        {
            ["get"] = Operation("get", type, version, prefix, v3),
            ["put"] = Operation("put", type, version, prefix, v3),
            ["patch"] = Operation("patch", type, version, prefix, v3),
            ["delete"] = Operation("delete", type, version, prefix, v3),
        };
    }

    private static JsonObject Operation(string action, ResourceType type, ServedVersion version, string prefix, bool v3)
    {
        var parameters = new JsonArray();
        if (action is "post" or "put" or "patch")
        {
            foreach (string name in (string[])["dryRun", "fieldManager", "fieldValidation"])
            {
                var parameter = new JsonObject { ["name"] = name, ["in"] = "query" };
                if (v3)
                {
                    parameter["schema"] = new JsonObject { ["type"] = "string" };
                }
                else
                {
                    parameter["type"] = "string";
                }

                parameters.Add((JsonNode)parameter);
            }
        }

        var reference = new JsonObject { ["$ref"] = prefix + version.Definition };
        var ok = new JsonObject { ["description"] = "OK" };
        if (v3)
        {
            ok["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = reference } };
        }
        else
        {
            ok["schema"] = reference;
        }

        return new JsonObject
        {
            ["operationId"] = $"{action}{type.Group.Split('.')[0]}{version.Name}{type.Kind}",
            ["parameters"] = parameters,
            ["responses"] = new JsonObject { ["200"] = ok },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = Gvk(type, version),
        };
    }

    /// <summary>CRD schemas may say more than v2 can; what it can't is left out, as kube-apiserver does.</summary>
    private static JsonNode ToV2(JsonNode node)
    {
        if (node is JsonObject map)
        {
            foreach (string name in (string[])["nullable", "oneOf", "anyOf", "not", "x-kubernetes-validations"])
            {
                if (map[name] is not JsonObject { } || name == "not")
                {
                    map.Remove(name);
                }
            }

            if (map["x-kubernetes-preserve-unknown-fields"] is JsonValue && map["type"] is JsonValue)
            {
                map.Remove("type");
                map.Remove("properties");
                map.Remove("items");
                map.Remove("additionalProperties");
            }

            foreach ((_, JsonNode? child) in map)
            {
                if (child is not null)
                {
                    _ = ToV2(child);
                }
            }
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? item in list)
            {
                if (item is not null)
                {
                    _ = ToV2(item);
                }
            }
        }

        return node;
    }

    private static JsonNode ToV3(JsonNode node)
    {
        if (node is JsonObject map)
        {
            if (map["$ref"] is JsonValue value && value.TryGetValue(out string? target))
            {
                string rewritten = target.Replace(V2Prefix, V3Prefix, StringComparison.Ordinal);
                map.Remove("$ref");
                if (map.Count == 0)
                {
                    map["$ref"] = rewritten;
                }
                else
                {
                    map["allOf"] = new JsonArray(new JsonObject { ["$ref"] = rewritten });
                }
            }

            foreach ((_, JsonNode? child) in map.ToArray())
            {
                if (child is not null)
                {
                    _ = ToV3(child);
                }
            }
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? item in list)
            {
                if (item is not null)
                {
                    _ = ToV3(item);
                }
            }
        }

        return node;
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Key == "$ref" && p.Value is JsonValue v && v.TryGetValue(out string? r)
            ? [r[V3Prefix.Length..]] : References(p.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
