using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests;

/// <summary>What a namespace holds, without what chance decides: uids, keys, times, versions.</summary>
internal static partial class WorldDump
{
    public static async Task<string> TakeAsync(IKubernetesClient client, string @namespace)
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

        foreach (Testnet testnet in (await client.ListAllAsync<Testnet>(@namespace, null, CancellationToken.None)).Items)
        {
            IEnumerable<string> conditions = testnet.Status?.Conditions?.Select(condition => $"{condition.Type}={condition.Status}/{condition.Reason}") ?? [];
            parts.Add($"Testnet {testnet.Metadata.Name}: {string.Join(", ", conditions)}, {testnet.Status?.Nodes?.Summary}, iteration {testnet.Status?.Iteration}");
        }

        string text = string.Join("\n", parts);
        text = Uid().Replace(text, "UID");
        text = PeerId().Replace(text, "PEER");
        return ProtocolId().Replace(text, "/fleet/$1-X");
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

    /// <summary>Addresses that a server chooses.</summary>
    private static JsonNode? Clean(JsonNode? spec)
    {
        if (spec is JsonObject map)
        {
            map.Remove("clusterIP");
            map.Remove("clusterIPs");
            map.Remove("volumeName");
        }

        return spec;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex("16Uiu2HA[0-9A-Za-z]+")]
    private static partial Regex PeerId();

    [GeneratedRegex("/fleet/([a-z0-9]+)-[0-9a-f]+")]
    private static partial Regex ProtocolId();
}
