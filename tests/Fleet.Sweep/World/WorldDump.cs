using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Sweep;

/// <summary>What a namespace holds, without what chance decides: uids, keys, times, versions.</summary>
public static partial class WorldDump
{
    /// <summary>The text; two worlds that are as they should be have the same.</summary>
    public static async Task<string> TakeAsync(IKubernetesClient client, string @namespace) => string.Join('\n', await TakePartsAsync(client, @namespace));

    /// <summary>The text in parts, one per object; each begins with kind and name.</summary>
    public static async Task<IReadOnlyList<string>> TakePartsAsync(IKubernetesClient client, string @namespace)
    {
        List<string> parts =
        [
            .. await SpecsAsync<BeaconNode>(client, @namespace),
            .. await SpecsAsync<StatefulSet>(client, @namespace),
            .. await SpecsAsync<Service>(client, @namespace),
            .. await SpecsAsync<PersistentVolumeClaim>(client, @namespace),
            .. await SpecsAsync<PodDisruptionBudget>(client, @namespace),
            .. await NamesAsync<Pod>(client, @namespace),
        ];
        foreach (Secret secret in (await client.ListAllAsync<Secret>(@namespace, null, CancellationToken.None)).Items.OrderBy(secret => secret.Metadata.Name, StringComparer.Ordinal))
        {
            parts.Add($"Secret {secret.Metadata.Name}: {string.Join(", ", (secret.Data ?? []).Keys.Order(StringComparer.Ordinal))}");
        }

        foreach (ConfigMap map in (await client.ListAllAsync<ConfigMap>(@namespace, null, CancellationToken.None)).Items.OrderBy(map => map.Metadata.Name, StringComparer.Ordinal))
        {
            string keys = string.Join(", ", (map.Data ?? []).Keys.Concat((map.BinaryData ?? []).Keys).Order(StringComparer.Ordinal));
            parts.Add($"ConfigMap {map.Metadata.Name}: {keys}\n{map.Data?.GetValueOrDefault("peers.yaml")}{map.Data?.GetValueOrDefault("assignment.json")}");
        }

        foreach (CanaryRollout rollout in (await client.ListAllAsync<CanaryRollout>(@namespace, null, CancellationToken.None)).Items.OrderBy(rollout => rollout.Spec.Number))
        {
            parts.Add($"CanaryRollout {rollout.Metadata.Name} to {rollout.Spec.To}: {rollout.Status?.Phase}/{rollout.Status?.Reason}, {RolloutFaults.Of(rollout) ?? "on enough"}");
        }

        foreach (ChainReset reset in (await client.ListAllAsync<ChainReset>(@namespace, null, CancellationToken.None)).Items.OrderBy(reset => reset.Metadata.Name, StringComparer.Ordinal))
        {
            ChainResetStatus? status = reset.Status;
            parts.Add($"ChainReset {reset.Metadata.Name}: {status?.Phase}/{status?.Reason} to {status?.ToIteration}, {string.Join(" ", (status?.Timings ?? []).Select(timing => timing.Phase))}, keeps {status?.Archives?.Count}");
        }

        List<Testnet> testnets = (await client.ListAllAsync<Testnet>(@namespace, null, CancellationToken.None)).Items;
        parts.Add($"Testnets: {testnets.Count}");
        foreach (Testnet testnet in testnets)
        {
            IEnumerable<string> conditions = testnet.Status?.Conditions?.Select(condition => $"{condition.Type}={condition.Status}/{condition.Reason}") ?? [];
            parts.Add($"Testnet {testnet.Metadata.Name}: iteration {testnet.Status?.Iteration}");
            parts.Add($"Nodes: {testnet.Status?.Nodes?.Summary}");
            parts.AddRange(conditions);
        }

        return [.. parts.Select(part => ChainDirectory().Replace(ProtocolId().Replace(PeerId().Replace(Uid().Replace(part, "UID"), "PEER"), "/fleet/$1-X"), "$1-ROOT"))];
    }

    private static async Task<IEnumerable<string>> SpecsAsync<T>(IKubernetesClient client, string @namespace)
        where T : class, IKubernetesObject<T> =>
        from item in (await client.ListAllAsync<T>(@namespace, null, CancellationToken.None)).Items
        orderby item.Metadata.Name
        let node = KubernetesJson.ToNode(item)
        select $"{T.Resource.Kind} {item.Metadata.Name} of {item.Metadata.OwnerReferences?[0].Name}\n{Labels(item)}\n{YamlText.Write(Clean(node["spec"]))}";

    private static async Task<IEnumerable<string>> NamesAsync<T>(IKubernetesClient client, string @namespace)
        where T : class, IKubernetesObject<T> =>
        (await client.ListAllAsync<T>(@namespace, null, CancellationToken.None)).Items.Select(item => $"{T.Resource.Kind} {item.Metadata.Name}").Order(StringComparer.Ordinal);

    private static string Labels(IKubernetesObject item) =>
        string.Join(", ", (item.Metadata.Labels ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    /// <summary>
    /// Without the addresses that a server chooses, and without what is empty: that is what an apply leaves of a list or map whose entries it removed.
    /// Maps have no order, so theirs is that of their keys. A template is compared itself, so its hash says nothing more.
    /// </summary>
    private static JsonNode? Clean(JsonNode? value)
    {
        if (value is JsonObject map)
        {
            foreach ((string key, JsonNode? inner) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray())
            {
                map.Remove(key);
                if (key is not ("clusterIP" or "clusterIPs" or "volumeName" or Annotations.TemplateHash) && Clean(inner) is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 }))
                {
                    map[key] = inner;
                }
            }
        }
        else if (value is JsonArray list)
        {
            foreach (JsonNode? inner in list)
            {
                _ = Clean(inner);
            }
        }

        return value;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex("16Uiu2HA[0-9A-Za-z]+")]
    private static partial Regex PeerId();

    [GeneratedRegex("\\b([0-9]{1,3})-[0-9a-f]{8}\\b")]
    private static partial Regex ChainDirectory();

    [GeneratedRegex("/fleet/([a-z0-9]+)-[0-9a-f]+")]
    private static partial Regex ProtocolId();
}
