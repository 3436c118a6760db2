using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests;

/// <summary>What the operator's writes rely on beyond the plain ones: preconditions of apply, ownership of fields, what must not change.</summary>
public abstract class OperatorContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    private const string Merge = "application/merge-patch+json";
    private const string Apply = "application/apply-patch+yaml";
    private const string OtherUid = "11111111-2222-3333-4444-555555555555";

    private string Sets => $"/apis/apps/v1/namespaces/{Namespace}/statefulsets";

    private string Leases => $"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases";

    [Fact]
    public async Task Apply_over_another_uid_or_an_older_version_is_a_conflict()
    {
        Answer first = (await ApplyAsync("a", """{"x":"1"}""")).Expect(201);
        (await PatchAsync(Maps + "/a", Merge, """{"data":{"y":"1"}}""")).Expect(200);

        // A uid alone is a field like any other; with a version, as the operator sends it, it is a conflict.
        (await ApplyAsync("a", """{"x":"2"}""", $",\"uid\":\"{OtherUid}\"")).ExpectFailure(422, "Invalid");
        (await ApplyAsync("a", """{"x":"2"}""", $",\"uid\":\"{OtherUid}\",\"resourceVersion\":\"{first.Text("metadata.resourceVersion")}\"")).ExpectFailure(409, "Conflict");
        (await ApplyAsync("a", """{"x":"2"}""", $",\"resourceVersion\":\"{first.Text("metadata.resourceVersion")}\"")).ExpectFailure(409, "Conflict");
        Assert.Equal("1", (await GetAsync(Maps + "/a")).Text("data.x"));
    }

    [Fact]
    public async Task Apply_with_a_uid_does_not_create()
    {
        Answer answer = await ApplyAsync("gone", "{}", $",\"uid\":\"{OtherUid}\"");

        Assert.Equal(409, answer.Status);
        (await GetAsync(Maps + "/gone")).Expect(404);
    }

    [Fact]
    public async Task What_was_updated_can_be_turned_into_what_was_applied()
    {
        Answer created = (await PostAsync(Maps + "?fieldManager=me", MapJson("a", """{"x":"1","y":"1"}"""))).Expect(201);
        JsonArray entries = created["metadata.managedFields"]!.DeepClone().AsArray();
        Assert.Equal("Update", (string?)entries[0]!["operation"]);
        entries[0]!["operation"] = "Apply";
        var change = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = created.Text("metadata.uid"), ["resourceVersion"] = created.Text("metadata.resourceVersion"), ["managedFields"] = entries } };
        Answer moved = (await PatchAsync(Maps + "/a?fieldManager=me", Merge, change.ToJsonString())).Expect(200);
        Assert.Equal(["Apply"], moved["metadata.managedFields"]!.AsArray().Select(entry => (string)entry!["operation"]!));

        // Now what is no longer said goes.
        Answer applied = (await ApplyAsync("a", """{"x":"1"}""")).Expect(200);
        Assert.Equal("""{"x":"1"}""", applied["data"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"spec":{"selector":{"matchLabels":{"a":"b","c":"d"}}}}""")]
    [InlineData("""{"spec":{"serviceName":"other"}}""")]
    [InlineData("""{"spec":{"podManagementPolicy":"Parallel"}}""")]
    [InlineData("""{"spec":{"volumeClaimTemplates":[{"metadata":{"name":"d"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]}}""")]
    [InlineData("""{"spec":{"template":{"metadata":{"labels":{"a":"other"}}}}}""")]
    public async Task A_stateful_set_keeps_what_makes_it_one(string change)
    {
        (await PostAsync(Sets, StatefulSets.Minimal("s"))).Expect(201);

        (await PatchAsync(Sets + "/s", Merge, change)).ExpectFailure(422, "Invalid");
    }

    [Theory]
    [InlineData("""{"spec":{"replicas":0}}""")]
    [InlineData("""{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}""")]
    [InlineData("""{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":5}}}}""")]
    public async Task A_stateful_set_changes_what_it_may(string change)
    {
        (await PostAsync(Sets, StatefulSets.Minimal("s"))).Expect(201);

        (await PatchAsync(Sets + "/s", Merge, change)).Expect(200);
    }

    [Theory]
    [InlineData("""{"data":{"k":"Mg=="}}""")]
    [InlineData("""{"immutable":false}""")]
    [InlineData("""{"immutable":null}""")]
    public async Task An_immutable_Secret_stays(string change)
    {
        string secrets = $"/api/v1/namespaces/{Namespace}/secrets";
        (await PostAsync(secrets, """{"metadata":{"name":"s"},"immutable":true,"data":{"k":"MQ=="}}""")).Expect(201);

        (await PatchAsync(secrets + "/s", Merge, change)).ExpectFailure(422, "Invalid");
        (await PatchAsync(secrets + "/s", Merge, """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
    }

    [Theory]
    [InlineData("""{"spec":{"storageClassName":"other"}}""")]
    [InlineData("""{"spec":{"accessModes":["ReadWriteMany"]}}""")]
    public async Task A_claim_keeps_its_class_and_modes(string change)
    {
        string claims = $"/api/v1/namespaces/{Namespace}/persistentvolumeclaims";
        (await PostAsync(claims, """{"metadata":{"name":"c"},"spec":{"storageClassName":"one","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""")).Expect(201);

        (await PatchAsync(claims + "/c", Merge, change)).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task A_claim_that_is_not_bound_does_not_grow()
    {
        string claims = $"/api/v1/namespaces/{Namespace}/persistentvolumeclaims";
        (await PostAsync(claims, """{"metadata":{"name":"c"},"spec":{"storageClassName":"one","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""")).Expect(201);

        (await PatchAsync(claims + "/c", Merge, """{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}""")).ExpectFailure(422, "Invalid");
        Assert.Equal("1Gi", (await GetAsync(claims + "/c")).Text("spec.resources.requests.storage"));
    }

    [Fact]
    public async Task A_lease_is_renewed_by_whoever_read_it_last()
    {
        Answer lease = (await PostAsync(Leases, """{"metadata":{"name":"l"},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,"renewTime":"2026-01-02T03:04:05.000006Z"}}""")).Expect(201);
        JsonNode stale = lease.Body!.DeepClone();
        JsonNode fresh = lease.Body!.DeepClone();
        fresh["spec"]!["renewTime"] = "2026-01-02T03:04:07.000006Z";

        Answer renewed = (await PutAsync(Leases + "/l", fresh)).Expect(200);

        Assert.Equal("2026-01-02T03:04:07.000006Z", renewed.Text("spec.renewTime"));
        (await PutAsync(Leases + "/l", stale)).ExpectFailure(409, "Conflict");
        (await PatchAsync(Leases + "/l", Merge, """{"spec":{"leaseDurationSeconds":0}}""")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task An_event_counts_up()
    {
        string events = $"/api/v1/namespaces/{Namespace}/events";
        string body = """
            {"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"@ns"},"reason":"R","message":"m","type":"Normal","count":1,
            "source":{"component":"c"},"firstTimestamp":"2026-01-02T03:04:05Z","lastTimestamp":"2026-01-02T03:04:05Z"}
            """.Replace("@ns", Namespace, StringComparison.Ordinal);
        (await PostAsync(events, body)).Expect(201);

        Answer counted = (await PatchAsync(events + "/e", Merge, """{"count":2,"lastTimestamp":"2026-01-02T03:05:05Z"}""")).Expect(200);

        Assert.Equal((2, "2026-01-02T03:05:05Z"), ((int)counted["count"]!, counted.Text("lastTimestamp")));
        (await PostAsync(events, body.Replace($"\"namespace\":\"{Namespace}\"", "\"namespace\":\"elsewhere\"", StringComparison.Ordinal).Replace("\"e\"", "\"f\"", StringComparison.Ordinal))).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task Whether_one_may_is_answered()
    {
        Answer answer = (await PostAsync(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"default","verb":"create","resource":"secrets"}}}""")).Expect(201);

        Assert.True((bool)answer["status.allowed"]!);
    }

    private Task<Answer> ApplyAsync(string name, string data, string metadata = "") => PatchAsync(
        $"{Maps}/{name}?fieldManager=me&force=true",
        Apply,
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"@name"@metadata},"data":@data}"""
            .Replace("@name", name, StringComparison.Ordinal).Replace("@metadata", metadata, StringComparison.Ordinal).Replace("@data", data, StringComparison.Ordinal));
}

public sealed class OperatorOnLocalCluster(ContractServers servers) : OperatorContract(servers, ServerKind.Local);

public sealed class OperatorOnRealServer(ContractServers servers) : OperatorContract(servers, ServerKind.Real);

public sealed class OperatorOnNewerServer(ContractServers servers) : OperatorContract(servers, ServerKind.Newer);
