using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fleet.Api;
using Fleet.Api.Schema;
using Fleet.Kubernetes.Models;

namespace Fleet.CrdGen;

/// <summary>Structural OpenAPI schemas from the types of Fleet.Api: their properties, attributes and documentation.</summary>
public sealed class SchemaBuilder(XmlDocs docs)
{
    /// <summary>Schema of a custom resource.</summary>
    public JsonObject Root(Type type)
    {
        JsonObject schema = Object(type, skip: ["apiVersion", "kind", "metadata"]);
        schema["description"] = docs.Of(type);
        return schema;
    }

    private JsonObject Object(Type type, params ReadOnlySpan<string> skip)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (PropertyInfo property in Properties(type))
        {
            string name = Name(property);
            if (skip.Contains(name))
            {
                continue;
            }

            SchemaAttribute bounds = property.GetCustomAttribute<SchemaAttribute>() ?? new SchemaAttribute();
            properties[name] = Property(property, bounds);
            if (bounds.Required)
            {
                required.Add(name);
            }
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        return schema;
    }

    private JsonObject Property(PropertyInfo property, SchemaAttribute bounds)
    {
        JsonObject schema = Value(property.PropertyType, bounds);
        var described = new JsonObject { ["description"] = docs.Of(property) ?? throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} has no XML summary") };
        foreach ((string key, JsonNode? value) in schema)
        {
            described[key] = value?.DeepClone();
        }

        if (bounds.Default is { } text)
        {
            described["default"] = JsonNode.Parse(text);
        }

        return described;
    }

    private JsonObject Value(Type declared, SchemaAttribute bounds)
    {
        Type type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type == typeof(string))
        {
            return Text(bounds);
        }

        if (type == typeof(bool))
        {
            return new JsonObject { ["type"] = "boolean" };
        }

        if (type == typeof(int) || type == typeof(long))
        {
            var number = new JsonObject { ["type"] = "integer", ["format"] = type == typeof(int) ? "int32" : "int64" };
            Add(number, "minimum", double.IsNaN(bounds.Minimum) ? null : JsonValue.Create((long)bounds.Minimum));
            Add(number, "maximum", double.IsNaN(bounds.Maximum) ? null : JsonValue.Create((long)bounds.Maximum));
            return number;
        }

        if (type == typeof(Duration))
        {
            return new JsonObject { ["type"] = "string", ["maxLength"] = Duration.MaxLength, ["pattern"] = Duration.Pattern };
        }

        if (type == typeof(DateTimeOffset))
        {
            return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        }

        if (type == typeof(ConfigValue))
        {
            return new JsonObject { ["x-kubernetes-int-or-string"] = true };
        }

        if (type == typeof(JsonElement))
        {
            return new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        }

        if (type == typeof(Condition))
        {
            return ConditionSchema();
        }

        if (!type.IsGenericType)
        {
            return Object(type);
        }

        return type.GetGenericTypeDefinition() == typeof(List<>) ? List(type.GetGenericArguments()[0], bounds) : Map(type.GetGenericArguments()[1], bounds);
    }

    private static JsonObject Text(SchemaAttribute bounds)
    {
        var text = new JsonObject { ["type"] = "string" };
        Add(text, "format", bounds.Format);
        Add(text, "minLength", bounds.MinLength > 0 ? JsonValue.Create(bounds.MinLength) : null);
        Add(text, "maxLength", bounds.MaxLength > 0 ? JsonValue.Create(bounds.MaxLength) : null);
        Add(text, "pattern", bounds.Pattern);
        if (bounds.Values is { } values)
        {
            text["enum"] = new JsonArray([.. values.Split('|').Select(value => JsonValue.Create(value))]);
        }

        return text;
    }

    private JsonObject List(Type element, SchemaAttribute bounds)
    {
        JsonObject items = Value(element, Element(bounds));
        var list = new JsonObject { ["type"] = "array", ["items"] = items };
        Add(list, "minItems", bounds.MinItems > 0 ? JsonValue.Create(bounds.MinItems) : null);
        Add(list, "maxItems", bounds.MaxItems > 0 ? JsonValue.Create(bounds.MaxItems) : throw new InvalidOperationException($"a list of {element.Name} has no bound"));
        list["x-kubernetes-list-type"] = bounds.MapKey is null ? "atomic" : "map";
        if (bounds.MapKey is { } key)
        {
            list["x-kubernetes-list-map-keys"] = new JsonArray(key);
        }

        return list;
    }

    private JsonObject Map(Type value, SchemaAttribute bounds)
    {
        var map = new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(value, Element(bounds)) };
        Add(map, "maxProperties", bounds.MaxItems > 0 ? JsonValue.Create(bounds.MaxItems) : throw new InvalidOperationException($"a map of {value.Name} has no bound"));
        return map;
    }

    private static SchemaAttribute Element(SchemaAttribute bounds) => new() { MaxLength = bounds.ItemMaxLength, Pattern = bounds.ItemPattern };

    /// <summary>meta/v1 Condition, with the bounds Kubernetes gives it.</summary>
    private static JsonObject ConditionSchema() => JsonNode.Parse(
        """
        {"type":"object","required":["lastTransitionTime","message","reason","status","type"],"properties":{
        "lastTransitionTime":{"description":"When the status last changed.","type":"string","format":"date-time"},
        "message":{"description":"What is the case, for people.","type":"string","maxLength":32768},
        "observedGeneration":{"description":"Generation of the spec the condition is about.","type":"integer","format":"int64","minimum":0},
        "reason":{"description":"Cause, for programs.","type":"string","minLength":1,"maxLength":1024,"pattern":"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"},
        "status":{"description":"True, False or Unknown.","type":"string","enum":["True","False","Unknown"]},
        "type":{"description":"What is judged.","type":"string","maxLength":316,"pattern":"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"}}}
        """)!.AsObject();

    private static void Add(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetCustomAttribute<JsonExtensionDataAttribute>() is null && property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .OrderBy(Name, StringComparer.Ordinal);

    private static string Name(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
