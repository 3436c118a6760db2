using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

/// <summary>ConfigMaps: keys and size; immutable ones stay as they are.</summary>
internal class ConfigMapBehavior : ResourceBehavior
{
    private const int MaxSize = 1 << 20;

    protected virtual IReadOnlyList<string> DataFields => ["data", "binaryData"];

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        long size = 0;
        foreach (string field in DataFields)
        {
            foreach ((string key, JsonNode? content) in value.Obj(field) ?? [])
            {
                if (!Names.IsDataKey(key))
                {
                    errors.Invalid($"{field}[{key}]", key, Names.DataKeyMessage);
                }

                size += Encoding.UTF8.GetByteCount(content is JsonValue text && text.TryGetValue(out string? s) ? s : "");
            }
        }

        if (size > MaxSize * (DataFields.Count == 1 ? 4 / 3.0 : 1))
        {
            errors.TooLong("", MaxSize);
        }

        if (old.Bool("immutable") == true)
        {
            if (value.Bool("immutable") != true)
            {
                errors.Forbidden("immutable", "field is immutable when `immutable` is set");
            }

            foreach (string field in DataFields)
            {
                if (!JsonNode.DeepEquals(value[field] ?? new JsonObject(), old![field] ?? new JsonObject()))
                {
                    errors.Forbidden(field, "field is immutable when `immutable` is set");
                }
            }
        }
    }
}

/// <summary>Secrets: as ConfigMaps, with <c>stringData</c> folded into <c>data</c>.</summary>
internal sealed class SecretBehavior : ConfigMapBehavior
{
    protected override IReadOnlyList<string> DataFields => ["data"];

    public override void Default(JsonObject value)
    {
        value.Default("type", "Opaque");
        if (value.Obj("stringData") is JsonObject plain)
        {
            foreach ((string key, JsonNode? content) in plain)
            {
                value.Need("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(content?.GetValue<string>() ?? ""));
            }

            value.Remove("stringData");
        }
    }

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        base.Validate(value, old, errors);
        if (old is not null && old.Str("type") != value.Str("type"))
        {
            errors.Invalid("type", value["type"], "field is immutable");
        }
    }
}

/// <summary>Namespaces live until their content is gone.</summary>
internal sealed class NamespaceBehavior : ResourceBehavior
{
    public override void Default(JsonObject value) =>
        value.Need("metadata", "labels").Default("kubernetes.io/metadata.name", value.Str("metadata", "name"));

    public override void PrepareCreate(JsonObject value)
    {
        value.Need("spec")["finalizers"] = new JsonArray("kubernetes");
        value["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old)
    {
        if (old["spec"] is JsonNode spec)
        {
            value["spec"] = spec.DeepClone();
        }
    }

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        if (value.Str("metadata", "name") is string name && !Names.IsLabel(name))
        {
            errors.Invalid("metadata.name", name, Names.LabelMessage);
        }
    }
}

/// <summary>Claims: the spec is fixed but for the size, which only grows, and only of a volume that is there.</summary>
internal sealed class ClaimBehavior : ResourceBehavior
{
    public override void Default(JsonObject value) => value.Obj("spec")?.Default("volumeMode", "Filesystem");

    public override void PrepareCreate(JsonObject value)
    {
        value["status"] = new JsonObject { ["phase"] = "Pending" };
        JsonObject metadata = value.Need("metadata");
        metadata.Default("finalizers", new JsonArray("kubernetes.io/pvc-protection"));
    }

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        if (value.Arr("spec", "accessModes") is not { Count: > 0 })
        {
            errors.Required("spec.accessModes", "at least 1 access mode is required");
        }

        string? size = value.At("spec", "resources", "requests", "storage") is JsonNode node ? (node.Str() ?? node.ToJsonString()) : null;
        if (size is null)
        {
            errors.Required("spec.resources[storage]");
        }

        if (old is null)
        {
            return;
        }

        var left = (JsonObject)value.Need("spec").DeepClone();
        var right = (JsonObject)old.Need("spec").DeepClone();
        if (old.Str("status", "phase") == "Bound")
        {
            left.Remove("resources");
            right.Remove("resources");
        }

        if (right["volumeName"] is null)
        {
            left.Remove("volumeName");
        }

        if (!JsonNode.DeepEquals(left, right))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests for bound claims");
        }
        else if (size is not null && old.Str("spec", "resources", "requests", "storage") is string before && Quantity.Parse(size) < Quantity.Parse(before))
        {
            errors.Forbidden("spec.resources.requests.storage", "field can not be less than previous value");
        }
    }
}

/// <summary>Volumes begin available.</summary>
internal sealed class VolumeBehavior : ResourceBehavior
{
    public override void PrepareCreate(JsonObject value) => value["status"] = new JsonObject { ["phase"] = "Available" };
}

/// <summary>Services: everything here is reached by pod names, so only headless ones get no address.</summary>
internal sealed class ServiceBehavior : ResourceBehavior
{
    public override void Default(JsonObject value)
    {
        JsonObject spec = value.Need("spec");
        spec.Default("sessionAffinity", "None");
        spec.Default("type", "ClusterIP");
        foreach (JsonObject port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            port.Default("targetPort", port["port"]?.DeepClone());
        }
    }

    public override void PrepareCreate(JsonObject value)
    {
        JsonObject spec = value.Need("spec");
        spec.Default("clusterIP", spec.Str("type") == "ExternalName" ? null : Address(value.Str("metadata", "uid") ?? ""));
        if (spec.Str("clusterIP") is string address)
        {
            spec.Default("clusterIPs", new JsonArray(address));
        }

        value["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old)
    {
        JsonObject spec = value.Need("spec");
        spec.Default("clusterIP", old.At("spec", "clusterIP")?.DeepClone());
        spec.Default("clusterIPs", old.At("spec", "clusterIPs")?.DeepClone());
    }

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = value.Need("spec");
        if (value.Str("metadata", "name") is string name && !Names.IsDns1035(name))
        {
            errors.Invalid("metadata.name", name, Names.Dns1035Message);
        }

        if (spec.Arr("ports") is not { Count: > 0 } && spec.Str("clusterIP") != "None" && spec.Str("type") != "ExternalName")
        {
            errors.Required("spec.ports");
        }

        int index = 0;
        foreach (JsonObject port in spec.Items("ports"))
        {
            Names.CheckPort($"spec.ports[{index}].port", port["port"], errors);
            if (port["targetPort"] is not null && port.Str("targetPort") is null)
            {
                Names.CheckPort($"spec.ports[{index}].targetPort", port["targetPort"], errors);
            }

            index++;
        }

        if (old is not null && old.Str("spec", "clusterIP") is { Length: > 0 } before && before != spec.Str("clusterIP"))
        {
            errors.Invalid("spec.clusterIP", spec["clusterIP"], "field is immutable");
        }
    }

    /// <summary>An address of the service range that nothing listens on, derived from the UID.</summary>
    private static string Address(string uid)
    {
        uint hash = 2166136261;
        foreach (char c in uid)
        {
            hash = (hash ^ c) * 16777619;
        }

        return $"10.96.{(hash >> 8) & 0xff}.{(hash & 0xff) | 1}";
    }
}

/// <summary>Disruption budgets count generations.</summary>
internal sealed class BudgetBehavior : ResourceBehavior
{
    public override bool HasGeneration => true;

    public override void PrepareCreate(JsonObject value) => value["status"] = new JsonObject
    {
        ["currentHealthy"] = 0,
        ["desiredHealthy"] = 0,
        ["disruptionsAllowed"] = 0,
        ["expectedPods"] = 0,
    };

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        if (value.At("spec", "minAvailable") is not null && value.At("spec", "maxUnavailable") is not null)
        {
            errors.Invalid("spec", value["spec"], "minAvailable and maxUnavailable cannot be both set");
        }
    }
}
