using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;

namespace Fleet.LocalCluster.Resources;

/// <summary>Defaults and checks of pods.</summary>
internal sealed class PodBehavior : ResourceBehavior
{
    public override void Default(JsonObject value)
    {
        PodDefaults.Apply(value.Obj("spec"));
        value.Obj("spec")?.Default("enableServiceLinks", true);
    }

    public override void PrepareCreate(JsonObject value)
    {
        JsonObject spec = value.Need("spec");
        spec.Default("serviceAccountName", "default");
        spec.Default("serviceAccount", spec.Str("serviceAccountName"));
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        spec.Default("priority", 0);
        if (spec["tolerations"] is null)
        {
            spec["tolerations"] = new JsonArray(Toleration("node.kubernetes.io/not-ready"), Toleration("node.kubernetes.io/unreachable"));
        }

        value["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "BestEffort" };
    }

    public override void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
        JsonObject? spec = value.Obj("spec");
        PodDefaults.Validate(spec, "spec", errors);
        if (old is null || old["spec"] is null || spec is null)
        {
            return;
        }

        var left = (JsonObject)spec.DeepClone();
        var right = (JsonObject)old["spec"]!.DeepClone();
        foreach (JsonObject side in (JsonObject[])[left, right])
        {
            foreach (JsonObject container in side.Items("containers").Concat(side.Items("initContainers")))
            {
                container.Remove("image");
            }

            foreach (string free in (string[])["activeDeadlineSeconds", "tolerations", "nodeName", "terminationGracePeriodSeconds"])
            {
                side.Remove(free);
            }
        }

        if (!JsonNode.DeepEquals(left, right))
        {
            errors.Forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)");
        }
    }

    public override long GracePeriod(JsonObject value)
    {
        if (value.Str("spec", "nodeName") is null || value.Str("status", "phase") is "Succeeded" or "Failed")
        {
            return 0;
        }

        return value.Int("spec", "terminationGracePeriodSeconds") ?? 30;
    }

    private static JsonObject Toleration(string key) =>
        new() { ["key"] = key, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300 };
}

/// <summary>What Kubernetes fills into a pod spec, in a pod and in a template alike.</summary>
internal static class PodDefaults
{
    public static void Apply(JsonObject? spec)
    {
        if (spec is null)
        {
            return;
        }

        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        if (spec.Str("serviceAccountName") is string account)
        {
            spec.Default("serviceAccount", account);
        }

        foreach (JsonObject container in spec.Items("containers").Concat(spec.Items("initContainers")))
        {
            Container(container);
        }

        foreach (JsonObject volume in spec.Items("volumes"))
        {
            Volume(volume);
        }
    }

    public static void Validate(JsonObject? spec, string path, FieldErrors errors)
    {
        JsonArray? containers = spec.Arr("containers");
        if (containers is not { Count: > 0 })
        {
            errors.Required($"{path}.containers");
            return;
        }

        var volumes = spec.Items("volumes").Select(v => v.Str("name")).ToHashSet();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < containers.Count; i++)
        {
            string at = $"{path}.containers[{i}]";
            string? name = containers[i].Str("name");
            if (string.IsNullOrEmpty(name))
            {
                errors.Required($"{at}.name");
            }
            else if (!Names.IsLabel(name))
            {
                errors.Invalid($"{at}.name", name, Names.LabelMessage);
            }
            else if (!names.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }

            if (string.IsNullOrEmpty(containers[i].Str("image")))
            {
                errors.Required($"{at}.image");
            }

            int p = 0;
            foreach (JsonObject port in containers[i].Items("ports"))
            {
                Names.CheckPort($"{at}.ports[{p++}].containerPort", port["containerPort"], errors);
            }

            int m = 0;
            foreach (JsonObject mount in containers[i].Items("volumeMounts"))
            {
                if (!volumes.Contains(mount.Str("name")))
                {
                    errors.NotFound($"{at}.volumeMounts[{m}].name", mount["name"]);
                }

                m++;
            }
        }
    }

    private static void Container(JsonObject container)
    {
        string image = container.Str("image") ?? "";
        string tag = image.Contains('@', StringComparison.Ordinal) ? "digest" : image[(image.LastIndexOf('/') + 1)..];
        bool latest = tag != "digest" && (!tag.Contains(':', StringComparison.Ordinal) || tag.EndsWith(":latest", StringComparison.Ordinal));
        container.Default("imagePullPolicy", latest ? "Always" : "IfNotPresent");
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("resources", new JsonObject());
        foreach (JsonObject port in container.Items("ports"))
        {
            port.Default("protocol", "TCP");
        }

        foreach (JsonObject env in container.Items("env"))
        {
            env.Obj("valueFrom", "fieldRef")?.Default("apiVersion", "v1");
        }

        if (container.Obj("resources", "limits") is JsonObject limits)
        {
            JsonObject requests = container.Need("resources", "requests");
            foreach ((string name, JsonNode? limit) in limits)
            {
                requests.Default(name, limit?.DeepClone());
            }
        }

        foreach (string probe in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Obj(probe) is JsonObject settings)
            {
                settings.Default("timeoutSeconds", 1);
                settings.Default("periodSeconds", 10);
                settings.Default("successThreshold", 1);
                settings.Default("failureThreshold", 3);
                settings.Obj("httpGet")?.Default("scheme", "HTTP");
                settings.Obj("httpGet")?.Default("path", "/");
            }
        }
    }

    private static void Volume(JsonObject volume)
    {
        foreach (string source in (string[])["configMap", "secret", "projected", "downwardAPI"])
        {
            volume.Obj(source)?.Default("defaultMode", 420);
        }

        foreach (JsonObject item in volume.Items("downwardAPI", "items").Concat(volume.Items("projected", "sources").SelectMany(s => s.Items("downwardAPI", "items"))))
        {
            item.Obj("fieldRef")?.Default("apiVersion", "v1");
        }
    }
}
