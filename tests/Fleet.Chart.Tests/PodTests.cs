using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Planning.Children;

namespace Fleet.Chart.Tests;

/// <summary>The operator's pods, who reaches them and the nodes, and who reads their metrics.</summary>
public sealed class PodTests
{
    public static TheoryData<string> Names => [.. Rendered.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Pods_meet_Pod_Security_restricted_with_a_read_only_root(string name)
    {
        JsonNode pod = Rendered.Read(name).Only("Deployment").At("spec.template.spec")!;
        Assert.Equal("true", pod.Text("securityContext.runAsNonRoot"));
        Assert.Equal("65532", pod.Text("securityContext.runAsUser"));
        Assert.Equal("RuntimeDefault", pod.Text("securityContext.seccompProfile.type"));
        Assert.All((string[])["hostNetwork", "hostPID", "hostIPC"], field => Assert.Null(pod.At(field)));
        Assert.All(pod.Items("volumes"), volume => Assert.NotNull(volume.At("emptyDir.sizeLimit")));
        foreach (JsonObject container in pod.Items("containers"))
        {
            Assert.Equal("false", container.Text("securityContext.allowPrivilegeEscalation"));
            Assert.Equal("true", container.Text("securityContext.readOnlyRootFilesystem"));
            Assert.Equal(["ALL"], container.Texts("securityContext.capabilities.drop"));
            Assert.Null(container.At("securityContext.capabilities.add"));
            Assert.Null(container.At("securityContext.privileged"));
        }
    }

    [Fact]
    public void Images_are_taken_by_digest_before_tag_and_by_the_charts_version_otherwise()
    {
        JsonObject given = Container("everything");
        Assert.StartsWith("registry.example/fleet/operator@sha256:", given.Text("image"), StringComparison.Ordinal);
        Assert.Contains("--beacon-image=registry.example/fleet/beacon:1.4.0", given.Texts("args"));
        string version = File.ReadLines(Path.Combine(Repository.Chart, "Chart.yaml")).Single(line => line.StartsWith("appVersion: ", StringComparison.Ordinal))["appVersion: ".Length..];
        JsonObject chosen = Container("default");
        Assert.EndsWith("/operator:" + version, chosen.Text("image"), StringComparison.Ordinal);
        Assert.Single(chosen.Texts("args"), argument => argument.StartsWith("--beacon-image=", StringComparison.Ordinal) && argument.EndsWith("/beacon:" + version, StringComparison.Ordinal));
    }

    [Fact]
    public void Arguments_and_variables_of_the_user_come_last()
    {
        JsonObject container = Container("everything");
        Assert.Equal(["--log-level=debug", "--max-concurrent-reconciles=8"], container.Texts("args")[^2..]);
        Assert.Equal(["DOTNET_gcServer", "NODE_NAME"], container.Items("env").Select(variable => variable.Text("name")!));
        Assert.Contains("--metrics-bind-address=:9090", container.Texts("args"));
        Assert.Contains("--health-probe-bind-address=:9091", container.Texts("args"));
        Assert.Equal(["9090", "9091"], container.Items("ports").Select(port => port.Text("containerPort")!));
    }

    [Fact]
    public void More_than_one_replica_has_a_budget()
    {
        foreach (string name in Rendered.Names)
        {
            var rendered = Rendered.Read(name);
            JsonObject deployment = rendered.Only("Deployment");
            bool isAlone = deployment.Text("spec.replicas") == "1";
            Assert.Equal(isAlone ? 0 : 1, rendered.Of("PodDisruptionBudget").Count);
            Assert.All(rendered.Of("PodDisruptionBudget"), budget =>
            {
                Assert.Equal("1", budget.Text("spec.maxUnavailable"));
                Assert.True(deployment.Entries("spec.template.metadata.labels").Meets(budget.Entries("spec.selector.matchLabels")));
            });
        }
    }

    [Theory]
    [InlineData("default", "fleet-system")]
    [InlineData("namespaces", "team-a team-b")]
    [InlineData("all-namespaces", "public-testnets")]
    [InlineData("everything", "fleet-system")]
    [InlineData("smallest", "")]
    public void Nodes_are_protected_in_every_watched_namespace(string name, string namespaces) =>
        Assert.Equal(namespaces, string.Join(' ', NodePolicies(Rendered.Read(name)).Select(policy => policy.Text("metadata.namespace"))));

    [Theory]
    [MemberData(nameof(Names))]
    public void Nodes_are_reached_by_p2p_from_anywhere_and_by_the_rest_from_operator_and_monitoring(string name)
    {
        var rendered = Rendered.Read(name);
        JsonObject deployment = rendered.Only("Deployment");
        foreach (JsonObject policy in NodePolicies(rendered))
        {
            Assert.Equal(["Ingress", "Egress"], policy.Texts("spec.policyTypes"));
            Assert.True(NodeLabels().Meets(policy.Entries("spec.podSelector.matchLabels")));
            Assert.False(deployment.Entries("spec.template.metadata.labels").Meets(policy.Entries("spec.podSelector.matchLabels")));

            JsonObject[] rules = [.. policy.Items("spec.ingress")];
            Assert.Equal(2, rules.Length);
            Assert.Equal([$"{Ports.P2P}/TCP", $"{Ports.P2P}/UDP"], PortsOf(rules[0]));
            Assert.Null(rules[0].At("from"));
            Assert.Equal([$"{Ports.Http}/TCP", $"{Ports.Metrics}/TCP", $"{Ports.ValidatorMetrics}/TCP"], PortsOf(rules[1]));
            JsonObject[] sources = [.. rules[1].Items("from")];
            Assert.Equal("fleet-system", Namespace(sources[0]));
            Assert.True(deployment.Entries("spec.template.metadata.labels").Meets(sources[0].Entries("podSelector.matchLabels")));
            Assert.NotEmpty(sources[0].Entries("podSelector.matchLabels"));
            Assert.All(sources[1..], source => Assert.True(Namespace(source) == "monitoring" || source.At("ipBlock") is not null));
        }
    }

    [Fact]
    public void Nodes_reach_names_and_peers_and_what_is_added()
    {
        JsonObject[] closed = [.. NodePolicies(Rendered.Read("default"))[0].Items("spec.egress")];
        Assert.Equal(["53/UDP 53/TCP", $"{Ports.P2P}/TCP {Ports.P2P}/UDP"], closed.Select(rule => string.Join(' ', PortsOf(rule))));
        Assert.All(closed, rule => Assert.Null(rule.At("to")));
        JsonObject[] opened = [.. NodePolicies(Rendered.Read("everything"))[0].Items("spec.egress")];
        Assert.Equal(["4317/TCP"], PortsOf(opened[2]));
    }

    [Fact]
    public void The_operator_is_reached_for_metrics_by_the_monitoring_only()
    {
        Assert.Empty(OperatorPolicy("default").Items("spec.ingress"));
        JsonObject rule = Assert.Single(OperatorPolicy("everything").Items("spec.ingress"));
        Assert.Equal(["9090/TCP"], PortsOf(rule));
        Assert.Equal("monitoring", Namespace(Assert.Single(rule.Items("from"))));
    }

    [Fact]
    public void Monitors_find_what_they_read()
    {
        var rendered = Rendered.Read("namespaces");
        JsonObject service = rendered.Only("Service");
        JsonObject services = rendered.Only("ServiceMonitor");
        Assert.True(service.Entries("metadata.labels").Meets(services.Entries("spec.selector.matchLabels")));
        Assert.Equal(service.Items("spec.ports").Select(port => port.Text("name")), services.Items("spec.endpoints").Select(endpoint => endpoint.Text("port")));
        Assert.True(rendered.Only("Deployment").Entries("spec.template.metadata.labels").Meets(service.Entries("spec.selector")));
        Assert.Equal("prometheus", services.Text("metadata.labels.release"));

        JsonObject pods = rendered.Only("PodMonitor");
        Assert.True(NodeLabels().Meets(pods.Entries("spec.selector.matchLabels")));
        Assert.Equal(["team-a", "team-b"], pods.Texts("spec.namespaceSelector.matchNames"));
        Assert.Equal("true", Rendered.Read("all-namespaces").Only("PodMonitor").Text("spec.namespaceSelector.any"));
        string[] ports = [.. Template().Spec!.Containers.SelectMany(container => container.Ports!).Select(port => port.Name!)];
        Assert.All(pods.Items("spec.podMetricsEndpoints"), endpoint => Assert.Contains(endpoint.Text("port"), ports));

        // What the alerts name things by: labels of pods under short names, and of what the operator tells its own.
        foreach (JsonObject endpoint in pods.Items("spec.podMetricsEndpoints"))
        {
            Assert.Equal(["testnet", "node", "role", "iteration"], endpoint.Items("relabelings").Select(rule => rule.Text("targetLabel")!));
            Assert.All(endpoint.Items("relabelings"), rule => Assert.Equal(
                ["__meta_kubernetes_pod_label_" + FleetGroup.Name.Replace('.', '_') + "_" + rule.Text("targetLabel")], rule.Texts("sourceLabels")));
            Assert.All(endpoint.Items("relabelings"), rule => Assert.Contains(FleetGroup.Name + "/" + rule.Text("targetLabel"), NodeLabels().Keys));
        }

        Assert.All(services.Items("spec.endpoints"), endpoint => Assert.Equal("true", endpoint.Text("honorLabels"), ignoreCase: true));
    }

    private static JsonObject Container(string name) => Assert.Single(Rendered.Read(name).Only("Deployment").Items("spec.template.spec.containers"));

    private static JsonObject[] NodePolicies(Rendered rendered) => [.. rendered.Of("NetworkPolicy").Where(policy => policy.Text("metadata.name")!.EndsWith("-nodes", StringComparison.Ordinal))];

    private static JsonObject OperatorPolicy(string name) => Assert.Single(Rendered.Read(name).Of("NetworkPolicy"), policy => !policy.Text("metadata.name")!.EndsWith("-nodes", StringComparison.Ordinal));

    private static string[] PortsOf(JsonObject rule) => [.. rule.Items("ports").Select(port => $"{port.Text("port")}/{port.Text("protocol")}")];

    private static string? Namespace(JsonObject peer) => peer.At("namespaceSelector.matchLabels")?["kubernetes.io/metadata.name"]?.ToString();

    /// <summary>The pod the operator makes of a node with keys.</summary>
    private static Kubernetes.Models.PodTemplateSpec Template() => PodTemplateBuilder.Build(new PodParameters(
        new BeaconNode
        {
            Metadata = new Kubernetes.Models.ObjectMeta { Name = "devnet-eu-0", Namespace = "team-a" },
            Spec = new BeaconNodeSpec { Testnet = "devnet", Role = NodeRoles.Node, KeysSecretRef = new SecretReference { Name = "devnet-eu-0-keys-i1" } },
        },
        "beacon:1",
        1,
        "devnet-eu-0-identity",
        1));

    private static Dictionary<string, string> NodeLabels() => Template().Metadata!.Labels!;
}
