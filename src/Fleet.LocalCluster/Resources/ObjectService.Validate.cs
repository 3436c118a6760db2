using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

internal sealed partial class ObjectService
{
    /// <summary>What keeps an object of a built-in kind from being read: the first value of a wrong type; null when all fit.</summary>
    public static string? WrongType(ResourceScope scope, JsonObject value)
    {
        if (SchemaShaper.FindTypeMismatch(scope.Version.Schema, value, "") is { } wrong)
        {
            return $"json: cannot unmarshal {wrong.Found} into Go struct field {scope.Type.Kind}.{wrong.Path} of type {wrong.Expected}";
        }

        return SchemaShaper.FindBadBase64(scope.Version.Schema, value) is int at ? $"illegal base64 data at input byte {at}" : null;
    }

    private void Validate(ResourceScope scope, string name, JsonObject value, JsonObject? old)
    {
        var errors = new FieldErrors();
        if (scope.Type.IsCustom)
        {
            if (!Names.IsSubdomain(name))
            {
                errors.Invalid("metadata.name", name, Names.SubdomainMessage);
            }

            if (scope.Version.NameSchema is Schema limits)
            {
                SchemaValidator.Validate(limits, name, "metadata.name", errors);
            }

            SchemaValidator.Validate(scope.Version.Schema, value, "", errors);
        }
        else if (scope.Type.Plural is not ("namespaces" or "services") && !Names.IsSubdomain(name))
        {
            errors.Invalid("metadata.name", name, Names.SubdomainMessage);
        }

        CheckMetadata(value, errors);
        CheckFinalizers(value, old, errors);
        scope.Type.Behavior.Validate(value, old, errors);
        if (errors.Any)
        {
            throw ApiException.Invalid(scope.Type.Group, scope.Type.Kind, name, errors);
        }
    }

    private static void CheckMetadata(JsonObject value, FieldErrors errors)
    {
        if (value.Obj("metadata") is JsonObject metadata && SchemaShaper.FindTypeMismatch(BuiltinSchemas.ObjectMeta, metadata, "metadata") is { } wrong)
        {
            errors.Invalid(wrong.Path, wrong.Found, $"must be of type {wrong.Expected}");
            return;
        }

        foreach ((string key, JsonNode? label) in value.Obj("metadata", "labels") ?? [])
        {
            if (!Names.IsQualifiedName(key))
            {
                errors.Invalid("metadata.labels", key, Names.QualifiedMessage);
            }

            if (!Names.IsLabelValue(label.Str() ?? ""))
            {
                errors.Invalid("metadata.labels", label, Names.ValueMessage);
            }
        }

        foreach ((string key, _) in value.Obj("metadata", "annotations") ?? [])
        {
            if (!Names.IsQualifiedName(key.ToLowerInvariant()))
            {
                errors.Invalid("metadata.annotations", key, Names.QualifiedMessage);
            }
        }

        int i = 0;
        string? controller = null;
        foreach (JsonObject owner in value.Items("metadata", "ownerReferences"))
        {
            if (owner.Bool("controller") == true)
            {
                string shown = $"{owner.Str("kind")}/{owner.Str("name")}";
                if (controller is not null)
                {
                    errors.Invalid("metadata.ownerReferences", value.At("metadata", "ownerReferences"),
                        $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {shown}");
                }

                controller = shown;
            }

            foreach (string field in (string[])["apiVersion", "kind", "name", "uid"])
            {
                if (string.IsNullOrEmpty(owner.Str(field)))
                {
                    errors.Invalid($"metadata.ownerReferences[{i}].{field}", owner[field], "must not be empty");
                }
            }

            i++;
        }
    }

    /// <summary>What is being deleted may lose finalizers but gets no new ones, or its end could be put off for ever.</summary>
    private static void CheckFinalizers(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        if (old.Str("metadata", "deletionTimestamp") is null)
        {
            return;
        }

        HashSet<string?> before = [.. (old.Arr("metadata", "finalizers") ?? []).Select(f => f.Str())];
        List<string?> added = [.. (value.Arr("metadata", "finalizers") ?? []).Select(f => f.Str()).Where(f => !before.Contains(f))];
        if (added.Count > 0)
        {
            string list = string.Join(", ", added.Select(f => $"\"{f}\""));
            errors.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}");
        }
    }
}
