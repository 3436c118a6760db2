using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Patching;
using Fleet.LocalCluster.Schemas;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Resources;

internal sealed partial class ObjectService
{
    /// <summary>Where an object of a scope is kept.</summary>
    public static ObjectKey Key(ResourceScope scope, string name) =>
        new(scope.Type.Resource, scope.Type.Namespaced ? scope.Namespace : "", name);

    /// <summary>An object as a version shows it.</summary>
    public static JsonObject InVersion(JsonObject value, ResourceScope scope)
    {
        if (value.Str("apiVersion") != scope.ApiVersion)
        {
            value["apiVersion"] = scope.ApiVersion;
        }

        return value;
    }

    private static JsonObject ForStorage(ResourceScope scope, JsonObject value)
    {
        value["apiVersion"] = scope.Type.ApiVersion(scope.Type.StorageVersion);
        value["kind"] = scope.Type.Kind;
        return value;
    }

    private ManagedFields Fields(ResourceScope scope, WriteContext context) =>
        new(scope.Version.Schema, !scope.Type.IsCustom, scope.ApiVersion, context.Subresource, Now);

    /// <summary>Checks kind and types, removes unknown fields (or refuses them).</summary>
    private static JsonObject Decode(ResourceScope scope, JsonObject body, WriteContext context)
    {
        var value = (JsonObject)body.DeepClone();
        string kind = value.Str("kind") ?? scope.Type.Kind;
        string apiVersion = value.Str("apiVersion") ?? scope.ApiVersion;
        if (kind != scope.Type.Kind || apiVersion != scope.ApiVersion)
        {
            throw ApiException.BadRequest(
                $"{kind} in version \"{apiVersion}\" cannot be handled as a {scope.Type.Kind}: the API version in the data ({apiVersion}) does not match the expected API version ({scope.ApiVersion})");
        }

        value["kind"] = kind;
        value["apiVersion"] = apiVersion;
        if (!scope.Type.IsCustom)
        {
            SchemaShaper.DropEmpty(scope.Version.Schema, value);
            if (WrongType(scope, value) is string wrong)
            {
                throw ApiException.BadRequest($"{kind} in version \"{scope.Version.Name}\" cannot be handled as a {kind}: {wrong}");
            }
        }
        else if (value["metadata"] is not null and not JsonObject)
        {
            throw ApiException.BadRequest("metadata must be an object");
        }
        else
        {
            SchemaShaper.DropEmpty(BuiltinSchemas.ObjectMeta, value["metadata"]);
        }

        Prune(scope, value, context);
        return value;
    }

    private static void Prune(ResourceScope scope, JsonObject value, WriteContext context)
    {
        var unknown = new List<string>();
        SchemaShaper.Prune(scope.Version.Schema, value, "", unknown);
        if (context.FieldValidation == FieldValidation.Ignore)
        {
            return;
        }

        List<string> complaints = [.. context.DuplicateFields.Select(f => $"duplicate field \"{f}\""), .. unknown.Order(StringComparer.Ordinal).Select(f => $"unknown field \"{f}\"")];
        if (complaints.Count == 0)
        {
            return;
        }

        if (context.FieldValidation == FieldValidation.Strict)
        {
            throw ApiException.BadRequest(
                $"{scope.Type.Kind} in version \"{scope.Version.Name}\" cannot be handled as a {scope.Type.Kind}: strict decoding error: {string.Join(", ", complaints)}");
        }

        context.Warnings.AddRange(complaints);
    }

    private static void PlaceInNamespace(ResourceScope scope, JsonObject value)
    {
        JsonObject metadata = value.Need("metadata");
        if (!scope.Type.Namespaced)
        {
            metadata.Remove("namespace");
            return;
        }

        string? ns = metadata.Str("namespace");
        if (!string.IsNullOrEmpty(ns) && ns != scope.Namespace)
        {
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata["namespace"] = scope.Namespace;
    }

    private void CheckNamespace(ResourceScope scope, string name)
    {
        if (!scope.Type.Namespaced)
        {
            return;
        }

        StoredObject ns = store.Get(new ObjectKey(new GroupResource("", "namespaces"), "", scope.Namespace))
            ?? throw ApiException.NotFound(new GroupResource("", "namespaces"), scope.Namespace);
        if (ns.IsDeleting)
        {
            throw ApiException.Forbidden(scope.Type.Resource, name,
                $"unable to create new content in namespace {scope.Namespace} because it is being terminated");
        }
    }

    /// <summary>In an update the uid is a precondition.</summary>
    private static void CheckUid(ResourceScope scope, string name, JsonObject value, JsonObject old)
    {
        if (value.Str("metadata", "uid") is { Length: > 0 } uid && uid != old.Str("metadata", "uid"))
        {
            throw ApiException.Conflict(scope.Type.Resource, name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.Str("metadata", "uid")}");
        }
    }

    /// <summary>In a patch the uid is merged like any field, and then found to have changed: later than a version that has.</summary>
    private static void KeepsUid(ResourceScope scope, string name, JsonObject value, JsonObject old)
    {
        if (value.Str("metadata", "uid") is { Length: > 0 } uid && uid != old.Str("metadata", "uid"))
        {
            throw Invalid(scope, name, errors => errors.Invalid("metadata.uid", uid, "field is immutable"));
        }
    }

    private static void CheckVersion(ResourceScope scope, string name, JsonObject value, JsonObject old)
    {
        if (value.Str("metadata", "resourceVersion") is { Length: > 0 } version && version != "0" && version != old.Str("metadata", "resourceVersion"))
        {
            throw ApiException.Modified(scope.Type.Resource, name);
        }
    }

    private JsonObject PrepareUpdate(ResourceScope scope, string name, JsonObject value, JsonObject old, WriteContext context, bool recordUpdate)
    {
        JsonObject result = (JsonObject)value.DeepClone();
        SchemaShaper.DropEmpty(scope.Type.IsCustom ? BuiltinSchemas.ObjectMeta : scope.Version.Schema, scope.Type.IsCustom ? result["metadata"] : result);
        if (recordUpdate)
        {
            Prune(scope, result, context with { FieldValidation = context.FieldValidation });
        }

        CopyIdentity(scope, name, result, old);
        if (context.Subresource == "finalize")
        {
            JsonNode? spec = result["spec"]?.DeepClone();
            result = (JsonObject)old.DeepClone();
            result["spec"] = spec;
        }
        else if (context.Subresource == "status")
        {
            var statusOnly = (JsonObject)old.DeepClone();
            statusOnly.Remove("status");
            if (result["status"] is JsonNode status)
            {
                statusOnly["status"] = status.DeepClone();
            }

            if (result.At("metadata", "managedFields") is JsonNode fields)
            {
                statusOnly.Need("metadata")["managedFields"] = fields.DeepClone();
            }

            result = statusOnly;
            if (scope.Type.IsCustom)
            {
                Shape(scope, result);
            }
        }
        else
        {
            scope.Type.Behavior.Default(result);
            Shape(scope, result);
            if (scope.Version.HasStatus)
            {
                result.Remove("status");
                if (old["status"] is JsonNode status)
                {
                    result["status"] = status.DeepClone();
                }
            }

            scope.Type.Behavior.PrepareUpdate(result, old);
            BumpGeneration(scope, result, old);
        }

        if (recordUpdate)
        {
            Fields(scope, context).RecordUpdate(old, result, context.Manager);
        }

        Validate(scope, name, result, old);
        return result;
    }

    private static void CopyIdentity(ResourceScope scope, string name, JsonObject value, JsonObject old)
    {
        JsonObject metadata = value.Need("metadata");
        foreach (string field in (string[])["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion", "generateName", "selfLink"])
        {
            metadata.Remove(field);
            if (old.At("metadata", field) is JsonNode kept)
            {
                metadata[field] = kept.DeepClone();
            }
        }

        metadata["name"] = name;
        if (scope.Type.Namespaced)
        {
            metadata["namespace"] = scope.Namespace;
        }
    }

    private static void BumpGeneration(ResourceScope scope, JsonObject value, JsonObject old)
    {
        if (!scope.Type.Behavior.HasGeneration)
        {
            return;
        }

        static JsonObject Content(JsonObject from)
        {
            var copy = (JsonObject)from.DeepClone();
            copy.Remove("metadata");
            copy.Remove("status");
            return copy;
        }

        bool statusCounts = !scope.Version.HasStatus && !JsonNode.DeepEquals(value["status"], old["status"]);
        if (statusCounts || !JsonNode.DeepEquals(Content(value), Content(old)))
        {
            value.Need("metadata")["generation"] = (old.Int("metadata", "generation") ?? 0) + 1;
        }
    }

    private static void Shape(ResourceScope scope, JsonObject value)
    {
        SchemaShaper.ApplyDefaults(scope.Version.Schema, value);
        if (scope.Type.IsCustom)
        {
            SchemaShaper.DropNull(scope.Version.Schema, value);
        }
    }

    /// <summary>Whether two states differ in nothing but revision and the times of field managers.</summary>
    private static bool SameButForTimes(JsonObject left, JsonObject right)
    {
        static JsonObject Bare(JsonObject value)
        {
            var copy = (JsonObject)value.DeepClone();
            copy.Need("metadata").Remove("resourceVersion");
            foreach (JsonObject entry in copy.Items("metadata", "managedFields"))
            {
                entry.Remove("time");
            }

            return copy;
        }

        return JsonNode.DeepEquals(Bare(left), Bare(right));
    }

    private static ApiException Invalid(ResourceScope scope, string name, Action<FieldErrors> add)
    {
        var errors = new FieldErrors();
        add(errors);
        return ApiException.Invalid(scope.Type.Group, scope.Type.Kind, name, errors);
    }

    private string After(long seconds) =>
        time.GetUtcNow().AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
