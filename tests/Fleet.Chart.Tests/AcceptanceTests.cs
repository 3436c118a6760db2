using System.Text;
using System.Text.Json.Nodes;
using Fleet.Kubernetes;
using Fleet.LocalCluster;
using TestKit;

[assembly: AssemblyFixture(typeof(RealApiServerFixture))]

namespace Fleet.Chart.Tests;

/// <summary>API servers take every rendered object whole: a field they do not know would be missing in their answer.</summary>
public sealed class AcceptanceTests(RealApiServerFixture real)
{
    /// <summary>Kinds of the Prometheus operator, which no API server serves by itself.</summary>
    private static readonly string[] OfOthers = ["ServiceMonitor", "PodMonitor", "PrometheusRule"];

    /// <summary>Kinds that the local cluster does not serve.</summary>
    private static readonly string[] NotLocal = ["Deployment", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "NetworkPolicy"];

    public static TheoryData<string> Names => [.. Rendered.Names];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_real_server_takes_every_object(string name)
    {
        RealApiServer server = await real.GetAsync();
        using var client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }));

        // This one knows disruption budgets by their older name only.
        foreach (JsonObject item in Rendered.Read(name).Objects.Where(item => !OfOthers.Contains(item.Text("kind"))))
        {
            if (item.Text("apiVersion") == "policy/v1")
            {
                item["apiVersion"] = "policy/v1beta1";
            }

            await AssertTakenAsync(client, item);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_local_cluster_takes_every_object_of_a_kind_it_serves(string name)
    {
        string directory = Directory.CreateTempSubdirectory("fleet-chart-").FullName;
        try
        {
            await using Fleet.LocalCluster.LocalCluster cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { DataDir = directory, RunPods = false, RunControllers = false });
            using var client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = cluster.KubeconfigPath }));
            JsonObject[] served = [.. Rendered.Read(name).Objects.Where(item => !OfOthers.Contains(item.Text("kind")) && !NotLocal.Contains(item.Text("kind")))];
            Assert.NotEmpty(served);
            foreach (JsonObject item in served)
            {
                await AssertTakenAsync(client, item);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Creates the object without storing it, and compares what was sent with what would be stored.</summary>
    private static async Task AssertTakenAsync(KubernetesClient client, JsonObject item)
    {
        string apiVersion = item.Text("apiVersion")!;
        string plural = item.Text("kind")!.ToLowerInvariant() is var kind && kind.EndsWith('y') ? kind[..^1] + "ies" : kind + "s";
        string? @namespace = item.Text("metadata.namespace");
        if (@namespace is not null)
        {
            await EnsureNamespaceAsync(client, @namespace);
        }

        string path = (apiVersion.Contains('/', StringComparison.Ordinal) ? "/apis/" : "/api/") + apiVersion + (@namespace is null ? "" : "/namespaces/" + @namespace) + "/" + plural;
        (int status, JsonNode? answer) = await PostAsync(client, path + "?dryRun=All&fieldValidation=Strict", item);
        Assert.True(status == 201, $"{item.Text("kind")} {item.Text("metadata.name")}: {status} {answer?.ToJsonString()}");
        AssertKept(item, answer, item.Text("kind")! + " " + item.Text("metadata.name"));
    }

    private static async Task EnsureNamespaceAsync(KubernetesClient client, string name)
    {
        (int status, JsonNode? answer) = await PostAsync(client, "/api/v1/namespaces", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } });
        Assert.True(status is 201 or 409, answer?.ToJsonString());
    }

    private static async Task<(int Status, JsonNode? Answer)> PostAsync(KubernetesClient client, string path, JsonObject body)
    {
        try
        {
            using HttpResponseMessage response = await client.SendRawAsync(new RawRequest(HttpMethod.Post, path) { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) }, Token);
            return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token)));
        }
        catch (KubernetesException exception) when (exception.Code > 0)
        {
            return (exception.Code, JsonValue.Create(exception.Message));
        }
    }

    /// <summary>Everything sent is in the answer; quantities and defaults may be written otherwise or added.</summary>
    private static void AssertKept(JsonNode? sent, JsonNode? kept, string path)
    {
        switch (sent)
        {
            case null:
                break;
            case JsonObject fields:
                foreach ((string key, JsonNode? field) in fields)
                {
                    // What is empty says nothing, and servers leave it out.
                    if (field is not (null or JsonArray { Count: 0 } or JsonObject { Count: 0 }))
                    {
                        Assert.True((kept as JsonObject)?[key] is not null, $"{path}.{key} is not known to the server");
                        AssertKept(field, kept![key], $"{path}.{key}");
                    }
                }

                break;
            case JsonArray list:
                Assert.Equal(list.Count, Assert.IsType<JsonArray>(kept).Count);
                for (int i = 0; i < list.Count; i++)
                {
                    AssertKept(list[i], kept[i], $"{path}[{i}]");
                }

                break;
            default:
                Assert.True(sent.ToString() == kept?.ToString(), $"{path}: {sent} became {kept}");
                break;
        }
    }
}
