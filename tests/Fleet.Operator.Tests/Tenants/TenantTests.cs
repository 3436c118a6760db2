using System.Text;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests.Tenants;

/// <summary>A tenant who may write every field of Testnets and BeaconNodes in its namespace gets nothing that is not meant for it; judged by the operator's requests and by what is there in the end.</summary>
public sealed class TenantTests(TenantWorld world) : IClassFixture<TenantWorld>
{
    /// <summary>Keys of Secret data that may be told nowhere; keystores are encrypted and long.</summary>
    private static readonly string[] Values = ["mnemonic", "key", "password.txt", "token"];

    public static TheoryData<string> Names => [.. Probes.All.Select(probe => probe.Name)];

    [Fact]
    public void There_are_more_than_fifty_and_each_is_named_once()
    {
        Assert.True(Probes.All.Count >= 50, $"only {Probes.All.Count}");
        Assert.Equal(Probes.All.Count, Probes.All.Select(probe => probe.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_tenant_gets_nothing_by(string name)
    {
        Probe probe = Probes.All.Single(candidate => candidate.Name == name);
        string ns = "t-" + Guid.NewGuid().ToString("n")[..12];
        await world.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = ns } }, null, CancellationToken.None);
        await PlantAsync(probe.Plants(ns));
        Dictionary<string, string> before = Versions(await world.ObjectsAsync(ns));

        Testnet testnet = Plants.Testnet(ns, "net", probe.ChangeTestnet);
        await SendAsync("testnets", testnet, probe.IsNode ? "{}" : probe.Raw);
        await world.JudgedAsync<Testnet>(ns, "net", value => value.Status?.Conditions);
        if (probe.IsNode)
        {
            testnet = await world.Client.GetAsync<Testnet>(new ObjectKey(ns, "net"), CancellationToken.None);
            await SendAsync("beaconnodes", Plants.Node(ns, "evil", node => probe.ChangeNode(node, testnet)), probe.Raw);
            await world.JudgedAsync<BeaconNode>(ns, "evil", value => value.Status?.Conditions);
        }

        AssertVerdict(probe, await AcceptedAsync(probe, ns));
        await ForgeStatusAsync(probe, ns);

        IReadOnlyList<JsonObject> after = await world.ObjectsAsync(ns);
        AssertKept(before, after);
        AssertRequests(ns);
        Assert.All(after.Where(item => Kind(item) == "StatefulSet" && !before.ContainsKey(Id(item))), set => AssertPod(set, after));
        AssertNothingTold(after);
        await world.ClearAsync(ns);
    }

    private static void AssertVerdict(Probe probe, Condition? accepted)
    {
        // A node that the testnet is told to own is the testnet's to remove.
        if (accepted is not null)
        {
            Assert.True((accepted.Status == "True") == probe.IsAccepted, $"Accepted={accepted.Status}/{accepted.Reason}: {accepted.Message}");
        }
    }

    private async Task<Condition?> AcceptedAsync(Probe probe, string ns)
    {
        List<Condition>? conditions = probe.IsNode
            ? (await world.Client.FindAsync<BeaconNode>(new ObjectKey(ns, "evil"), CancellationToken.None))?.Status?.Conditions
            : (await world.Client.GetAsync<Testnet>(new ObjectKey(ns, "net"), CancellationToken.None)).Status?.Conditions;
        return conditions?.Find(condition => condition.Type == ConditionTypes.Accepted);
    }

    private async Task ForgeStatusAsync(Probe probe, string ns)
    {
        if (probe.Status is { } status)
        {
            string path = $"/apis/{FleetGroup.Name}/{FleetGroup.Version}/namespaces/{ns}/{(probe.IsNode ? "beaconnodes/evil" : "testnets/net")}/status";
            using HttpResponseMessage response = await world.Client.SendRawAsync(
                new RawRequest(HttpMethod.Patch, path) { Body = Encoding.UTF8.GetBytes("{\"status\":" + status + "}"), ContentType = "application/merge-patch+json" }, CancellationToken.None);
            await world.SettleAsync(ns);
        }
    }

    private async Task PlantAsync(IKubernetesObject[] plants)
    {
        foreach (IKubernetesObject plant in plants)
        {
            switch (plant)
            {
                case Secret secret:
                    await world.Client.CreateAsync(secret, null, CancellationToken.None);
                    break;
                case ConfigMap map:
                    await world.Client.CreateAsync(map, null, CancellationToken.None);
                    break;
                case Service service:
                    await world.Client.CreateAsync(service, null, CancellationToken.None);
                    break;
                case StatefulSet set:
                    await world.Client.CreateAsync(set, null, CancellationToken.None);
                    break;
                case PersistentVolumeClaim claim:
                    await world.Client.CreateAsync(claim, null, CancellationToken.None);
                    break;
                case Testnet testnet:
                    await world.Client.CreateAsync(testnet, null, CancellationToken.None);
                    await world.JudgedAsync<Testnet>(testnet.Metadata.Namespace!, testnet.Metadata.Name!, value => value.Status?.Conditions);
                    break;
                default:
                    throw new InvalidOperationException($"{plant.GetType().Name} is not planted");
            }
        }
    }

    private async Task SendAsync<T>(string plural, T value, string change)
        where T : class, IKubernetesObject<T>
    {
        JsonObject body = KubernetesJson.ToNode(value);
        foreach ((string field, JsonNode? fields) in JsonNode.Parse(change)!["spec"]?.AsObject() ?? [])
        {
            body["spec"]![field] = fields!.DeepClone();
        }

        string path = $"/apis/{FleetGroup.Name}/{FleetGroup.Version}/namespaces/{value.Metadata.Namespace}/{plural}";
        using HttpResponseMessage response = await world.Client.SendRawAsync(new RawRequest(HttpMethod.Post, path) { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) }, CancellationToken.None);
    }

    /// <summary>What was there is there unchanged, apart from testnets' own things, which belong to whom they belonged.</summary>
    private static void AssertKept(Dictionary<string, string> before, IReadOnlyList<JsonObject> after)
    {
        Dictionary<string, JsonObject> now = after.ToDictionary(Id, item => item, StringComparer.Ordinal);
        foreach ((string id, string version) in before)
        {
            Assert.True(now.TryGetValue(id, out JsonObject? item), $"{id} is gone");
            bool isOperators = (string?)item["metadata"]!["labels"]?[Labels.AppManagedBy] == Labels.ManagedByValue && item["metadata"]!["ownerReferences"] is not null;
            Assert.Equal(version, Version(item, isOperators || Kind(item) is "Testnet" or "Event"));
        }
    }

    /// <summary>By name only what is in a tenant's own namespace; no Secret by list or watch.</summary>
    private void AssertRequests(string ns)
    {
        Request[] requests = [.. world.Requests];
        Assert.Equal([], requests.Where(request => request.Namespace is TenantWorld.Vault or "kube-system" or "default").Distinct());
        Assert.Equal([], requests.Where(request => request.Kind == "secrets" && request.Verb is not ("get" or "create")).Distinct());
        Assert.Equal([], requests.Where(request => request.Name?.Contains('/', StringComparison.Ordinal) == true).Distinct());
        Assert.Contains(requests, request => request.Namespace == ns);
    }

    /// <summary>The pod mounts nothing but its own and what is marked for it, runs no shell, and each text of the user is one argument.</summary>
    private static void AssertPod(JsonObject set, IReadOnlyList<JsonObject> all)
    {
        JsonNode pod = set["spec"]!["template"]!["spec"]!;
        string text = pod.ToJsonString();
        Assert.All(["hostPath", "hostNetwork", "serviceAccountName", "secretKeyRef", "secretRef", "privileged", "\"command\"", "envFrom"], word => Assert.DoesNotContain(word, text, StringComparison.Ordinal));
        Assert.False((bool)pod["automountServiceAccountToken"]!);
        IEnumerable<string?> mounted = pod["volumes"]!.AsArray().Select(volume => (string?)volume!["secret"]?["secretName"])
            .Concat((pod["imagePullSecrets"]?.AsArray() ?? []).Select(reference => (string?)reference!["name"]));
        foreach (string secret in mounted.OfType<string>())
        {
            JsonNode? found = all.SingleOrDefault(item => Kind(item) == "Secret" && (string?)item["metadata"]!["name"] == secret)?["metadata"];
            bool isOwn = (string?)found?["labels"]?[Labels.AppManagedBy] == Labels.ManagedByValue && found["ownerReferences"] is not null;
            Assert.True(found is null || isOwn || (string?)found["labels"]?[Labels.Use] == "true", $"{secret} is mounted");
        }

        foreach (JsonNode? container in pod["containers"]!.AsArray())
        {
            Assert.Equal("beacon:dev", (string?)container!["image"]);
            Assert.All(container["args"]!.AsArray().Skip(1), argument => Assert.StartsWith("--", (string?)argument, StringComparison.Ordinal));
            Assert.True((bool)container["securityContext"]!["readOnlyRootFilesystem"]!);
        }
    }

    private void AssertNothingTold(IReadOnlyList<JsonObject> all)
    {
        string told = string.Join('\n', all.Where(item => Kind(item) != "Secret").Select(item => item.ToJsonString())) + world.Log;
        foreach (JsonNode data in all.Where(item => Kind(item) == "Secret").Select(item => item["data"]).OfType<JsonNode>())
        {
            foreach (string value in Values.Select(key => (string?)data[key]).OfType<string>())
            {
                Assert.DoesNotContain(Encoding.UTF8.GetString(Convert.FromBase64String(value)).Trim(), told, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(value, told, StringComparison.Ordinal);
            }
        }

        Assert.DoesNotContain('\u001b', world.Log);
        foreach (JsonObject item in all.Where(item => Kind(item) is "Event" or "ConfigMap"))
        {
            Assert.DoesNotContain("\\u001b", item.ToJsonString(), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("forged", item.ToJsonString(), StringComparison.Ordinal);
        }
    }

    private static string Kind(JsonObject item) => (string)item["kind"]!;

    private static string Id(JsonObject item) => $"{Kind(item)}/{(string?)item["metadata"]!["name"]}";

    private static string Version(JsonObject item, bool byOwner) =>
        byOwner ? item["metadata"]!["ownerReferences"]?.ToJsonString() ?? (string)item["metadata"]!["uid"]! : (string)item["metadata"]!["resourceVersion"]!;

    private static Dictionary<string, string> Versions(IReadOnlyList<JsonObject> items) => items.ToDictionary(
        Id,
        item => Version(item, ((string?)item["metadata"]!["labels"]?[Labels.AppManagedBy] == Labels.ManagedByValue && item["metadata"]!["ownerReferences"] is not null) || Kind(item) is "Testnet" or "Event"),
        StringComparer.Ordinal);
}
