using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Pods;

/// <summary>Whether the one node of this cluster takes a pod: its labels and taints, and whether it is cordoned.</summary>
internal static class Scheduling
{
    private const string NoPreemption = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

    /// <summary>Why a pod can't be placed, in the scheduler's words; null when it can.</summary>
    public static string? Obstacle(StoredObject? node, JsonObject pod)
    {
        if (node is null)
        {
            return "no nodes available to schedule pods";
        }

        if (node.Root.At("spec", "unschedulable") is { ValueKind: JsonValueKind.True })
        {
            return $"0/1 nodes are available: 1 node(s) were unschedulable. {NoPreemption}";
        }

        if (node.Root.Items("spec", "taints").FirstOrDefault(t => t.Str("effect") is "NoSchedule" or "NoExecute" && !IsTolerated(t, pod)) is { ValueKind: JsonValueKind.Object } taint)
        {
            return $"0/1 nodes are available: 1 node(s) had untolerated taint {{{taint.Str("key")}: {taint.Str("value")}}}. {NoPreemption}";
        }

        bool fits = (pod.Obj("spec", "nodeSelector") ?? []).All(wanted => node.Labels.GetValueOrDefault(wanted.Key) == wanted.Value.Str())
            && MatchesAffinity(node, pod.Obj("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"));
        return fits ? null : $"0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. {NoPreemption}";
    }

    private static bool IsTolerated(JsonElement taint, JsonObject pod) => pod.Items("spec", "tolerations").Any(t =>
        (t.Str("effect") is null or "" || t.Str("effect") == taint.Str("effect"))
        && (t.Str("operator") == "Exists"
            ? t.Str("key") is null or "" || t.Str("key") == taint.Str("key")
            : t.Str("key") == taint.Str("key") && (t.Str("value") ?? "") == (taint.Str("value") ?? "")));

    /// <summary>One of the terms must hold; in it, all requirements.</summary>
    private static bool MatchesAffinity(StoredObject node, JsonObject? required) =>
        required is null || required.Items("nodeSelectorTerms").Any(term =>
            term.Items("matchExpressions").Any() && term.Items("matchExpressions").All(e => Matches(node, e)));

    private static bool Matches(StoredObject node, JsonObject expression)
    {
        bool known = node.Labels.TryGetValue(expression.Str("key") ?? "", out string? actual);
        List<string?> values = [.. (expression.Arr("values") ?? []).Select(v => v.Str())];
        return expression.Str("operator") switch
        {
            "In" => known && values.Contains(actual),
            "NotIn" => !known || !values.Contains(actual),
            "Exists" => known,
            "DoesNotExist" => !known,
            "Gt" => long.TryParse(actual, out long more) && long.TryParse(values.FirstOrDefault(), out long least) && more > least,
            "Lt" => long.TryParse(actual, out long less) && long.TryParse(values.FirstOrDefault(), out long most) && less < most,
            _ => false,
        };
    }
}
