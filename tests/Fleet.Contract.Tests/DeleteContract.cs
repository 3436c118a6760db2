namespace Fleet.Contract.Tests;

/// <summary>Deletion: preconditions, finalizers, propagation.</summary>
public abstract class DeleteContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    [Fact]
    public async Task A_deleted_object_is_gone_and_the_answer_names_it()
    {
        Answer created = await MapAsync("a");

        Answer deleted = (await DeleteAsync(Maps + "/a")).Expect(200);

        Assert.Equal(("Status", "Success", "a", "configmaps"), (deleted.Text("kind"), deleted.Text("status"), deleted.Text("details.name"), deleted.Text("details.kind")));
        Assert.Equal(created.Text("metadata.uid"), deleted.Text("details.uid"));
        (await GetAsync(Maps + "/a")).Expect(404);
    }

    [Fact]
    public async Task Preconditions_must_hold()
    {
        Answer created = await MapAsync("a");
        (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"data":{"k":"1"}}""")).Expect(200);

        (await DeleteAsync(Maps + "/a", """{"preconditions":{"uid":"11111111-2222-3333-4444-555555555555"}}""")).ExpectFailure(409, "Conflict");
        (await DeleteAsync(Maps + "/a", """{"preconditions":{"resourceVersion":"@it"}}""".Replace("@it", created.Text("metadata.resourceVersion"), StringComparison.Ordinal))).ExpectFailure(409, "Conflict");
        (await DeleteAsync(Maps + "/a", """{"preconditions":{"uid":"@it"}}""".Replace("@it", created.Text("metadata.uid"), StringComparison.Ordinal))).Expect(200);
    }

    [Fact]
    public async Task Finalizers_hold_an_object_until_the_last_is_removed()
    {
        (await PostAsync(Maps, """{"metadata":{"name":"a","finalizers":["x.dev/one","x.dev/two"]}}""")).Expect(201);

        Answer deleting = (await DeleteAsync(Maps + "/a")).Expect(200);
        Assert.NotNull(deleting.Text("metadata.deletionTimestamp"));
        Assert.Equal("ConfigMap", deleting.Text("kind"));
        Answer again = (await DeleteAsync(Maps + "/a")).Expect(200);
        Assert.Equal(deleting.Text("metadata.deletionTimestamp"), again.Text("metadata.deletionTimestamp"));

        (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"finalizers":["x.dev/two"]}}""")).Expect(200);
        (await GetAsync(Maps + "/a")).Expect(200);
        (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await GetAsync(Maps + "/a")).Expect(404);
    }

    [Fact]
    public async Task A_deleting_object_takes_no_new_finalizer()
    {
        (await PostAsync(Maps, """{"metadata":{"name":"a","finalizers":["x.dev/one"]}}""")).Expect(201);
        (await DeleteAsync(Maps + "/a")).Expect(200);

        Answer answer = await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"finalizers":["x.dev/one","x.dev/three"]}}""");

        (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"finalizers":null}}""")).Expect(200);
        Assert.Equal("metadata.finalizers", answer.ExpectFailure(422, "Invalid").Text("details.causes.0.field"));
    }

    [Theory]
    [InlineData("Foreground", "foregroundDeletion")]
    [InlineData("Orphan", "orphan")]
    public async Task Propagation_leaves_a_mark_for_the_garbage_collector(string policy, string finalizer)
    {
        await MapAsync("a");

        Answer deleting = (await DeleteAsync(Maps + "/a", $$"""{"propagationPolicy":"{{policy}}"}""")).Expect(200);

        Assert.Equal([finalizer], deleting["metadata.finalizers"]!.AsArray().Select(item => (string)item!));
        Assert.NotNull(deleting.Text("metadata.deletionTimestamp"));
        (await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"finalizers":null}}""")).Expect(200);
    }

    [Fact]
    public async Task A_policy_that_does_not_exist_is_refused()
    {
        await MapAsync("a");

        (await DeleteAsync(Maps + "/a", """{"propagationPolicy":"Sideways"}""")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task A_pod_nobody_runs_goes_at_once()
    {
        string pods = $"/api/v1/namespaces/{Namespace}/pods";
        (await PostAsync(pods, StatefulSets.Pod("p"))).Expect(201);

        (await DeleteAsync(pods + "/p")).Expect(200);

        (await GetAsync(pods + "/p")).Expect(404);
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        await MapAsync("a", labels: """{"go":"yes"}""");
        await MapAsync("b", labels: """{"go":"yes"}""");
        await MapAsync("c", labels: """{"go":"no"}""");

        (await DeleteAsync(Maps + "?labelSelector=go%3Dyes")).Expect(200);

        Answer rest = await GetAsync(Maps + "?labelSelector=go");
        Assert.Equal("c", (string?)Assert.Single(rest["items"]!.AsArray())!["metadata"]!["name"]);
    }

    [Fact]
    public async Task Owner_references_are_kept_and_must_be_complete()
    {
        Answer owner = await MapAsync("owner");
        string reference = $$"""{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{owner.Text("metadata.uid")}}","controller":true}""";
        Answer child = (await PostAsync(Maps, """{"metadata":{"name":"child","ownerReferences":[@reference]}}""".Replace("@reference", reference, StringComparison.Ordinal))).Expect(201);
        Assert.Equal("owner", child.Text("metadata.ownerReferences.0.name"));

        (await PostAsync(Maps, """{"metadata":{"name":"bad","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"","uid":""}]}}""")).ExpectFailure(422, "Invalid");
        string two = """{"metadata":{"name":"two","ownerReferences":[@reference,@second]}}"""
            .Replace("@reference", reference, StringComparison.Ordinal)
            .Replace("@second", reference.Replace("owner\"", "o2\"", StringComparison.Ordinal), StringComparison.Ordinal);
        (await PostAsync(Maps, two)).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task A_namespace_that_is_deleted_takes_nothing_new()
    {
        string name = Namespace + "-x";
        (await PostAsync("/api/v1/namespaces", """{"metadata":{"name":"@name"}}""".Replace("@name", name, StringComparison.Ordinal))).Expect(201);
        Answer deleting = (await DeleteAsync("/api/v1/namespaces/" + name)).Expect(200);

        Assert.Equal("Terminating", deleting.Text("status.phase"));
        Answer refused = (await PostAsync($"/api/v1/namespaces/{name}/configmaps", MapJson("a"))).ExpectFailure(403, "Forbidden");
        Assert.Contains("being terminated", refused.Text("message")!, StringComparison.Ordinal);
    }
}

public sealed class DeleteOnLocalCluster(ContractServers servers) : DeleteContract(servers, ServerKind.Local);

public sealed class DeleteOnRealServer(ContractServers servers) : DeleteContract(servers, ServerKind.Real);

public sealed class DeleteOnNewerServer(ContractServers servers) : DeleteContract(servers, ServerKind.Newer);
