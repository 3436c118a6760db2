using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests;

/// <summary>Create, read, replace: names, versions, refusals.</summary>
public abstract class CrudContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    [Fact]
    public async Task A_created_object_gets_identity_version_and_time()
    {
        Answer created = await MapAsync("a", """{"k":"v"}""");
        Answer read = (await GetAsync(Maps + "/a")).Expect(200);

        Assert.Equal(36, created.Text("metadata.uid")!.Length);
        Assert.True(ulong.Parse(created.Text("metadata.resourceVersion")!, System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Matches("^[0-9-]{10}T[0-9:]{8}Z$", created.Text("metadata.creationTimestamp")!);
        Assert.Equal(("ConfigMap", "v1", Namespace, "v"), (created.Text("kind"), created.Text("apiVersion"), created.Text("metadata.namespace"), created.Text("data.k")));
        Assert.Equal(created.Body!["metadata"]!["uid"]!.ToJsonString(), read.Body!["metadata"]!["uid"]!.ToJsonString());
        Assert.Equal(created.Text("metadata.resourceVersion"), read.Text("metadata.resourceVersion"));
    }

    [Fact]
    public async Task GenerateName_gives_a_fresh_name_each_time()
    {
        Answer first = (await PostAsync(Maps, """{"metadata":{"generateName":"g-"}}""")).Expect(201);
        Answer second = (await PostAsync(Maps, """{"metadata":{"generateName":"g-"}}""")).Expect(201);

        Assert.Matches("^g-[a-z0-9]{5}$", first.Text("metadata.name")!);
        Assert.NotEqual(first.Text("metadata.name"), second.Text("metadata.name"));
        Assert.Equal("g-", first.Text("metadata.generateName"));
    }

    [Fact]
    public async Task The_same_name_twice_is_refused()
    {
        await MapAsync("a");

        Answer again = (await PostAsync(Maps, MapJson("a"))).ExpectFailure(409, "AlreadyExists");

        Assert.Equal("configmaps \"a\" already exists", again.Text("message"));
        Assert.Equal(("a", "configmaps"), (again.Text("details.name"), again.Text("details.kind")));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        Answer answer = (await GetAsync(Maps + "/nope")).ExpectFailure(404, "NotFound");

        Assert.Equal("configmaps \"nope\" not found", answer.Text("message"));
        (await DeleteAsync(Maps + "/nope")).ExpectFailure(404, "NotFound");
        (await PatchAsync(Maps + "/nope", "application/merge-patch+json", "{}")).ExpectFailure(404, "NotFound");
        (await PostAsync("/api/v1/namespaces/no-such-namespace/configmaps", MapJson("a"))).ExpectFailure(404, "NotFound");
        (await GetAsync("/apis/no.such.group/v1/things")).Expect(404);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"Upper"}}""")]
    [InlineData("""{"metadata":{"name":"under_score"}}""")]
    [InlineData("""{"metadata":{"name":"-a"}}""")]
    [InlineData("""{"metadata":{}}""")]
    [InlineData("""{"metadata":{"name":"a","labels":{"bad key!":"x"}}}""")]
    [InlineData("""{"metadata":{"name":"a","labels":{"k":"bad value!"}}}""")]
    [InlineData("""{"metadata":{"name":"a"},"data":{"bad/key":"x"}}""")]
    public async Task Invalid_metadata_is_refused_with_the_field(string body)
    {
        Answer answer = (await PostAsync(Maps, body)).ExpectFailure(422, "Invalid");

        Assert.NotEmpty(answer.Text("details.causes.0.field")!);
        Assert.Equal("ConfigMap", answer.Text("details.kind"));
    }

    [Fact]
    public async Task A_body_that_is_no_object_or_of_another_place_is_a_bad_request()
    {
        (await PostAsync(Maps, "{")).Expect(400);
        (await PostAsync(Maps, """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}""")).ExpectFailure(400, "BadRequest");
        (await PostAsync(Maps, """{"metadata":{"name":"a","namespace":"other"}}""")).ExpectFailure(400, "BadRequest");
        Answer map = await MapAsync("a");
        map.Body!["metadata"]!["name"] = "b";
        (await PutAsync(Maps + "/a", map.Body)).ExpectFailure(400, "BadRequest");
    }

    [Fact]
    public async Task A_replacement_needs_the_newest_version_if_it_names_one()
    {
        Answer first = await MapAsync("a", """{"k":"1"}""");
        JsonNode body = first.Body!.DeepClone();
        body["data"]!["k"] = "2";
        Answer second = (await PutAsync(Maps + "/a", body)).Expect(200);

        Answer stale = (await PutAsync(Maps + "/a", first.Body)).ExpectFailure(409, "Conflict");
        Assert.Contains("the object has been modified", stale.Text("message")!, StringComparison.Ordinal);
        Assert.NotEqual(first.Text("metadata.resourceVersion"), second.Text("metadata.resourceVersion"));

        Answer unconditional = await SendAsync("PUT", Maps + "/a", MapJson("a", """{"k":"3"}"""));
        unconditional.Expect(200);
        Assert.Equal("3", unconditional.Text("data.k"));
        Assert.Equal(first.Text("metadata.uid"), unconditional.Text("metadata.uid"));
        Assert.Equal(first.Text("metadata.creationTimestamp"), unconditional.Text("metadata.creationTimestamp"));
    }

    [Fact]
    public async Task A_replacement_that_changes_nothing_keeps_the_version()
    {
        Answer first = await MapAsync("a", """{"k":"1"}""");

        Answer second = (await PutAsync(Maps + "/a", first.Body!)).Expect(200);

        Assert.Equal(first.Text("metadata.resourceVersion"), second.Text("metadata.resourceVersion"));
    }

    [Fact]
    public async Task Another_uid_is_a_conflict()
    {
        Answer first = await MapAsync("a");
        JsonNode body = first.Body!.DeepClone();
        body["metadata"]!["uid"] = "11111111-2222-3333-4444-555555555555";

        (await PutAsync(Maps + "/a", body)).ExpectFailure(409, "Conflict");
    }

    [Fact]
    public async Task A_dry_run_answers_as_if_but_stores_nothing()
    {
        Answer dry = (await PostAsync(Maps + "?dryRun=All", MapJson("a"))).Expect(201);
        Assert.Equal("a", dry.Text("metadata.name"));
        (await GetAsync(Maps + "/a")).Expect(404);

        Answer map = await MapAsync("b", """{"k":"1"}""");
        Answer patched = (await PatchAsync(Maps + "/b?dryRun=All", "application/merge-patch+json", """{"data":{"k":"2"}}""")).Expect(200);
        Assert.Equal("2", patched.Text("data.k"));
        (await DeleteAsync(Maps + "/b?dryRun=All")).Expect(200);
        Answer read = (await GetAsync(Maps + "/b")).Expect(200);
        Assert.Equal(("1", map.Text("metadata.resourceVersion")), (read.Text("data.k"), read.Text("metadata.resourceVersion")));
        (await PostAsync(Maps + "?dryRun=Some", MapJson("c"))).Expect(422);
    }

    [Fact]
    public async Task Immutable_data_stays()
    {
        Answer map = (await PostAsync(Maps, """{"metadata":{"name":"a"},"immutable":true,"data":{"k":"1"}}""")).Expect(201);
        Assert.True((bool)map["immutable"]!);

        Answer refused = (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"data":{"k":"2"}}""")).ExpectFailure(422, "Invalid");

        Assert.Contains("immutable", refused.Text("message")!, StringComparison.Ordinal);
        (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"labels":{"x":"y"}}}""")).Expect(200);
    }

    [Fact]
    public async Task Secrets_take_text_and_give_base64()
    {
        string secrets = $"/api/v1/namespaces/{Namespace}/secrets";
        Answer secret = (await PostAsync(secrets, """{"metadata":{"name":"s"},"stringData":{"a":"hello"},"data":{"b":"AQI="}}""")).Expect(201);

        Assert.Equal(("aGVsbG8=", "AQI=", "Opaque"), (secret.Text("data.a"), secret.Text("data.b"), secret.Text("type")));
        Assert.Null(secret["stringData"]);
        (await PatchAsync(secrets + "/s", "application/merge-patch+json", """{"type":"other"}""")).ExpectFailure(422, "Invalid");
        (await PostAsync(secrets, """{"metadata":{"name":"t"},"data":{"b":"not base64!"}}""")).Expect(400);
        (await PatchAsync(secrets + "/s", "application/merge-patch+json", """{"data":{"b":"not base64!"}}""")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task Generation_counts_changes_of_the_spec_only()
    {
        string sets = $"/apis/apps/v1/namespaces/{Namespace}/statefulsets";
        Answer created = (await PostAsync(sets, StatefulSets.Minimal("s"))).Expect(201);
        Assert.Equal(1, (int)created["metadata.generation"]!);

        Answer labelled = (await PatchAsync(sets + "/s", "application/merge-patch+json", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        Answer scaled = (await PatchAsync(sets + "/s", "application/merge-patch+json", """{"spec":{"replicas":3}}""")).Expect(200);
        Answer same = (await PatchAsync(sets + "/s", "application/merge-patch+json", """{"spec":{"replicas":3}}""")).Expect(200);

        Assert.Equal(1, (int)labelled["metadata.generation"]!);
        Assert.Equal((2, 2), ((int)scaled["metadata.generation"]!, (int)same["metadata.generation"]!));
        Assert.Equal(scaled.Text("metadata.resourceVersion"), same.Text("metadata.resourceVersion"));
    }

    [Fact]
    public async Task A_stateful_set_is_defaulted_and_keeps_what_must_not_change()
    {
        string sets = $"/apis/apps/v1/namespaces/{Namespace}/statefulsets";
        Answer created = (await PostAsync(sets, StatefulSets.Minimal("s"))).Expect(201);

        Assert.Equal(("OrderedReady", "RollingUpdate", 1, 10), (created.Text("spec.podManagementPolicy"), created.Text("spec.updateStrategy.type"), (int)created["spec.replicas"]!, (int)created["spec.revisionHistoryLimit"]!));
        Assert.Equal(("Always", "ClusterFirst", 30), (created.Text("spec.template.spec.restartPolicy"), created.Text("spec.template.spec.dnsPolicy"), (int)created["spec.template.spec.terminationGracePeriodSeconds"]!));
        Assert.Equal("IfNotPresent", created.Text("spec.template.spec.containers.0.imagePullPolicy"));
        (await PatchAsync(sets + "/s", "application/merge-patch+json", """{"spec":{"serviceName":"other"}}""")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task A_service_has_only_ports_that_exist()
    {
        Answer refused = await PostAsync($"/api/v1/namespaces/{Namespace}/services", """{"metadata":{"name":"bad"},"spec":{"ports":[{"port":70000}]}}""");

        Assert.Equal("spec.ports[0].port", refused.ExpectFailure(422, "Invalid").Text("details.causes.0.field"));
    }

    [Fact]
    public async Task A_status_is_written_by_its_sub_resource_only()
    {
        string sets = $"/apis/apps/v1/namespaces/{Namespace}/statefulsets";
        await PostAsync(sets, StatefulSets.Minimal("s"));

        Answer ignored = (await PatchAsync(sets + "/s", "application/merge-patch+json", """{"status":{"replicas":7}}""")).Expect(200);
        Answer written = (await PatchAsync(sets + "/s/status", "application/merge-patch+json", """{"spec":{"replicas":9},"status":{"replicas":2,"readyReplicas":1}}""")).Expect(200);
        Answer read = await GetAsync(sets + "/s/status");

        Assert.Equal(0, (int)ignored["status.replicas"]!);
        Assert.Equal((2, 1, 1), ((int)written["status.replicas"]!, (int)written["status.readyReplicas"]!, (int)written["spec.replicas"]!));
        Assert.Equal((1, 2), ((int)read["metadata.generation"]!, (int)read["status.replicas"]!));
    }
}

public sealed class CrudOnLocalCluster(ContractServers servers) : CrudContract(servers, ServerKind.Local);

public sealed class CrudOnRealServer(ContractServers servers) : CrudContract(servers, ServerKind.Real);

public sealed class CrudOnNewerServer(ContractServers servers) : CrudContract(servers, ServerKind.Newer);
