using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests;

/// <summary>Patches of all four kinds, and who owns which field.</summary>
public abstract class PatchContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    private const string Json = "application/json-patch+json";
    private const string Merge = "application/merge-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";
    private const string Apply = "application/apply-patch+yaml";

    private string Sets => $"/apis/apps/v1/namespaces/{Namespace}/statefulsets";

    [Fact]
    public async Task A_JSON_patch_does_its_operations_or_nothing()
    {
        await MapAsync("a", """{"x":"1","y":"2"}""");

        Answer patched = (await PatchAsync(Maps + "/a", Json, """[{"op":"test","path":"/data/x","value":"1"},{"op":"replace","path":"/data/x","value":"9"},{"op":"remove","path":"/data/y"},{"op":"add","path":"/data/z","value":"3"}]""")).Expect(200);
        Assert.Equal("""{"x":"9","z":"3"}""", patched["data"]!.ToJsonString());

        (await PatchAsync(Maps + "/a", Json, """[{"op":"replace","path":"/data/z","value":"0"},{"op":"test","path":"/data/x","value":"1"}]""")).ExpectFailure(422, "Invalid");
        (await PatchAsync(Maps + "/a", Json, """[{"op":"remove","path":"/data/nope"}]""")).ExpectFailure(422, "Invalid");
        Assert.Equal("3", (await GetAsync(Maps + "/a")).Text("data.z"));
        (await PatchAsync(Maps + "/a", Json, """{"data":{}}""")).Expect(400);
    }

    [Fact]
    public async Task A_merge_patch_sets_removes_and_replaces_lists()
    {
        (await PostAsync(Sets, StatefulSets.Minimal("s"))).Expect(201);

        Answer patched = (await PatchAsync(Sets + "/s", Merge, """{"metadata":{"labels":{"l":"1"}},"spec":{"replicas":null,"template":{"spec":{"containers":[{"name":"other","image":"i"}]}}}}""")).Expect(200);

        Assert.Equal("other", Assert.Single(patched["spec.template.spec.containers"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.Equal(1, (int)patched["spec.replicas"]!);
        Assert.Equal("1", patched.Text("metadata.labels.l"));
    }

    [Fact]
    public async Task A_strategic_patch_merges_lists_by_their_keys()
    {
        (await PostAsync(Sets, StatefulSets.Minimal("s"))).Expect(201);

        Answer patched = (await PatchAsync(Sets + "/s", Strategic, """{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"i2","env":[{"name":"B","value":"9"},{"name":"C","value":"3"},{"name":"A","$patch":"delete"}]},{"name":"side","image":"j"}]}}}}""")).Expect(200);

        JsonArray containers = patched["spec.template.spec.containers"]!.AsArray();
        JsonNode main = containers.Single(container => (string?)container!["name"] == "main")!;
        Assert.Equal(["main", "side"], containers.Select(container => (string)container!["name"]!).Order());
        Assert.Equal("i2", (string?)main["image"]);
        Assert.Equal(["B=9", "C=3"], main["env"]!.AsArray().Select(item => (string)item!["name"]! + "=" + (string)item["value"]!).Order());
        Assert.Equal(9000, (int)main["ports"]![0]!["containerPort"]!);
    }

    [Fact]
    public async Task A_version_in_a_patch_is_a_precondition()
    {
        Answer created = await MapAsync("a", """{"x":"1"}""");
        Answer changed = (await PatchAsync(Maps + "/a", Merge, """{"data":{"x":"2"}}""")).Expect(200);

        (await PatchAsync(Maps + "/a", Merge, Metadata(created))).ExpectFailure(409, "Conflict");
        Assert.Equal("3", (await PatchAsync(Maps + "/a", Merge, Metadata(changed))).Expect(200).Text("data.x"));
    }

    [Fact]
    public async Task Another_uid_in_a_patch_is_invalid_unless_the_version_is_old_too()
    {
        const string Uid = "11111111-2222-3333-4444-555555555555";
        Answer created = await MapAsync("a", """{"x":"1"}""");
        Answer changed = (await PatchAsync(Maps + "/a", Merge, """{"data":{"x":"2"}}""")).Expect(200);

        (await PatchAsync(Maps + "/a", Merge, """{"metadata":{"uid":"@uid"}}""".Replace("@uid", Uid, StringComparison.Ordinal))).ExpectFailure(422, "Invalid");
        (await PatchAsync(Maps + "/a", Merge, Metadata(changed, Uid))).ExpectFailure(422, "Invalid");
        (await PatchAsync(Maps + "/a", Merge, Metadata(created, Uid))).ExpectFailure(409, "Conflict");
    }

    [Fact]
    public async Task Another_type_of_patch_is_unsupported() => (await PatchAsync(await NewMapAsync(), "application/xml", "{}")).ExpectFailure(415, "UnsupportedMediaType");

    [Fact]
    public async Task Apply_creates_and_says_who_owns_what()
    {
        Answer created = (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"1","y":"2"}"""))).Expect(201);

        JsonNode entry = Assert.Single(created["metadata.managedFields"]!.AsArray())!;
        Assert.Equal(("me", "Apply", "v1", "FieldsV1"), ((string?)entry["manager"], (string?)entry["operation"], (string?)entry["apiVersion"], (string?)entry["fieldsType"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"f:data":{"f:x":{},"f:y":{}}}"""), entry["fieldsV1"]), entry["fieldsV1"]!.ToJsonString());

        Answer same = (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"1","y":"2"}"""))).Expect(200);
        Assert.Equal(created.Text("metadata.resourceVersion"), same.Text("metadata.resourceVersion"));
    }

    [Fact]
    public async Task Apply_removes_what_its_manager_no_longer_says_and_keeps_foreign_fields()
    {
        (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"1","y":"2"}"""))).Expect(201);
        (await PatchAsync(Maps + "/a?fieldManager=other", Merge, """{"data":{"z":"3"}}""")).Expect(200);

        Answer applied = (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"5"}"""))).Expect(200);

        Assert.Equal("""{"x":"5","z":"3"}""", applied["data"]!.ToJsonString());
        Assert.Equal(["me Apply", "other Update"], applied["metadata.managedFields"]!.AsArray().Select(item => (string)item!["manager"]! + " " + (string)item["operation"]!).Order());
    }

    [Fact]
    public async Task Apply_conflicts_over_a_field_of_another_manager_and_takes_it_by_force()
    {
        (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"1"}"""))).Expect(201);

        Answer conflict = (await PatchAsync(Maps + "/a?fieldManager=you", Apply, ApplyMap("""{"x":"2"}"""))).ExpectFailure(409, "Conflict");
        Assert.Equal(("FieldManagerConflict", ".data.x"), (conflict.Text("details.causes.0.reason"), conflict.Text("details.causes.0.field")));
        Assert.Contains("conflict with \"me\"", conflict.Text("details.causes.0.message")!, StringComparison.Ordinal);

        Answer shared = (await PatchAsync(Maps + "/a?fieldManager=you", Apply, ApplyMap("""{"x":"1"}"""))).Expect(200);
        Assert.Equal(2, shared["metadata.managedFields"]!.AsArray().Count);

        Answer forced = (await PatchAsync(Maps + "/a?fieldManager=you&force=true", Apply, ApplyMap("""{"x":"2"}"""))).Expect(200);
        Assert.Equal("2", forced.Text("data.x"));
        Assert.DoesNotContain(forced["metadata.managedFields"]!.AsArray(), item => (string?)item!["manager"] == "me" && item["fieldsV1"]!.ToJsonString().Contains("f:x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_update_takes_fields_over_without_asking()
    {
        (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"1","y":"1"}"""))).Expect(201);

        Answer updated = (await PatchAsync(Maps + "/a?fieldManager=you", Merge, """{"data":{"x":"2"}}""")).Expect(200);

        JsonArray entries = updated["metadata.managedFields"]!.AsArray();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"f:data":{"f:y":{}}}"""), entries.Single(item => (string?)item!["manager"] == "me")!["fieldsV1"]), entries.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"f:data":{"f:x":{}}}"""), entries.Single(item => (string?)item!["manager"] == "you")!["fieldsV1"]), entries.ToJsonString());
        (await PatchAsync(Maps + "/a?fieldManager=me", Apply, ApplyMap("""{"x":"1","y":"1"}"""))).ExpectFailure(409, "Conflict");
    }

    [Fact]
    public async Task Maps_list_items_and_what_may_be_left_out_are_owned_themselves_but_not_the_parts_of_an_object()
    {
        Answer created = (await PostAsync(Sets + "?fieldManager=me", StatefulSets.Minimal("s"))).Expect(201);
        Answer labelled = (await PatchAsync(Sets + "/s?fieldManager=you", Merge, """{"metadata":{"labels":{"l":"1"}}}""")).Expect(200);

        JsonNode fields = Assert.Single(created["metadata.managedFields"]!.AsArray())!["fieldsV1"]!;
        Assert.Null(fields["f:spec"]!["."]);
        Assert.Null(fields["f:status"]);
        Assert.Null(fields["f:spec"]!["f:template"]!["."]);
        Assert.NotNull(fields["f:spec"]!["f:template"]!["f:metadata"]!["f:labels"]!["."]);
        Assert.NotNull(fields["f:spec"]!["f:updateStrategy"]!["f:rollingUpdate"]!["."]);
        Assert.Null(fields["f:spec"]!["f:updateStrategy"]!["."]);
        JsonNode containers = fields["f:spec"]!["f:template"]!["f:spec"]!["f:containers"]!;
        Assert.Null(containers["."]);
        Assert.NotNull(containers["k:{\"name\":\"main\"}"]!["."]);
        Assert.NotNull(containers["k:{\"name\":\"main\"}"]!["f:env"]!["."]);
        JsonNode added = labelled["metadata.managedFields"]!.AsArray().Single(item => (string?)item!["manager"] == "you")!["fieldsV1"]!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"f:metadata":{"f:labels":{".":{},"f:l":{}}}}"""), added), added.ToJsonString());
    }

    [Fact]
    public async Task What_kubectl_applied_by_itself_it_may_take_over_on_the_server()
    {
        const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";
        string applied = ApplyMap("{\"x\":\"1\"}").Replace("\"", "\\\"", StringComparison.Ordinal);
        string map = """{"metadata":{"name":"a","annotations":{"@annotation":"@applied"}},"data":{"x":"1","y":"1"}}"""
            .Replace("@annotation", Annotation, StringComparison.Ordinal).Replace("@applied", applied, StringComparison.Ordinal);
        (await PostAsync(Maps + "?fieldManager=kubectl-client-side-apply", map)).Expect(201);

        (await PatchAsync(Maps + "/a?fieldManager=other", Apply, ApplyMap("""{"x":"2"}"""))).ExpectFailure(409, "Conflict");
        (await PatchAsync(Maps + "/a?fieldManager=kubectl", Apply, ApplyMap("""{"x":"2","y":"2"}"""))).ExpectFailure(409, "Conflict");
        Answer taken = (await PatchAsync(Maps + "/a?fieldManager=kubectl", Apply, ApplyMap("""{"x":"2"}"""))).Expect(200);

        Assert.Equal("2", taken.Text("data.x"));
        Assert.Equal("""{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"a"}}""", ((string?)taken["metadata.annotations"]![Annotation])!.Trim());
        Assert.Equal(["kubectl Apply", "kubectl-client-side-apply Update"], taken["metadata.managedFields"]!.AsArray().Select(item => (string)item!["manager"]! + " " + (string)item["operation"]!));
    }

    [Fact]
    public async Task Apply_owns_list_items_by_their_keys()
    {
        (await PatchAsync(Sets + "/s?fieldManager=me", Apply, StatefulSets.Minimal("s"))).Expect(201);
        Answer extended = (await PatchAsync(Sets + "/s?fieldManager=you", Apply, """{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"s"},"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"C","value":"3"}]}]}}}}""")).Expect(200);
        Assert.Equal(["A", "B", "C"], extended["spec.template.spec.containers.0.env"]!.AsArray().Select(item => (string)item!["name"]!).Order());

        string without = StatefulSets.Minimal("s").Replace(""","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]""", ""","env":[{"name":"A","value":"1"}]""", StringComparison.Ordinal);
        Answer reduced = (await PatchAsync(Sets + "/s?fieldManager=me", Apply, without)).Expect(200);

        Assert.Equal(["A", "C"], reduced["spec.template.spec.containers.0.env"]!.AsArray().Select(item => (string)item!["name"]!).Order());
    }

    [Fact]
    public async Task Apply_needs_a_manager_and_no_managed_fields()
    {
        (await PatchAsync(Maps + "/a", Apply, ApplyMap("{}"))).ExpectFailure(422, "Invalid");
        (await PatchAsync(Maps + "/a?fieldManager=me", Apply, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{}}]}}""")).Expect(400);
        await MapAsync("b");
        (await PatchAsync(Maps + "/b?fieldManager=me&force=true", Merge, "{}")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task Apply_of_YAML_is_the_same_as_of_JSON()
    {
        Answer created = (await PatchAsync(Maps + "/a?fieldManager=me", Apply, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  port: \"9000\"\n  flag: 'true'\n")).Expect(201);

        Assert.Equal(("9000", "true"), (created.Text("data.port"), created.Text("data.flag")));
    }

    /// <summary>A change of x, of the version that was answered, and of its uid or another one.</summary>
    private static string Metadata(Answer about, string? uid = null) =>
        $$$"""{"metadata":{"uid":"{{{uid ?? about.Text("metadata.uid")}}}","resourceVersion":"{{{about.Text("metadata.resourceVersion")}}}"},"data":{"x":"3"}}""";

    private static string ApplyMap(string data) => """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":@data}""".Replace("@data", data, StringComparison.Ordinal);

    private async Task<string> NewMapAsync()
    {
        await MapAsync("m");
        return Maps + "/m";
    }
}

public sealed class PatchOnLocalCluster(ContractServers servers) : PatchContract(servers, ServerKind.Local);

public sealed class PatchOnRealServer(ContractServers servers) : PatchContract(servers, ServerKind.Real);

public sealed class PatchOnNewerServer(ContractServers servers) : PatchContract(servers, ServerKind.Newer);
