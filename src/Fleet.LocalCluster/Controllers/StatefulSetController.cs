using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>
/// Keeps the pods of StatefulSets: one per ordinal, each with its claims; <c>Parallel</c> and <c>OrderedReady</c>, <c>OnDelete</c> and
/// <c>RollingUpdate</c>. A pod is only replaced when its predecessor's object is gone, so there is at most one per identity.
/// </summary>
internal sealed class StatefulSetController(ObjectService objects, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private const string RevisionLabel = "controller-revision-hash";
    private static readonly WriteContext Context = new("statefulset-controller");
    private readonly EventRecorder _events = new(objects, time);

    protected override IEnumerable<ReconcileKey> Affected(Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource == Kinds.StatefulSets)
        {
            return [new ReconcileKey(key.Namespace, key.Name)];
        }

        return key.Resource != Kinds.Pods ? [] : Owners(change.Object).Select(n => new ReconcileKey(key.Namespace, n));
    }

    protected override IEnumerable<ReconcileKey> Everything() =>
        Objects.Store.List(Kinds.StatefulSets).Items.Select(s => new ReconcileKey(s.Key.Namespace, s.Key.Name));

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        StoredObject? stored = Objects.Store.Get(new ObjectKey(Kinds.StatefulSets, key.Namespace, key.Name));
        if (stored is null || stored.IsDeleting)
        {
            return null;
        }

        JsonObject set = stored.ToNode();
        string revision = $"{key.Name}-{Hash(set.At("spec", "template"))}";
        SortedDictionary<int, StoredObject> pods = PodsOf(stored);
        bool ordered = set.Str("spec", "podManagementPolicy") != "Parallel";
        int replicas = (int)(set.Int("spec", "replicas") ?? 1);
        bool settled = CreateMissing(set, pods, replicas, revision, ordered);
        settled = settled && DeleteExtra(set, pods, replicas, ordered);
        if (settled)
        {
            Roll(set, pods, replicas, revision);
        }

        WriteStatus(set, key, PodsOf(stored), revision);
        return null;
    }

    private bool CreateMissing(JsonObject set, SortedDictionary<int, StoredObject> pods, int replicas, string revision, bool ordered)
    {
        string ns = set.Str("metadata", "namespace")!;
        for (int ordinal = 0; ordinal < replicas; ordinal++)
        {
            if (pods.TryGetValue(ordinal, out StoredObject? pod))
            {
                if (!pod.IsDeleting && pod.Root.Str("status", "phase") is "Failed" or "Succeeded")
                {
                    DeletePod(set, pod);
                }
            }
            else
            {
                CreateClaims(set, ordinal);
                try
                {
                    JsonObject made = Objects.Create(Objects.Scope("", "pods", ns), PodOf(set, ordinal, revision), Context);
                    Note(set, "SuccessfulCreate", $"create Pod {made.Str("metadata", "name")} in StatefulSet {set.Str("metadata", "name")} successful");
                }
                catch (ApiException error) when (error.Reason == "AlreadyExists")
                {
                    // A pod of that name which is not ours (yet): its deletion brings us back.
                }
            }

            if (ordered && (pod is null || pod.IsDeleting || !IsReady(pod)))
            {
                return false;
            }
        }

        return true;
    }

    private bool DeleteExtra(JsonObject set, SortedDictionary<int, StoredObject> pods, int replicas, bool ordered)
    {
        bool none = true;
        foreach ((int ordinal, StoredObject pod) in pods.Reverse())
        {
            if (ordinal < replicas)
            {
                continue;
            }

            none = false;
            if (!pod.IsDeleting)
            {
                DeletePod(set, pod);
            }

            if (ordered)
            {
                return false;
            }
        }

        return none;
    }

    private void Roll(JsonObject set, SortedDictionary<int, StoredObject> pods, int replicas, string revision)
    {
        if (set.Str("spec", "updateStrategy", "type") != "RollingUpdate")
        {
            return;
        }

        long partition = set.Int("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
        for (int ordinal = replicas - 1; ordinal >= partition; ordinal--)
        {
            if (!pods.TryGetValue(ordinal, out StoredObject? pod) || pod.IsDeleting)
            {
                return;
            }

            if (pod.Labels.GetValueOrDefault(RevisionLabel) != revision)
            {
                DeletePod(set, pod);
                return;
            }

            if (!IsReady(pod))
            {
                return;
            }
        }
    }

    private void DeletePod(JsonObject set, StoredObject pod)
    {
        _ = Objects.Delete(Objects.Scope("", "pods", pod.Key.Namespace), pod.Key.Name, new DeleteContext { Uid = pod.Uid });
        Note(set, "SuccessfulDelete", $"delete Pod {pod.Key.Name} in StatefulSet {set.Str("metadata", "name")} successful");
    }

    private void Note(JsonObject set, string reason, string message) =>
        _events.Record(set, new Occurrence("statefulset-controller", "Normal", reason, message));

    private void WriteStatus(JsonObject set, ReconcileKey key, SortedDictionary<int, StoredObject> pods, string revision)
    {
        long replicas = set.Int("spec", "replicas") ?? 1;
        int ready = pods.Values.Count(p => !p.IsDeleting && IsReady(p));
        int updated = pods.Values.Count(p => p.Labels.GetValueOrDefault(RevisionLabel) == revision);
        string current = set.Str("status", "currentRevision") ?? revision;
        if (updated == replicas && pods.Count == replicas && ready == replicas)
        {
            current = revision;
        }

        var status = new JsonObject
        {
            ["observedGeneration"] = set.Int("metadata", "generation") ?? 1,
            ["replicas"] = pods.Count,
            ["readyReplicas"] = ready,
            ["availableReplicas"] = ready,
            ["currentReplicas"] = pods.Values.Count(p => p.Labels.GetValueOrDefault(RevisionLabel) == current),
            ["updatedReplicas"] = updated,
            ["currentRevision"] = current,
            ["updateRevision"] = revision,
            ["collisionCount"] = 0,
        };
        ResourceScope scope = Objects.Scope("apps", "statefulsets", key.Namespace);
        _ = Objects.Edit(scope, key.Name, Context with { Subresource = "status" }, value =>
        {
            if (value.Str("metadata", "uid") != set.Str("metadata", "uid"))
            {
                return null;
            }

            value["status"] = status.DeepClone();
            return value;
        });
    }

    private SortedDictionary<int, StoredObject> PodsOf(StoredObject set)
    {
        var pods = new SortedDictionary<int, StoredObject>();
        foreach (StoredObject pod in Objects.Store.List(Kinds.Pods, set.Key.Namespace).Items)
        {
            if (pod.Owners.Contains(set.Uid) && pod.Key.Name.StartsWith(set.Key.Name + "-", StringComparison.Ordinal)
                && int.TryParse(pod.Key.Name.AsSpan(set.Key.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal))
            {
                pods[ordinal] = pod;
            }
        }

        return pods;
    }

    private static JsonObject PodOf(JsonObject set, int ordinal, string revision)
    {
        string name = $"{set.Str("metadata", "name")}-{ordinal}";
        JsonObject template = set.Obj("spec", "template") ?? [];
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = set.Str("metadata", "namespace") };
        JsonObject labels = (JsonObject?)template.At("metadata", "labels")?.DeepClone() ?? [];
        labels["statefulset.kubernetes.io/pod-name"] = name;
        labels["apps.kubernetes.io/pod-index"] = ordinal.ToString(CultureInfo.InvariantCulture);
        labels[RevisionLabel] = revision;
        metadata["labels"] = labels;
        if (template.At("metadata", "annotations") is JsonNode annotations)
        {
            metadata["annotations"] = annotations.DeepClone();
        }

        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "StatefulSet",
            ["name"] = set.Str("metadata", "name"),
            ["uid"] = set.Str("metadata", "uid"),
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        var spec = (JsonObject)(template["spec"] ?? new JsonObject()).DeepClone();
        spec["hostname"] = name;
        spec["subdomain"] = set.Str("spec", "serviceName");
        foreach (JsonObject claim in set.Items("spec", "volumeClaimTemplates"))
        {
            AddClaimVolume(spec, claim.Str("metadata", "name")!, name);
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec };
    }

    private static void AddClaimVolume(JsonObject spec, string volume, string pod)
    {
        if (spec["volumes"] is not JsonArray volumes)
        {
            volumes = [];
            spec["volumes"] = volumes;
        }

        foreach (JsonNode? old in volumes.Where(v => v.Str("name") == volume).ToArray())
        {
            volumes.Remove(old);
        }

        volumes.Add((JsonNode)new JsonObject { ["name"] = volume, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{volume}-{pod}" } });
    }

    private void CreateClaims(JsonObject set, int ordinal)
    {
        string ns = set.Str("metadata", "namespace")!;
        foreach (JsonObject template in set.Items("spec", "volumeClaimTemplates"))
        {
            string name = $"{template.Str("metadata", "name")}-{set.Str("metadata", "name")}-{ordinal}";
            if (Objects.Store.Get(new ObjectKey(Kinds.Claims, ns, name)) is not null)
            {
                continue;
            }

            var metadata = new JsonObject { ["name"] = name, ["namespace"] = ns };
            if (set.Obj("spec", "selector", "matchLabels") is JsonObject labels)
            {
                metadata["labels"] = labels.DeepClone();
            }

            var claim = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PersistentVolumeClaim", ["metadata"] = metadata, ["spec"] = template["spec"]?.DeepClone() };
            _ = Objects.Create(Objects.Scope("", "persistentvolumeclaims", ns), claim, Context);
        }
    }

    private static IEnumerable<string> Owners(StoredObject pod) =>
        (pod.Root.At("metadata") ?? default).Items("ownerReferences").Where(o => o.Str("kind") == "StatefulSet").Select(o => o.Str("name") ?? "");

    internal static bool IsReady(StoredObject pod) =>
        pod.Root.Items("status", "conditions").Any(c => c.Str("type") == "Ready" && c.Str("status") == "True");

    /// <summary>Ten letters and digits that stand for a template.</summary>
    private static string Hash(JsonNode? template)
    {
        byte[] digest = SHA256.HashData(JsonText.Bytes(template));
        return Convert.ToHexStringLower(digest.AsSpan(0, 5));
    }
}
