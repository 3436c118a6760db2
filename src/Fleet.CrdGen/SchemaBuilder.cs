using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fleet.Api;
using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.CrdGen;

/// <summary>Structural OpenAPI schemas from the types of Fleet.Api: their properties, attributes and documentation.</summary>
public sealed class SchemaBuilder(XmlDocs docs)
{
    /// <summary>What the suffix of a size multiplies by, as an expression: the rules of Kubernetes 1.25 know no quantities.</summary>
    private const string Factors =
        "{'':1.0,'k':1000.0,'M':1000000.0,'G':1000000000.0,'T':1000000000000.0,'Ki':1024.0,'Mi':1048576.0,'Gi':1073741824.0,'Ti':1099511627776.0}";

    /// <summary>Groups of the built-in metrics, as an expression.</summary>
    private static readonly string Groups = $"{{{string.Join(',', CanaryMetrics.BuiltIn.Select(metric => $"'{metric}':'{CanaryMetrics.GroupOf[metric]}'"))}}}";

    /// <summary>Fields of Kubernetes' own types that a testnet does not have: what names other namespaces.</summary>
    private static readonly HashSet<(Type Type, string Name)> NotOfTenants = [(typeof(PodAffinityTerm), "namespaces"), (typeof(PodAffinityTerm), "namespaceSelector")];

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
            if (skip.Contains(name) || NotOfTenants.Contains((type, name)))
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

        Rules(schema, type);
        return schema;
    }

    private JsonObject Property(PropertyInfo property, SchemaAttribute bounds)
    {
        JsonObject schema = Value(property.PropertyType, bounds, !IsOfKubernetes(property.DeclaringType!));
        JsonObject described = [];
        Add(described, "description", docs.Of(property) ?? (IsOfKubernetes(property.DeclaringType!) ? null : throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} has no XML summary")));
        foreach ((string key, JsonNode? value) in schema)
        {
            described[key] = value?.DeepClone();
        }

        if (bounds.Default is { } text)
        {
            described["default"] = JsonNode.Parse(text);
        }

        Rules(described, property);
        return described;
    }

    private static string Expand(RuleAttribute rule)
    {
        string list = string.Join(',', (rule.List ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(text => $"'{text}'"));
        return rule.Expression.Replace("@list", $"[{list}]", StringComparison.Ordinal).Replace("@factor", Factors, StringComparison.Ordinal).Replace("@groups", Groups, StringComparison.Ordinal);
    }

    /// <summary>Adds the rules of a type or a property; those of a type come first.</summary>
    private static void Rules(JsonObject schema, MemberInfo member)
    {
        foreach (RuleAttribute rule in member.GetCustomAttributes<RuleAttribute>(inherit: false))
        {
            if (schema["x-kubernetes-validations"] is not JsonArray rules)
            {
                schema["x-kubernetes-validations"] = rules = [];
            }

            rules.Add((JsonNode)new JsonObject { ["rule"] = Expand(rule), ["message"] = rule.Message });
        }
    }

    private JsonObject Value(Type declared, SchemaAttribute bounds, bool isBounded = true)
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

        if (type == typeof(double))
        {
            return new JsonObject { ["type"] = "number", ["format"] = "double" };
        }

        if (type == typeof(int) || type == typeof(long))
        {
            var number = new JsonObject { ["type"] = "integer", ["format"] = type == typeof(int) ? "int32" : "int64" };
            if (type == typeof(int))
            {
                // The format int32 is not checked by every server, and one number that does not fit would make the whole list unreadable.
                bounds = new SchemaAttribute
                {
                    Minimum = double.IsNaN(bounds.Minimum) ? int.MinValue : bounds.Minimum,
                    Maximum = double.IsNaN(bounds.Maximum) ? int.MaxValue : bounds.Maximum,
                };
            }

            Range(number, bounds);
            return number;
        }

        if (type == typeof(Duration))
        {
            return new JsonObject { ["type"] = "string", ["maxLength"] = Duration.MaxLength, ["pattern"] = Duration.Pattern };
        }

        if (type == typeof(DateTimeOffset))
        {
            return Text(bounds);
        }

        if (type == typeof(ConfigValue))
        {
            // Bounds of numbers hold for integers only, those of texts for texts only.
            var either = new JsonObject { ["x-kubernetes-int-or-string"] = true };
            Range(either, bounds);
            Add(either, "maxLength", bounds.MaxLength > 0 ? JsonValue.Create(bounds.MaxLength) : null);
            Add(either, "pattern", bounds.Pattern);
            return either;
        }

        if (type == typeof(Condition))
        {
            return ConditionSchema();
        }

        if (!type.IsGenericType)
        {
            return Object(type);
        }

        return type.GetGenericTypeDefinition() == typeof(List<>) ? List(type.GetGenericArguments()[0], bounds, isBounded) : Map(type.GetGenericArguments()[1], bounds, isBounded);
    }

    private static void Range(JsonObject schema, SchemaAttribute bounds)
    {
        Add(schema, "minimum", double.IsNaN(bounds.Minimum) ? null : JsonValue.Create((long)bounds.Minimum));
        Add(schema, "maximum", double.IsNaN(bounds.Maximum) ? null : JsonValue.Create((long)bounds.Maximum));
    }

    private static JsonObject Text(SchemaAttribute bounds)
    {
        var text = new JsonObject { ["type"] = "string" };
        Add(text, "minLength", bounds.MinLength > 0 ? JsonValue.Create(bounds.MinLength) : null);
        Add(text, "maxLength", bounds.MaxLength > 0 ? JsonValue.Create(bounds.MaxLength) : null);
        Add(text, "pattern", bounds.Pattern);
        if (bounds.Values is { } values)
        {
            text["enum"] = new JsonArray([.. values.Split('|').Select(value => JsonValue.Create(value))]);
        }

        return text;
    }

    private JsonObject List(Type element, SchemaAttribute bounds, bool isBounded)
    {
        JsonObject items = Value(element, Element(bounds));
        var list = new JsonObject { ["type"] = "array", ["items"] = items };
        Add(list, "minItems", bounds.MinItems > 0 ? JsonValue.Create(bounds.MinItems) : null);
        Add(list, "maxItems", bounds.MaxItems > 0 ? JsonValue.Create(bounds.MaxItems) : isBounded ? throw new InvalidOperationException($"a list of {element.Name} has no bound") : null);
        list["x-kubernetes-list-type"] = bounds.MapKey is null ? "atomic" : "map";
        if (bounds.MapKey is { } key)
        {
            list["x-kubernetes-list-map-keys"] = new JsonArray(key);
        }

        return list;
    }

    private JsonObject Map(Type value, SchemaAttribute bounds, bool isBounded)
    {
        var map = new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(value, Element(bounds)) };
        Add(map, "maxProperties", bounds.MaxItems > 0 ? JsonValue.Create(bounds.MaxItems) : isBounded ? throw new InvalidOperationException($"a map of {value.Name} has no bound") : null);
        return map;
    }

    private static SchemaAttribute Element(SchemaAttribute bounds) =>
        new() { MaxLength = bounds.ItemMaxLength, Pattern = bounds.ItemPattern, Minimum = bounds.ItemMinimum, Maximum = bounds.ItemMaximum };

    /// <summary>meta/v1 Condition, with the bounds Kubernetes gives it.</summary>
    private static JsonObject ConditionSchema() => JsonNode.Parse(
        """
        {"type":"object","required":["lastTransitionTime","message","reason","status","type"],"properties":{
        "lastTransitionTime":{"description":"When the status last changed.","type":"string","maxLength":@length,"pattern":"@time"},
        "message":{"description":"What is the case, for people.","type":"string","maxLength":32768},
        "observedGeneration":{"description":"Generation of the spec the condition is about.","type":"integer","format":"int64","minimum":0},
        "reason":{"description":"Cause, for programs.","type":"string","minLength":1,"maxLength":1024,"pattern":"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"},
        "status":{"description":"True, False or Unknown.","type":"string","enum":["True","False","Unknown"]},
        "type":{"description":"What is judged.","type":"string","maxLength":316,"pattern":"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"}}}
        """.Replace("@length", Patterns.MaxTime.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("@time", Patterns.Time, StringComparison.Ordinal))!.AsObject();

    private static void Add(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }

    /// <summary>Whether a type is Kubernetes' own, described and bounded there.</summary>
    private static bool IsOfKubernetes(Type type) => type.Assembly == typeof(Condition).Assembly;

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetCustomAttribute<JsonExtensionDataAttribute>() is null && property.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .OrderBy(Name, StringComparer.Ordinal);

    private static string Name(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
