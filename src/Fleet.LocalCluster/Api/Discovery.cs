using System.Text.Json.Nodes;
using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Api;

/// <summary>The documents by which clients find out what is served.</summary>
internal sealed class Discovery(ResourceRegistry registry, string serverAddress)
{
    /// <summary>The Kubernetes version whose API this server follows.</summary>
    public const string KubernetesVersion = "v1.32.0+fleet";

    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>The discovery document of a path, or null when it is none.</summary>
    public JsonObject? Find(string path) => path.TrimEnd('/').Split('/') switch
    {
        ["", "api"] => new JsonObject
        {
            ["kind"] = "APIVersions",
            ["versions"] = new JsonArray("v1"),
            ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = serverAddress }),
        },
        ["", "apis"] => new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(g => (JsonNode)Group(g, false))]) },
        ["", "apis", string group] when Groups().Contains(group) => Group(group, true),
        ["", "api", "v1"] => Resources("", "v1"),
        ["", "apis", string group, string version] => Resources(group, version),
        ["", "version"] => Version(),
        _ => null,
    };

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = KubernetesVersion,
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2025-01-01T00:00:00Z",
        ["goVersion"] = "go0.0",
        ["compiler"] = "gc",
        ["platform"] = "linux/amd64",
    };

    private IEnumerable<string> Groups() =>
        registry.All.Select(t => t.Group).Where(g => g.Length > 0).Concat(Reviews.All.Select(r => r.Group)).Distinct().Order(StringComparer.Ordinal);

    private IEnumerable<string> VersionsOf(string group) => Reviews.All.Any(r => r.Group == group)
        ? ["v1"]
        : registry.All.Where(t => t.Group == group).SelectMany(t => t.Versions.Select(v => v.Name)).Distinct();

    private JsonObject Group(string group, bool single)
    {
        var result = new JsonObject();
        if (single)
        {
            result["kind"] = "APIGroup";
            result["apiVersion"] = "v1";
        }

        result["name"] = group;
        result["versions"] = new JsonArray([.. VersionsOf(group).Select(v => (JsonNode)Entry(group, v))]);
        result["preferredVersion"] = Entry(group, VersionsOf(group).First());
        return result;
    }

    private static JsonObject Entry(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private JsonObject? Resources(string group, string version)
    {
        var list = new JsonArray();
        foreach ((_, string plural, string kind) in Reviews.All.Where(r => r.Group == group && version == "v1"))
        {
            list.Add((JsonNode)Resource(plural, "", kind, false, ["create"]));
        }

        foreach (ResourceType type in registry.All.Where(t => t.Group == group && t.Version(version) is not null))
        {
            Add(list, type, type.Version(version)!);
        }

        return list.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = list,
        };
    }

    private static void Add(JsonArray list, ResourceType type, ServedVersion version)
    {
        JsonObject main = Resource(type.Plural, type.Singular, type.Kind, type.Namespaced, Verbs);
        if (type.ShortNames.Length > 0)
        {
            main["shortNames"] = new JsonArray([.. type.ShortNames.Select(n => (JsonNode?)n)]);
        }

        if (type.Categories.Length > 0)
        {
            main["categories"] = new JsonArray([.. type.Categories.Select(n => (JsonNode?)n)]);
        }

        list.Add((JsonNode)main);
        if (type is { Group: "", Plural: "pods" })
        {
            JsonObject eviction = Resource("pods/eviction", "", "Eviction", true, ["create"]);
            eviction["group"] = "policy";
            eviction["version"] = "v1";
            list.Add((JsonNode)eviction);
            list.Add((JsonNode)Resource("pods/log", "", "Pod", true, ["get"]));
            list.Add((JsonNode)Resource("pods/proxy", "", "PodProxyOptions", true, ["create", "delete", "get", "patch", "update"]));
        }

        if (version.Scale is not null)
        {
            JsonObject scale = Resource($"{type.Plural}/scale", "", "Scale", type.Namespaced, ["get", "patch", "update"]);
            scale["group"] = "autoscaling";
            scale["version"] = "v1";
            list.Add((JsonNode)scale);
        }

        if (version.HasStatus)
        {
            list.Add((JsonNode)Resource($"{type.Plural}/status", "", type.Kind, type.Namespaced, ["get", "patch", "update"]));
        }
    }

    private static JsonObject Resource(string name, string singular, string kind, bool namespaced, string[] verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = singular,
        ["namespaced"] = namespaced,
        ["kind"] = kind,
        ["verbs"] = new JsonArray([.. verbs.Select(v => (JsonNode?)v)]),
    };
}
