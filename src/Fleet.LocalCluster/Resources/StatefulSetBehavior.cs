using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

/// <summary>Defaults and checks of StatefulSets.</summary>
internal sealed class StatefulSetBehavior : ResourceBehavior
{
    private static readonly string[] Mutable = ["replicas", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public override bool HasGeneration => true;

    public override void Default(JsonObject value)
    {
        JsonObject spec = value.Need("spec");
        spec.Default("replicas", 1);
        spec.Default("podManagementPolicy", "OrderedReady");
        spec.Default("revisionHistoryLimit", 10);
        JsonObject strategy = spec.Need("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Str("type") == "RollingUpdate")
        {
            strategy.Need("rollingUpdate").Default("partition", 0);
        }

        if (spec.Obj("template") is JsonObject template)
        {
            template.Need("metadata");
            PodDefaults.Apply(template.Need("spec"));
        }

        foreach (JsonObject claim in spec.Items("volumeClaimTemplates"))
        {
            claim.Default("apiVersion", "v1");
            claim.Default("kind", "PersistentVolumeClaim");
            claim.Need("spec").Default("volumeMode", "Filesystem");
            claim.Need("status").Default("phase", "Pending");
        }
    }

    public override void PrepareCreate(JsonObject value) => value["status"] = new JsonObject { ["replicas"] = 0 };

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = value.Need("spec");
        JsonObject? selector = spec.Obj("selector");
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else if (!Selectors.Matches(selector, spec.Obj("template", "metadata", "labels")))
        {
            errors.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels"), "`selector` does not match template `labels`");
        }

        if (spec.Int("replicas") < 0)
        {
            errors.Invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0");
        }

        PodDefaults.Validate(WithClaims(spec), "spec.template.spec", errors);
        if (old is null)
        {
            return;
        }

        var left = (JsonObject)spec.DeepClone();
        var right = (JsonObject)old.Need("spec").DeepClone();
        foreach (string name in Mutable)
        {
            left.Remove(name);
            right.Remove(name);
        }

        if (!JsonNode.DeepEquals(left, right))
        {
            errors.Forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'template', and 'updateStrategy' are forbidden");
        }
    }

    /// <summary>The template's pod spec with a volume for each claim template, so that mounts of claims check out.</summary>
    private static JsonObject? WithClaims(JsonObject spec)
    {
        if (spec.Obj("template", "spec") is not JsonObject pod || spec.Arr("volumeClaimTemplates") is not { Count: > 0 } claims)
        {
            return spec.Obj("template", "spec");
        }

        var copy = (JsonObject)pod.DeepClone();
        if (copy["volumes"] is not JsonArray volumes)
        {
            volumes = [];
            copy["volumes"] = volumes;
        }

        foreach (JsonObject claim in claims.OfType<JsonObject>())
        {
            volumes.Add((JsonNode)new JsonObject { ["name"] = claim.Str("metadata", "name") });
        }

        return copy;
    }
}

/// <summary>Label selectors of objects (<c>matchLabels</c>, <c>matchExpressions</c>).</summary>
internal static class Selectors
{
    /// <summary>Whether labels match a selector object; an empty selector matches everything.</summary>
    public static bool Matches(JsonNode? selector, JsonObject? labels)
    {
        foreach ((string key, JsonNode? value) in selector.Obj("matchLabels") ?? [])
        {
            if (labels.Str(key) is not string actual || actual != value?.GetValue<string>())
            {
                return false;
            }
        }

        foreach (JsonObject rule in selector.Items("matchExpressions"))
        {
            string? actual = labels.Str(rule.Str("key") ?? "");
            var values = (rule.Arr("values") ?? []).Select(v => v?.GetValue<string>()).ToHashSet();
            bool holds = rule.Str("operator") switch
            {
                "In" => actual is not null && values.Contains(actual),
                "NotIn" => actual is null || !values.Contains(actual),
                "Exists" => actual is not null,
                "DoesNotExist" => actual is null,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }
}
