using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster;

/// <summary>The cluster's one node: this machine.</summary>
internal static class LocalNode
{
    public const string Name = "local";
    private const string MaxPods = "250";

    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>The node as it is created; labels that a user adds stay.</summary>
    public static JsonObject New() => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = Name,
            ["labels"] = new JsonObject { ["kubernetes.io/arch"] = Architecture, ["kubernetes.io/hostname"] = Name, ["kubernetes.io/os"] = "linux" },
        },
        ["spec"] = new JsonObject(),
    };

    /// <summary>Its status at a start of the cluster.</summary>
    /// <param name="before">The node as it is stored.</param>
    /// <param name="now">RFC 3339 time.</param>
    public static JsonObject Status(JsonObject before, string now)
    {
        string since = before.Items("status", "conditions").FirstOrDefault().Str("lastTransitionTime") ?? now;
        return new JsonObject
        {
            ["conditions"] = new JsonArray(
                Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "the machine's memory is not watched", now, since),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "the machine's disks are not watched", now, since),
                Condition("Ready", "True", "KubeletReady", "pods run as processes of this machine", now, since)),
            ["addresses"] = new JsonArray(new JsonObject { ["type"] = "InternalIP", ["address"] = "127.0.0.1" }, new JsonObject { ["type"] = "Hostname", ["address"] = Name }),
            ["capacity"] = Resources(),
            ["allocatable"] = Resources(),
            ["nodeInfo"] = new JsonObject
            {
                ["kubeletVersion"] = Discovery.KubernetesVersion,
                ["operatingSystem"] = "linux",
                ["architecture"] = Architecture,
                ["containerRuntimeVersion"] = "process://1",
                ["machineID"] = "",
                ["systemUUID"] = "",
                ["bootID"] = "",
                ["kernelVersion"] = Environment.OSVersion.Version.ToString(),
                ["osImage"] = RuntimeInformation.OSDescription,
                ["kubeProxyVersion"] = "",
            },
        };
    }

    private static JsonObject Resources() => new()
    {
        ["cpu"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        ["memory"] = string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 10}Ki"),
        ["pods"] = MaxPods,
    };

    private static JsonObject Condition(string type, string status, string reason, string message, string now, string since) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["lastHeartbeatTime"] = now,
        ["lastTransitionTime"] = since,
        ["reason"] = reason,
        ["message"] = message,
    };
}
