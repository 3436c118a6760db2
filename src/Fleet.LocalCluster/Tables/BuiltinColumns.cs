using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Tables;

/// <summary>Columns of the built-in kinds, as kube-apiserver prints them.</summary>
internal static class BuiltinColumns
{
    private const string None = "<none>";

    /// <summary>The columns of a kind.</summary>
    public static IReadOnlyList<Column> Of(ResourceType type, TimeProvider time)
    {
        Column name = new("Name", "string", 0, o => o.Str("metadata", "name"));
        Column age = new("Age", "string", 0, o => Ages.Since(o.Str("metadata", "creationTimestamp"), time));
        return (type.Group, type.Plural) switch
        {
            ("", "pods") => [name, .. PodColumns.Main, age, .. PodColumns.Wide],
            ("", "namespaces") => [name, Text("Status", "status", "phase"), age],
            ("", "nodes") => [name, .. NodeColumns.Main, age, .. NodeColumns.Rest],
            ("", "services") => [name, Text("Type", "spec", "type"), Text("Cluster-IP", "spec", "clusterIP"), new("External-IP", "string", 0, _ => None), new("Port(s)", "string", 0, Ports), age,
                new("Selector", "string", 1, o => Labels(o.At("spec", "selector")))],
            ("", "configmaps") => [name, new("Data", "string", 0, o => Count(o, "data") + Count(o, "binaryData")), age],
            ("", "secrets") => [name, Text("Type", "type"), new("Data", "string", 0, o => Count(o, "data")), age],
            ("", "serviceaccounts") => [name, new("Secrets", "string", 0, o => o.Items("secrets").Count()), age],
            ("", "endpoints") => [name, new("Endpoints", "string", 0, EndpointList), age],
            ("", "persistentvolumeclaims") => [name, Text("Status", "status", "phase"), Text("Volume", "spec", "volumeName"), Text("Capacity", "status", "capacity", "storage"),
                new("Access Modes", "string", 0, o => Modes(o, "status")), Text("StorageClass", "spec", "storageClassName"), age, Text("VolumeMode", 1, "spec", "volumeMode")],
            ("", "persistentvolumes") => [name, Text("Capacity", "spec", "capacity", "storage"), new("Access Modes", "string", 0, o => Modes(o, "spec")),
                Text("Reclaim Policy", "spec", "persistentVolumeReclaimPolicy"), Text("Status", "status", "phase"),
                new("Claim", "string", 0, o => $"{o.Str("spec", "claimRef", "namespace")}/{o.Str("spec", "claimRef", "name")}"),
                Text("StorageClass", "spec", "storageClassName"), Text("Reason", "status", "reason"), age, Text("VolumeMode", 1, "spec", "volumeMode")],
            ("", "events") => EventColumns(time),
            ("apps", "statefulsets") => [name, new("Ready", "string", 0, o => $"{Number(o, "status", "readyReplicas")}/{Number(o, "spec", "replicas")}"), age,
                new("Containers", "string", 1, o => Join(o.At("spec", "template", "spec"), "name")), new("Images", "string", 1, o => Join(o.At("spec", "template", "spec"), "image"))],
            ("policy", _) => [name, new("Min Available", "string", 0, o => Any(o, "spec", "minAvailable")), new("Max Unavailable", "string", 0, o => Any(o, "spec", "maxUnavailable")),
                new("Allowed Disruptions", "string", 0, o => Number(o, "status", "disruptionsAllowed")), age],
            ("coordination.k8s.io", _) => [name, Text("Holder", "spec", "holderIdentity"), age],
            ("apiextensions.k8s.io", _) => [name, new("Created At", "date", 0, o => o.Str("metadata", "creationTimestamp"))],
            _ => [name, age],
        };
    }

    private static IReadOnlyList<Column> EventColumns(TimeProvider time) =>
    [
        new("Last Seen", "string", 0, o => Ages.Since(o.Str("lastTimestamp") ?? o.Str("series", "lastObservedTime") ?? o.Str("eventTime") ?? o.Str("metadata", "creationTimestamp"), time)),
        Text("Type", "type"),
        Text("Reason", "reason"),
        new("Object", "string", 0, o => $"{o.Str("involvedObject", "kind")?.ToLowerInvariant()}/{o.Str("involvedObject", "name")}"),
        Text("Subobject", 1, "involvedObject", "fieldPath"),
        new("Source", "string", 1, o => o.Str("source", "component") ?? o.Str("reportingComponent") ?? ""),
        new("Message", "string", 0, o => o.Str("message")?.Trim() ?? ""),
        new("First Seen", "string", 1, o => Ages.Since(o.Str("firstTimestamp") ?? o.Str("eventTime") ?? o.Str("metadata", "creationTimestamp"), time)),
        new("Count", "string", 1, o => Math.Max(1, Number(o, "count"))),
        Text("Name", 1, "metadata", "name"),
    ];

    private static Column Text(string name, params string[] path) => new(name, "string", 0, o => o.Str(path) ?? "");

    private static Column Text(string name, int priority, params string[] path) => new(name, "string", priority, o => o.Str(path) ?? "");

    private static long Number(JsonElement o, params ReadOnlySpan<string> path) =>
        o.At(path) is { ValueKind: JsonValueKind.Number } n && n.TryGetInt64(out long value) ? value : 0;

    private static string Any(JsonElement o, params ReadOnlySpan<string> path) =>
        o.At(path) is { } found ? found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText() : "N/A";

    private static long Count(JsonElement o, string field) => o.At(field) is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject().Count() : 0;

    private static string Modes(JsonElement o, string side) => string.Join(",", o.Items(side, "accessModes").Select(m => m.GetString() switch
    {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        string other => other,
        null => "",
    }));

    private static string Join(JsonElement? pod, string field) =>
        string.Join(",", (pod ?? default).Items("containers").Select(c => c.Str(field) ?? ""));

    private static string Labels(JsonElement? map) => map is { ValueKind: JsonValueKind.Object } labels
        ? string.Join(",", labels.EnumerateObject().Select(l => $"{l.Name}={l.Value.GetString()}").Order(StringComparer.Ordinal)) : None;

    private static JsonNode? Ports(JsonElement o)
    {
        string ports = string.Join(",", o.Items("spec", "ports").Select(p => p.At("nodePort") is { } node
            ? $"{p.At("port")}:{node}/{p.Str("protocol")}" : $"{p.At("port")}/{p.Str("protocol")}"));
        return ports.Length == 0 ? None : ports;
    }

    private static JsonNode? EndpointList(JsonElement o)
    {
        List<string> all = [.. o.Items("subsets").SelectMany(s => s.Items("addresses").SelectMany(a => s.Items("ports").Any()
            ? s.Items("ports").Select(p => $"{a.Str("ip")}:{p.At("port")}") : [a.Str("ip") ?? ""]))];
        return all.Count == 0 ? None : string.Join(",", all.Take(3)) + (all.Count > 3 ? $" + {all.Count - 3} more..." : "");
    }
}
