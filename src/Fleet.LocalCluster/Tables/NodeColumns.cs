using System.Text.Json;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Tables;

/// <summary>The columns of nodes.</summary>
internal static class NodeColumns
{
    private const string None = "<none>";
    private const string Unknown = "<unknown>";
    private const string Role = "node-role.kubernetes.io/";

    public static IReadOnlyList<Column> Main { get; } =
    [
        new("Status", "string", 0, o => Status(o)),
        new("Roles", "string", 0, o => Roles(o)),
    ];

    public static IReadOnlyList<Column> Rest { get; } =
    [
        new("Version", "string", 0, o => o.Str("status", "nodeInfo", "kubeletVersion") ?? ""),
        new("Internal-IP", "string", 1, o => Address(o, "InternalIP")),
        new("External-IP", "string", 1, o => Address(o, "ExternalIP")),
        new("OS-Image", "string", 1, o => o.Str("status", "nodeInfo", "osImage") ?? Unknown),
        new("Kernel-Version", "string", 1, o => o.Str("status", "nodeInfo", "kernelVersion") ?? Unknown),
        new("Container-Runtime", "string", 1, o => o.Str("status", "nodeInfo", "containerRuntimeVersion") ?? Unknown),
    ];

    private static string Status(JsonElement node)
    {
        string? ready = node.Items("status", "conditions").FirstOrDefault(c => c.Str("type") == "Ready").Str("status");
        string status = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return node.At("spec", "unschedulable") is { ValueKind: JsonValueKind.True } ? status + ",SchedulingDisabled" : status;
    }

    private static string Roles(JsonElement node)
    {
        IEnumerable<string> roles = node.At("metadata", "labels") is { ValueKind: JsonValueKind.Object } labels
            ? labels.EnumerateObject().Where(l => l.Name.StartsWith(Role, StringComparison.Ordinal)).Select(l => l.Name[Role.Length..]).Order(StringComparer.Ordinal) : [];
        string joined = string.Join(",", roles);
        return joined.Length > 0 ? joined : None;
    }

    private static string Address(JsonElement node, string type) =>
        node.Items("status", "addresses").FirstOrDefault(a => a.Str("type") == type).Str("address") ?? None;
}
