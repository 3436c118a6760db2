using System.Text.Json.Nodes;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Contract.Tests;

/// <summary>What a server says about itself, and whom it lets in.</summary>
public abstract class DiscoveryContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    [Fact]
    public async Task The_core_versions_and_the_groups_are_listed()
    {
        Answer core = (await GetAsync("/api")).Expect(200);
        Answer groups = (await GetAsync("/apis")).Expect(200);

        Assert.Equal("APIVersions", core.Text("kind"));
        Assert.Equal(["v1"], core["versions"]!.AsArray().Select(item => (string)item!));
        Assert.Equal("APIGroupList", groups.Text("kind"));
        string[] names = [.. groups["groups"]!.AsArray().Select(item => (string)item!["name"]!)];
        foreach (string name in (string[])["apps", "policy", "coordination.k8s.io", "apiextensions.k8s.io"])
        {
            Assert.Contains(name, names);
        }

        Answer apps = (await GetAsync("/apis/apps")).Expect(200);
        Assert.Equal(("APIGroup", "apps", "v1"), (apps.Text("kind"), apps.Text("name"), apps.Text("preferredVersion.version")));
    }

    [Theory]
    [InlineData("/api/v1", "configmaps ConfigMap true cm")]
    [InlineData("/api/v1", "pods Pod true po")]
    [InlineData("/api/v1", "pods/log Pod true ")]
    [InlineData("/api/v1", "pods/proxy PodProxyOptions true ")]
    [InlineData("/api/v1", "secrets Secret true ")]
    [InlineData("/api/v1", "services Service true svc")]
    [InlineData("/api/v1", "namespaces Namespace false ns")]
    [InlineData("/api/v1", "persistentvolumeclaims PersistentVolumeClaim true pvc")]
    [InlineData("/api/v1", "events Event true ev")]
    [InlineData("/apis/apps/v1", "statefulsets StatefulSet true sts")]
    [InlineData("/apis/apps/v1", "statefulsets/status StatefulSet true ")]
    [InlineData("/apis/policy/v1beta1", "poddisruptionbudgets PodDisruptionBudget true pdb")]
    [InlineData("/apis/coordination.k8s.io/v1", "leases Lease true ")]
    [InlineData("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions CustomResourceDefinition false crd,crds")]
    public async Task A_kind_is_found_under_its_names(string path, string expected)
    {
        // Budgets have one version on 1.20 and another from 1.25 on; the embedded cluster serves both.
        Answer resources = (await GetAsync(Kind == ServerKind.Newer ? path.Replace("v1beta1", "v1", StringComparison.Ordinal) : path)).Expect(200);
        string name = expected.Split(' ')[0];
        JsonNode resource = Assert.Single(resources["resources"]!.AsArray(), item => (string?)item!["name"] == name)!;

        string shortNames = string.Join(',', (resource["shortNames"]?.AsArray() ?? []).Select(item => (string)item!));
        Assert.Equal(expected, $"{name} {(string?)resource["kind"]} {((bool)resource["namespaced"]! ? "true" : "false")} {shortNames}");
        Assert.Equal("APIResourceList", resources.Text("kind"));
    }

    [Fact]
    public async Task Health_version_and_schema_are_served()
    {
        (await GetAsync("/healthz")).Expect(200);
        (await GetAsync("/readyz")).Expect(200);
        Answer version = (await GetAsync("/version")).Expect(200);
        Answer schema = (await GetAsync("/openapi/v2")).Expect(200);

        Assert.StartsWith("v1.", version.Text("gitVersion")!, StringComparison.Ordinal);
        Assert.Equal("1", version.Text("major"));
        Assert.Equal("2.0", schema.Text("swagger"));
        JsonNode definitions = schema["definitions"]!;
        foreach (string name in (string[])["io.k8s.api.core.v1.Pod", "io.k8s.api.core.v1.ConfigMap", "io.k8s.api.apps.v1.StatefulSet", "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"])
        {
            Assert.NotNull(definitions[name]);
        }

        Assert.Contains("StatefulSet", definitions["io.k8s.api.apps.v1.StatefulSet"]!["x-kubernetes-group-version-kind"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_shows_no_valid_token_gets_nothing()
    {
        KubernetesClientConfig config = Kubernetes.Kubeconfig.Load(new KubeconfigOptions { Path = await Servers.KubeconfigAsync(Kind) });
        using var stranger = new KubernetesClient(config with { Credentials = CredentialSource.Token("wrong") });

        Answer answer = await SendAsync(stranger, "GET", Maps, null, "application/json", "application/json");

        answer.ExpectFailure(401, "Unauthorized");
    }

    [Theory]
    [InlineData("configmaps", "Name,Data,Age")]
    [InlineData("pods", "Name,Ready,Status,Restarts,Age,IP,Node,Nominated Node,Readiness Gates")]
    [InlineData("secrets", "Name,Type,Data,Age")]
    [InlineData("services", "Name,Type,Cluster-IP,External-IP,Port(s),Age,Selector")]
    [InlineData("persistentvolumeclaims", "Name,Status,Volume,Capacity,Access Modes,StorageClass,Age,VolumeMode")]
    [InlineData("events", "Last Seen,Type,Reason,Object,Subobject,Source,Message,First Seen,Count,Name")]
    public async Task Tables_of_core_kinds_have_the_usual_columns(string plural, string columns)
    {
        Answer table = (await SendAsync("GET", $"/api/v1/namespaces/{Namespace}/{plural}", accept: "application/json;as=Table;v=v1;g=meta.k8s.io")).Expect(200);

        // A column that came with 1.34.
        Assert.Equal(columns, string.Join(',', table["columnDefinitions"]!.AsArray().Select(item => (string)item!["name"]!).Where(column => column != "VolumeAttributesClass")));
    }

    [Fact]
    public async Task Metadata_alone_can_be_asked_for()
    {
        await MapAsync("a", """{"k":"v"}""");

        Answer one = (await SendAsync("GET", Maps + "/a", accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")).Expect(200);

        Assert.Equal(("PartialObjectMetadata", "a"), (one.Text("kind"), one.Text("metadata.name")));
        Assert.Null(one["data"]);
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_know_is_refused() =>
        Assert.Equal(405, (await SendAsync("POST", Maps + "/a", "{}")).Status);

    [Fact]
    public async Task The_client_finds_disruption_budgets_in_the_version_there_is()
    {
        var budget = new PodDisruptionBudget
        {
            Metadata = new ObjectMeta { Name = "b", Namespace = Namespace },
            Spec = new PodDisruptionBudgetSpec { MaxUnavailable = "33%", Selector = new LabelSelector { MatchLabels = new() { ["a"] = "b" } } },
        };

        PodDisruptionBudget applied = await Client.ApplyAsync(budget, new WriteOptions { FieldManager = "me" }, Token);
        KubernetesList<PodDisruptionBudget> list = await Client.ListAsync<PodDisruptionBudget>(Namespace, null, Token);

        Assert.Equal("33%", applied.Spec!.MaxUnavailable.ToString());
        Assert.Equal("policy/v1", Assert.Single(list.Items).ApiVersion);
    }
}

public sealed class DiscoveryOnLocalCluster(ContractServers servers) : DiscoveryContract(servers, ServerKind.Local);

public sealed class DiscoveryOnRealServer(ContractServers servers) : DiscoveryContract(servers, ServerKind.Real);

public sealed class DiscoveryOnNewerServer(ContractServers servers) : DiscoveryContract(servers, ServerKind.Newer);
