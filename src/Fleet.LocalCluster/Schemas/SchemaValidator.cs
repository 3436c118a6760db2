using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Schemas;

/// <summary>Checks documents against structural schemas with Kubernetes' messages. Rules in CEL are left out, as servers before 1.25 do.</summary>
internal static class SchemaValidator
{
    /// <summary>Checks a value; <paramref name="path"/> is empty for the root.</summary>
    public static void Validate(Schema schema, JsonNode? value, string path, FieldErrors errors)
    {
        schema = schema.Resolved;
        if (value is null)
        {
            if (!schema.Nullable && schema.Type.Length > 0)
            {
                errors.InvalidType(path, value, schema.Type);
            }

            return;
        }

        if (!TypeMatches(schema, value))
        {
            errors.InvalidType(path, value, schema.IntOrString ? "integer or string" : schema.Type);
            return;
        }

        CheckEnum(schema, value, path, errors);
        switch (value)
        {
            case JsonObject map:
                CheckObject(schema, map, path, errors);
                break;
            case JsonArray list:
                CheckArray(schema, list, path, errors);
                break;
            default:
                CheckScalar(schema, value, path, errors);
                break;
        }

        CheckCombinations(schema, value, path, errors);
    }

    /// <summary>Whether a value has the schema's type.</summary>
    public static bool TypeMatches(Schema schema, JsonNode value)
    {
        JsonValueKind kind = value.GetValueKind();
        if (schema.IntOrString)
        {
            return kind == JsonValueKind.String || (kind == JsonValueKind.Number && JsonPaths.AsInt(value) is not null);
        }

        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "integer" => kind == JsonValueKind.Number && JsonPaths.AsInt(value) is not null,
            "number" => kind == JsonValueKind.Number,
            _ => true,
        };
    }

    /// <summary>A path one member deeper.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static void CheckEnum(Schema schema, JsonNode value, string path, FieldErrors errors)
    {
        if (schema.Enum is not null && !schema.Enum.Any(e => JsonNode.DeepEquals(e, value)))
        {
            errors.NotSupported(path, value, schema.Enum);
        }
    }

    private static void CheckObject(Schema schema, JsonObject map, string path, FieldErrors errors)
    {
        foreach (string name in schema.Required)
        {
            if (!map.ContainsKey(name))
            {
                errors.Required(Join(path, name));
            }
        }

        if (schema.MaxProperties < map.Count)
        {
            errors.TooMany(path, map.Count, schema.MaxProperties.Value);
        }

        if (schema.MinProperties > map.Count)
        {
            errors.Invalid(path, JsonValue.Create(map.Count), $"{path} in body should have at least {schema.MinProperties} properties");
        }

        foreach ((string name, JsonNode? child) in map)
        {
            if (path.Length == 0 && name is "apiVersion" or "kind" or "metadata" && !schema.Properties.ContainsKey(name))
            {
                continue;
            }

            bool known = schema.Properties.TryGetValue(name, out Schema? member);
            if ((member ?? schema.Values) is Schema type && !(path.Length == 0 && name == "metadata"))
            {
                Validate(type, child, known || path.Length == 0 ? Join(path, name) : $"{path}.{name}", errors);
            }
        }
    }

    private static void CheckArray(Schema schema, JsonArray list, string path, FieldErrors errors)
    {
        if (schema.MaxItems < list.Count)
        {
            errors.TooMany(path, list.Count, schema.MaxItems.Value);
        }

        if (schema.MinItems > list.Count)
        {
            errors.Invalid(path, JsonValue.Create(list.Count), $"{path} in body should have at least {schema.MinItems} items");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < list.Count; i++)
        {
            string item = $"{path}[{i}]";
            if (schema.Items is not null)
            {
                Validate(schema.Items, list[i], item, errors);
            }

            if (schema.Topology == Topology.Set && !seen.Add(JsonText.Text(list[i])))
            {
                errors.Duplicate(item, list[i]);
            }
            else if (schema.Topology == Topology.Map && list[i] is JsonObject map)
            {
                var key = new JsonObject();
                foreach (string name in schema.MapKeys)
                {
                    key[name] = map[name]?.DeepClone();
                }

                if (!seen.Add(JsonText.Text(key)))
                {
                    errors.Duplicate(item, key);
                }
            }
        }
    }

    private static void CheckScalar(Schema schema, JsonNode value, string path, FieldErrors errors)
    {
        if (value.GetValueKind() == JsonValueKind.String)
        {
            CheckString(schema, value.GetValue<string>(), path, errors);
        }
        else if (JsonPaths.AsDouble(value) is double number)
        {
            CheckNumber(schema, value, number, path, errors);
        }
    }

    private static void CheckString(Schema schema, string text, string path, FieldErrors errors)
    {
        int length = schema.MaxLength is null && schema.MinLength is null ? 0 : text.EnumerateRunes().Count();
        if (schema.MaxLength < length)
        {
            errors.TooLong(path, schema.MaxLength.Value);
        }

        if (schema.MinLength > length)
        {
            errors.Invalid(path, JsonValue.Create(text), $"{path} in body should be at least {schema.MinLength} chars long");
        }

        if (schema.Pattern?.Matches(text) == false)
        {
            errors.Invalid(path, JsonValue.Create(text), $"{path} in body should match '{schema.Pattern}'");
        }

        if (schema.Format.Length > 0 && !Formats.IsValid(schema.Format, text))
        {
            errors.Invalid(path, JsonValue.Create(text), $"{path} in body must be of type {schema.Format}: {FieldErrors.Show(JsonValue.Create(text))}");
        }
    }

    private static void CheckNumber(Schema schema, JsonNode value, double number, string path, FieldErrors errors)
    {
        if (schema.Minimum is double least && (schema.ExclusiveMinimum ? number <= least : number < least))
        {
            errors.Invalid(path, value, $"{path} in body should be greater than {(schema.ExclusiveMinimum ? "" : "or equal to ")}{least}");
        }

        // A double does not tell integers above 2^53 apart, as 2^53 and the next one.
        bool isAbove = JsonPaths.AsInt(value) is long exact && schema.Maximum is double limit && Math.Abs(limit) < long.MaxValue && exact > (long)limit;
        if (schema.Maximum is double most && (isAbove || (schema.ExclusiveMaximum ? number >= most : number > most)))
        {
            errors.Invalid(path, value, $"{path} in body should be less than {(schema.ExclusiveMaximum ? "" : "or equal to ")}{most}");
        }

        if (schema.MultipleOf is double step && Math.Abs((number / step) - Math.Round(number / step)) > 1e-9)
        {
            errors.Invalid(path, value, $"{path} in body should be a multiple of {step}");
        }

        if (schema.Format == "int32" && (number < int.MinValue || number > int.MaxValue))
        {
            errors.Invalid(path, value, $"{path} in body must be of type int32: {FieldErrors.Show(value)}");
        }
    }

    private static void CheckCombinations(Schema schema, JsonNode value, string path, FieldErrors errors)
    {
        foreach (Schema part in schema.AllOf)
        {
            Validate(part, value, path, errors);
        }

        if (schema.AnyOf.Count > 0 && !schema.IntOrString && !schema.AnyOf.Any(s => Passes(s, value, path)))
        {
            errors.Invalid(path, value, $"{path} in body must validate at least one schema (anyOf)");
        }

        if (schema.OneOf.Count > 0 && schema.OneOf.Count(s => Passes(s, value, path)) != 1)
        {
            errors.Invalid(path, value, $"{path} in body must validate one and only one schema (oneOf)");
        }

        if (schema.Not is not null && Passes(schema.Not, value, path))
        {
            errors.Invalid(path, value, $"{path} in body must not validate the schema (not)");
        }
    }

    private static bool Passes(Schema schema, JsonNode value, string path)
    {
        var errors = new FieldErrors();
        Validate(schema, value, path, errors);
        return !errors.Any;
    }
}
