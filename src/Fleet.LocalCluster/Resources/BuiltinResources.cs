using System.Collections.Immutable;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

/// <summary>The built-in kinds.</summary>
internal static class BuiltinResources
{
    private const string Core = "io.k8s.api.core.v1.";

    public static ImmutableArray<ResourceType> All { get; } =
    [
        Make("", "v1", "configmaps", "ConfigMap", Core, true, ["cm"], new ConfigMapBehavior()),
        Make("", "v1", "endpoints", "Endpoints", Core, true, ["ep"], new ResourceBehavior(), singular: "endpoints"),
        Make("", "v1", "events", "Event", Core, true, ["ev"], new EventBehavior()),
        Make("", "v1", "namespaces", "Namespace", Core, false, ["ns"], new NamespaceBehavior(), status: true),
        Make("", "v1", "nodes", "Node", Core, false, ["no"], new ResourceBehavior(), status: true),
        Make("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", Core, true, ["pvc"], new ClaimBehavior(), status: true),
        Make("", "v1", "persistentvolumes", "PersistentVolume", Core, false, ["pv"], new VolumeBehavior(), status: true),
        Make("", "v1", "pods", "Pod", Core, true, ["po"], new PodBehavior(), status: true, categories: ["all"]),
        Make("", "v1", "secrets", "Secret", Core, true, [], new SecretBehavior()),
        Make("", "v1", "serviceaccounts", "ServiceAccount", Core, true, ["sa"], new ResourceBehavior()),
        Make("", "v1", "services", "Service", Core, true, ["svc"], new ServiceBehavior(), status: true, categories: ["all"]),
        Make("apps", "v1", "statefulsets", "StatefulSet", "io.k8s.api.apps.v1.", true, ["sts"], new StatefulSetBehavior(), status: true, categories: ["all"],
            scale: new ScalePaths(["spec", "replicas"], ["status", "replicas"], null)),
        Budgets(),
        Make("coordination.k8s.io", "v1", "leases", "Lease", "io.k8s.api.coordination.v1.", true, [], new LeaseBehavior()),
        Make("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.", false, ["crd", "crds"], new DefinitionBehavior(), status: true,
            categories: ["api-extensions"]),
    ];

    /// <summary>Disruption budgets are served in two versions whose difference (an empty selector) doesn't matter here.</summary>
    private static ResourceType Budgets()
    {
        Schema schema = BuiltinSchemas.Definition("io.k8s.api.policy.v1beta1.PodDisruptionBudget");
        ServedVersion version = new("v1", schema, true, null, []) { Definition = "io.k8s.api.policy.v1.PodDisruptionBudget" };
        return new ResourceType
        {
            Group = "policy",
            Plural = "poddisruptionbudgets",
            Singular = "poddisruptionbudget",
            Kind = "PodDisruptionBudget",
            ShortNames = ["pdb"],
            Namespaced = true,
            Versions = [version, version with { Name = "v1beta1", Definition = "io.k8s.api.policy.v1beta1.PodDisruptionBudget" }],
            StorageVersion = "v1",
            Behavior = new BudgetBehavior(),
        };
    }

    private static ResourceType Make(
        string group, string version, string plural, string kind, string prefix, bool namespaced, ImmutableArray<string> shortNames,
        ResourceBehavior behavior, bool status = false, ImmutableArray<string> categories = default, ScalePaths? scale = null, string? singular = null) => new()
        {
            Group = group,
            Plural = plural,
            Singular = singular ?? kind.ToLowerInvariant(),
            Kind = kind,
            ShortNames = shortNames,
            Categories = categories.IsDefault ? [] : categories,
            Namespaced = namespaced,
            Versions = [new ServedVersion(version, BuiltinSchemas.Definition(prefix + kind), status, scale, []) { Definition = prefix + kind }],
            StorageVersion = version,
            Behavior = behavior,
        };
}
