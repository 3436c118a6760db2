using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes.Tests;

public sealed class SerializationTests
{
    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","future":{"x":1}},"spec":{"containers":[{"name":"c","image":"i","newField":[1,2]}],"novelty":true}}""")]
    [InlineData("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","creationTimestamp":"2026-01-02T03:04:05Z"},"spec":{"containers":[{"name":"c","ports":[{"name":"p","containerPort":9000}],"env":[{"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}],"livenessProbe":{"httpGet":{"path":"/healthz","port":5052}},"readinessProbe":{"tcpSocket":{"port":"http"}},"resources":{"limits":{"cpu":"500m","memory":"1Gi"}},"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}],"volumes":[{"name":"v","projected":{"sources":[{"configMap":{"name":"m","optional":true}}]}},{"name":"w","persistentVolumeClaim":{"claimName":"d"}}],"hostPID":true,"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"k","whenUnsatisfiable":"ScheduleAnyway"}]},"status":{"phase":"Running","podIP":"127.5.0.1","podIPs":[{"ip":"127.5.0.1"}],"containerStatuses":[{"name":"c","ready":true,"restartCount":2,"image":"i","imageID":"j","containerID":"k","state":{"terminated":{"exitCode":137,"finishedAt":"2026-01-02T03:04:05Z"}}}]}}""")]
    public void A_pod_survives_reading_and_writing_with_every_field(string json) => RoundTrips<Pod>(json);

    [Theory]
    [InlineData("""{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"t.x.dev"},"spec":{"group":"x.dev","names":{"plural":"t","kind":"T"},"scope":"Namespaced","versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"a":{"type":"integer","default":3,"enum":[1,2,3]},"m":{"type":"object","additionalProperties":{"type":"string"}},"n":{"type":"object","additionalProperties":true},"p":{"x-kubernetes-int-or-string":true,"x-kubernetes-validations":[{"rule":"self > 0","message":"m"}]}}}},"subresources":{"status":{}},"additionalPrinterColumns":[{"name":"A","type":"integer","jsonPath":".spec.a"}]}]}}""")]
    public void A_definition_survives_reading_and_writing_with_every_field(string json) => RoundTrips<CustomResourceDefinition>(json);

    [Theory]
    [InlineData("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,"renewTime":"2026-01-02T03:04:05.123456Z"}}""")]
    public void A_lease_keeps_its_microseconds(string json) => RoundTrips<Lease>(json);

    [Theory]
    [InlineData("""{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"maxUnavailable":"33%","selector":{"matchLabels":{"a":"b"}}}}""")]
    public void A_budget_keeps_percentages(string json) => RoundTrips<PodDisruptionBudget>(json);

    [Fact]
    public void Secret_data_is_base64()
    {
        var secret = new Secret { Metadata = new ObjectMeta { Name = "s" }, Data = new() { ["k"] = "hello"u8.ToArray() } };

        string json = Encoding.UTF8.GetString(KubernetesJson.Serialize(secret));

        Assert.Contains("\"aGVsbG8=\"", json, StringComparison.Ordinal);
        Assert.StartsWith("""{"apiVersion":"v1","kind":"Secret","metadata":""", json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clone_shares_nothing()
    {
        var map = new ConfigMap { Metadata = new ObjectMeta { Name = "m", Labels = new() { ["a"] = "b" } } };

        ConfigMap clone = KubernetesJson.Clone(map);
        clone.Metadata.Labels!["a"] = "c";

        Assert.Equal("b", map.Metadata.Labels["a"]);
        Assert.False(KubernetesJson.DeepEquals(map, clone, ConfigMap.JsonType));
    }

    [Fact]
    public void Order_of_fields_does_not_matter_for_equality()
    {
        ConfigMap left = KubernetesJson.Deserialize<ConfigMap>("""{"metadata":{"name":"m"},"data":{"a":"1","b":"2"}}"""u8);
        ConfigMap right = KubernetesJson.Deserialize<ConfigMap>("""{"data":{"b":"2","a":"1"},"metadata":{"name":"m"}}"""u8);

        Assert.True(KubernetesJson.DeepEquals(left, right, ConfigMap.JsonType));
    }

    [Fact]
    public void Damaged_JSON_is_a_JSON_error()
    {
        Assert.Throws<JsonException>(() => KubernetesJson.Deserialize<Pod>("""{"metadata":{"name":"""u8));
        Assert.Throws<JsonException>(() => KubernetesJson.Deserialize<Pod>("""{"metadata":{"creationTimestamp":"yesterday"}}"""u8));
        Assert.Throws<JsonException>(() => KubernetesJson.Deserialize<Pod>("null"u8));
    }

    [Theory]
    [InlineData("pods", "ns", "a", null, "/api/v1/namespaces/ns/pods/a")]
    [InlineData("pods", null, null, null, "/api/v1/pods")]
    [InlineData("pods", "ns", "a", "status", "/api/v1/namespaces/ns/pods/a/status")]
    public void Core_paths_are_those_of_the_API(string plural, string? @namespace, string? name, string? subresource, string expected)
    {
        Assert.Equal(plural, Pod.Resource.Plural);
        Assert.Equal(expected, Pod.Resource.Path(@namespace, name, subresource));
    }

    [Fact]
    public void Group_paths_and_cluster_paths_are_those_of_the_API()
    {
        Assert.Equal("/apis/apps/v1/namespaces/n/statefulsets", StatefulSet.Resource.Path("n"));
        Assert.Equal("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/a.b", CustomResourceDefinition.Resource.Path("ignored", "a.b"));
        Assert.Equal("/api/v1/namespaces/n%2F..", Namespace.Resource.Path(null, "n/.."));
        Assert.True(StatefulSet.Resource.IsSameKind("apps/v1beta2", "StatefulSet"));
        Assert.False(StatefulSet.Resource.IsSameKind("v1", "StatefulSet"));
    }

    [Fact]
    public void Selectors_match_what_the_API_says_they_match()
    {
        var selector = new LabelSelector
        {
            MatchLabels = new() { ["a"] = "1" },
            MatchExpressions = [new() { Key = "b", Operator = "In", Values = ["x", "y"] }, new() { Key = "c", Operator = "DoesNotExist" }],
        };

        Assert.Equal("a=1,b in (x,y),!c", selector.ToString());
        Assert.True(selector.Matches(new Dictionary<string, string> { ["a"] = "1", ["b"] = "y" }));
        Assert.False(selector.Matches(new Dictionary<string, string> { ["a"] = "1", ["b"] = "y", ["c"] = "" }));
        Assert.False(selector.Matches(null));
        Assert.True(new LabelSelector().Matches(null));
        Assert.True(new LabelSelectorRequirement { Key = "z", Operator = "NotIn", Values = ["1"] }.Matches(null));
    }

    [Fact]
    public void An_owner_without_identity_cannot_be_referred_to()
    {
        var owner = new ConfigMap { Metadata = new ObjectMeta { Name = "m" } };

        Assert.Throws<ArgumentException>(() => OwnerReference.To(owner));
        owner.Metadata.Uid = "u";
        Assert.Equal(("v1", "ConfigMap", "m", "u"), OwnerReference.To(owner) is var r ? (r.ApiVersion, r.Kind, r.Name, r.Uid) : default);
    }

    private static void RoundTrips<T>(string json)
        where T : class, IKubernetesObject<T>
    {
        T value = KubernetesJson.Deserialize<T>(Encoding.UTF8.GetBytes(json));

        JsonNode? written = JsonNode.Parse(KubernetesJson.Serialize(value));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), written), written!.ToJsonString());
    }
}
