using System.Text.Json;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Tables;

/// <summary>The columns of pods that need thought: what a pod's state amounts to.</summary>
internal static class PodColumns
{
    public static IReadOnlyList<Column> Main { get; } =
    [
        new("Ready", "string", 0, o => $"{o.Items("status", "containerStatuses").Count(s => s.At("ready") is { ValueKind: JsonValueKind.True })}/{o.Items("spec", "containers").Count()}"),
        new("Status", "string", 0, o => Status(o)),
        new("Restarts", "string", 0, o => Restarts(o)),
    ];

    public static IReadOnlyList<Column> Wide { get; } =
    [
        new("IP", "string", 1, o => o.Str("status", "podIP") ?? "<none>"),
        new("Node", "string", 1, o => o.Str("spec", "nodeName") ?? "<none>"),
        new("Nominated Node", "string", 1, _ => "<none>"),
        new("Readiness Gates", "string", 1, _ => "<none>"),
    ];

    private static long Restarts(JsonElement o) => o.Items("status", "containerStatuses").Sum(s => s.At("restartCount") is { } n && n.TryGetInt64(out long v) ? v : 0);

    private static string Status(JsonElement o)
    {
        if (o.Str("metadata", "deletionTimestamp") is not null)
        {
            return "Terminating";
        }

        string reason = o.Str("status", "reason") ?? o.Str("status", "phase") ?? "Unknown";
        bool running = false;
        foreach (JsonElement status in o.Items("status", "containerStatuses").Reverse())
        {
            if (status.At("state", "waiting") is { } waiting && waiting.Str("reason") is { Length: > 0 } why)
            {
                reason = why;
            }
            else if (status.At("state", "terminated") is { } ended)
            {
                reason = ended.Str("reason") ?? $"ExitCode:{ended.At("exitCode")}";
            }
            else if (status.At("state", "running") is not null && status.At("ready") is { ValueKind: JsonValueKind.True })
            {
                running = true;
            }
        }

        return reason == "Completed" && running ? "Running" : reason;
    }
}
