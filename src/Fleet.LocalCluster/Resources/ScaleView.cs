using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Resources;

/// <summary>The scale sub-resource: an object's replica counts as an <c>autoscaling/v1 Scale</c>.</summary>
internal static class ScaleView
{
    /// <summary>The scale of an object.</summary>
    public static JsonObject Of(ResourceScope scope, JsonObject value)
    {
        ScalePaths paths = scope.Version.Scale ?? throw ApiException.NoRoute();
        var metadata = new JsonObject();
        foreach (string name in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            metadata[name] = value.At("metadata", name)?.DeepClone();
        }

        var status = new JsonObject { ["replicas"] = value.Int(paths.StatusReplicas) ?? 0 };
        string? selector = paths.Selector is null ? SelectorText(value.Obj("spec", "selector")) : value.Str(paths.Selector);
        if (selector is not null)
        {
            status["selector"] = selector;
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = value.Int(paths.SpecReplicas) ?? 0 },
            ["status"] = status,
        };
    }

    /// <summary>The object with a scale's replica count.</summary>
    public static JsonObject Apply(ResourceScope scope, JsonObject value, JsonObject scale)
    {
        ScalePaths paths = scope.Version.Scale ?? throw ApiException.NoRoute();
        long replicas = scale.Int("spec", "replicas") ?? 0;
        if (replicas < 0)
        {
            var errors = new Schemas.FieldErrors();
            errors.Invalid("spec.replicas", replicas, "must be greater than or equal to 0");
            throw ApiException.Invalid("autoscaling", "Scale", value.Str("metadata", "name") ?? "", errors);
        }

        if (scale.Str("metadata", "resourceVersion") is { Length: > 0 } version)
        {
            value.Need("metadata")["resourceVersion"] = version;
        }

        value.Need(paths.SpecReplicas.AsSpan()[..^1])[paths.SpecReplicas[^1]] = replicas;
        return value;
    }

    private static string? SelectorText(JsonObject? selector) =>
        selector.Obj("matchLabels") is JsonObject labels ? string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value.Str()}")) : null;
}
