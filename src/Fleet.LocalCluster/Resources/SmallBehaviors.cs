using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

/// <summary>Leases: a duration is longer than nothing.</summary>
internal sealed class LeaseBehavior : ResourceBehavior
{
    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        if (value.Int("spec", "leaseDurationSeconds") is <= 0)
        {
            errors.Invalid("spec.leaseDurationSeconds", value["spec"]!["leaseDurationSeconds"], "must be greater than 0");
        }
    }
}

/// <summary>Events lie in the namespace of what they are about.</summary>
internal sealed class EventBehavior : ResourceBehavior
{
    /// <summary>Where events about things without a namespace lie.</summary>
    private const string Cluster = "default";

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        string about = value.Str("involvedObject", "namespace") ?? "";
        string place = value.Str("metadata", "namespace") ?? "";
        if (about.Length == 0 ? place is not (Cluster or "kube-system") : about != place)
        {
            errors.Invalid("involvedObject.namespace", about, "does not match event.namespace");
        }
    }
}
