using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Kubernetes.Models;

/// <summary>Structural schema of a custom kind (apiextensions.k8s.io/v1 JSONSchemaProps).</summary>
public sealed class JsonSchemaProps : KubernetesModel
{
    public string? Description { get; set; }

    public string? Title { get; set; }

    /// <summary><c>object</c>, <c>array</c>, <c>string</c>, <c>integer</c>, <c>number</c> or <c>boolean</c>.</summary>
    public string? Type { get; set; }

    public string? Format { get; set; }

    public bool? Nullable { get; set; }

    public JsonElement? Default { get; set; }

    public JsonElement? Example { get; set; }

    public List<JsonElement>? Enum { get; set; }

    public double? Minimum { get; set; }

    public bool? ExclusiveMinimum { get; set; }

    public double? Maximum { get; set; }

    public bool? ExclusiveMaximum { get; set; }

    public double? MultipleOf { get; set; }

    public long? MinLength { get; set; }

    public long? MaxLength { get; set; }

    public string? Pattern { get; set; }

    public long? MinItems { get; set; }

    public long? MaxItems { get; set; }

    public bool? UniqueItems { get; set; }

    public JsonSchemaProps? Items { get; set; }

    public long? MinProperties { get; set; }

    public long? MaxProperties { get; set; }

    public List<string>? Required { get; set; }

    public Dictionary<string, JsonSchemaProps>? Properties { get; set; }

    public JsonSchemaPropsOrBool? AdditionalProperties { get; set; }

    public List<JsonSchemaProps>? AllOf { get; set; }

    public List<JsonSchemaProps>? AnyOf { get; set; }

    public List<JsonSchemaProps>? OneOf { get; set; }

    public JsonSchemaProps? Not { get; set; }

    [JsonPropertyName("x-kubernetes-preserve-unknown-fields")]
    public bool? XPreserveUnknownFields { get; set; }

    [JsonPropertyName("x-kubernetes-int-or-string")]
    public bool? XIntOrString { get; set; }

    [JsonPropertyName("x-kubernetes-embedded-resource")]
    public bool? XEmbeddedResource { get; set; }

    /// <summary><c>atomic</c>, <c>set</c> or <c>map</c>.</summary>
    [JsonPropertyName("x-kubernetes-list-type")]
    public string? XListType { get; set; }

    [JsonPropertyName("x-kubernetes-list-map-keys")]
    public List<string>? XListMapKeys { get; set; }

    /// <summary><c>granular</c> or <c>atomic</c>.</summary>
    [JsonPropertyName("x-kubernetes-map-type")]
    public string? XMapType { get; set; }

    [JsonPropertyName("x-kubernetes-validations")]
    public List<ValidationRule>? XValidations { get; set; }
}

/// <summary>Rule in the Common Expression Language; servers before 1.25 ignore it.</summary>
public sealed class ValidationRule : KubernetesModel
{
    public string Rule { get; set; } = "";

    public string? Message { get; set; }

    public string? MessageExpression { get; set; }

    public string? Reason { get; set; }

    public string? FieldPath { get; set; }

    public bool? OptionalOldSelf { get; set; }
}

/// <summary>A schema, or whether anything is allowed.</summary>
[JsonConverter(typeof(JsonSchemaPropsOrBoolConverter))]
public sealed class JsonSchemaPropsOrBool
{
    /// <summary>The schema, or null where only <see cref="Allows"/> is said.</summary>
    public JsonSchemaProps? Schema { get; init; }

    /// <summary>Whether further fields are allowed; true with a schema.</summary>
    public bool Allows { get; init; } = true;

    public static implicit operator JsonSchemaPropsOrBool(JsonSchemaProps schema) => new() { Schema = schema };

    public static implicit operator JsonSchemaPropsOrBool(bool allows) => new() { Allows = allows };
}

/// <summary>Reads and writes <see cref="JsonSchemaPropsOrBool"/>.</summary>
public sealed class JsonSchemaPropsOrBoolConverter : JsonConverter<JsonSchemaPropsOrBool>
{
    /// <inheritdoc/>
    public override JsonSchemaPropsOrBool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => JsonSerializer.Deserialize(ref reader, KubernetesJson.Context.JsonSchemaProps) ?? throw new JsonException("Expected a schema or a boolean."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JsonSchemaPropsOrBool value, JsonSerializerOptions options)
    {
        if (value.Schema is { } schema)
        {
            JsonSerializer.Serialize(writer, schema, KubernetesJson.Context.JsonSchemaProps);
        }
        else
        {
            writer.WriteBooleanValue(value.Allows);
        }
    }
}
