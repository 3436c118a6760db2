using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Controllers;

/// <summary>The kinds controllers work on.</summary>
internal static class Kinds
{
    public static readonly GroupResource Pods = new("", "pods");
    public static readonly GroupResource Nodes = new("", "nodes");
    public static readonly GroupResource Events = new("", "events");
    public static readonly GroupResource Services = new("", "services");
    public static readonly GroupResource Endpoints = new("", "endpoints");
    public static readonly GroupResource Claims = new("", "persistentvolumeclaims");
    public static readonly GroupResource Namespaces = new("", "namespaces");
    public static readonly GroupResource ConfigMaps = new("", "configmaps");
    public static readonly GroupResource Secrets = new("", "secrets");
    public static readonly GroupResource StatefulSets = new("apps", "statefulsets");
    public static readonly GroupResource Budgets = new("policy", "poddisruptionbudgets");
}
