using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests;

/// <summary>Custom kinds: schema, defaults, pruning, status, columns, discovery.</summary>
public abstract class DefinitionContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    private string Group => Namespace + ".example.dev";

    private string Things => $"/apis/{Group}/v1/namespaces/{Namespace}/things";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        (await PostAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Definition())).Expect(201);
        await UntilAsync(
            $"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{Group}",
            answer => answer["status.conditions"]?.AsArray().Any(item => (string?)item!["type"] == "Established" && (string?)item["status"] == "True") == true);

        // Established is said a moment before the paths answer.
        await UntilAsync(Things, answer => answer.Status == 200);
    }

    public override async ValueTask DisposeAsync()
    {
        await DeleteAsync($"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{Group}");
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Defaults_are_filled_in_and_unknown_fields_are_pruned()
    {
        Answer created = await ThingAsync("a", """{"size":3,"unknown":1,"nested":{"also":true},"free":{"anything":{"goes":1}}}""");

        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse("""{"size":3,"mode":"fast","nested":{"level":1},"free":{"anything":{"goes":1}}}"""), created["spec"]),
            created["spec"]!.ToJsonString());
        Assert.Equal(1, (int)created["metadata.generation"]!);
    }

    [Theory]
    [InlineData("""{"size":0}""", "spec.size")]
    [InlineData("""{"size":11}""", "spec.size")]
    [InlineData("""{"size":"3"}""", "spec.size")]
    [InlineData("""{"size":1.5}""", "spec.size")]
    [InlineData("""{}""", "spec.size")]
    [InlineData("""{"size":1,"mode":"slow"}""", "spec.mode")]
    [InlineData("""{"size":1,"name":"UPPER"}""", "spec.name")]
    [InlineData("""{"size":1,"name":"waytoolong"}""", "spec.name")]
    [InlineData("""{"size":1,"list":["a","b","c"]}""", "spec.list")]
    [InlineData("""{"size":1,"port":true}""", "spec.port")]
    [InlineData("""{"size":1,"nested":{"level":"x"}}""", "spec.nested.level")]
    public async Task What_breaks_the_schema_is_refused_with_its_path(string spec, string field)
    {
        Answer refused = (await PostAsync(Things, ThingJson("a", spec))).ExpectFailure(422, "Invalid");

        Assert.Contains(refused["details.causes"]!.AsArray(), cause => (string?)cause!["field"] == field);
        Assert.Contains(field, refused.Text("message")!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"size":1,"port":"http"}""")]
    [InlineData("""{"size":1,"port":80}""")]
    [InlineData("""{"size":10,"name":"abcdef","list":["a","b"]}""")]
    public async Task What_fits_the_schema_is_accepted(string spec) => await ThingAsync("a", spec);

    [Fact]
    public async Task Status_and_spec_are_written_apart()
    {
        Answer created = (await PostAsync(Things, ThingJson("a", """{"size":1}""").Replace("\"spec\"", "\"status\":{\"phase\":\"Made\"},\"spec\"", StringComparison.Ordinal))).Expect(201);
        Assert.Null(created["status"]);

        Answer status = (await PatchAsync(Things + "/a/status", "application/merge-patch+json", """{"spec":{"size":9},"status":{"phase":"Ready","pruned":1}}""")).Expect(200);
        Assert.Equal(("""{"phase":"Ready"}""", 1, 1), (status["status"]!.ToJsonString(), (int)status["spec.size"]!, (int)status["metadata.generation"]!));

        Answer spec = (await PatchAsync(Things + "/a", "application/merge-patch+json", """{"spec":{"size":2},"status":{"phase":"Lost"}}""")).Expect(200);
        Assert.Equal(("Ready", 2, 2), (spec.Text("status.phase"), (int)spec["spec.size"]!, (int)spec["metadata.generation"]!));
        (await PatchAsync(Things + "/a/status", "application/merge-patch+json", """{"status":{"phase":7}}""")).ExpectFailure(422, "Invalid");
    }

    [Fact]
    public async Task A_status_is_applied_over_the_version_it_was_decided_from()
    {
        Answer created = await ThingAsync("a", """{"size":1}""");
        string version = created.Text("metadata.resourceVersion")!;

        Answer first = (await ApplyStatusAsync(created, version, """{"phase":"Ready","parts":["a","b"]}""", """{"size":9}""")).Expect(200);
        Assert.Equal(("Ready", 1, 1), (first.Text("status.phase"), (int)first["spec.size"]!, (int)first["metadata.generation"]!));

        // Who read it before that says nothing any more, and an object that is gone gets no status back.
        (await ApplyStatusAsync(created, version, """{"phase":"Lost"}""")).ExpectFailure(409, "Conflict");
        Answer again = (await ApplyStatusAsync(created, first.Text("metadata.resourceVersion")!, """{"parts":["b"]}""")).Expect(200);
        Assert.Equal("""{"parts":["b"]}""", again["status"]!.ToJsonString());
        (await DeleteAsync(Things + "/a")).Expect(200);
        (await ApplyStatusAsync(created, again.Text("metadata.resourceVersion")!, """{"phase":"Lost"}""")).ExpectFailure(404, "NotFound");
        (await GetAsync(Things + "/a")).Expect(404);
    }

    [Fact]
    public async Task Generation_does_not_count_metadata()
    {
        await ThingAsync("a", """{"size":1}""");

        Answer labelled = (await PatchAsync(Things + "/a", "application/merge-patch+json", """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);

        Assert.Equal(1, (int)labelled["metadata.generation"]!);
    }

    [Fact]
    public async Task A_table_has_the_columns_of_the_definition()
    {
        Answer created = await ThingAsync("a", """{"size":3}""");
        await PatchAsync(Things + "/a/status", "application/merge-patch+json", """{"status":{"phase":"Ready"}}""");

        Answer table = (await SendAsync("GET", Things, accept: TableType)).Expect(200);

        Assert.Equal(("Table", "meta.k8s.io/v1"), (table.Text("kind"), table.Text("apiVersion")));
        Assert.Equal(
            ["Name:string:0", "Size:integer:0", "Phase:string:0", "Mode:string:1", "Age:date:0"],
            table["columnDefinitions"]!.AsArray().Select(column => $"{(string?)column!["name"]}:{(string?)column["type"]}:{(int)column["priority"]!}"));
        JsonArray cells = table["rows.0.cells"]!.AsArray();
        Assert.Equal(("a", 3, "Ready", "fast"), ((string)cells[0]!, (int)cells[1]!, (string)cells[2]!, (string)cells[3]!));
        Assert.Equal(("PartialObjectMetadata", created.Text("metadata.uid")), (table.Text("rows.0.object.kind"), table.Text("rows.0.object.metadata.uid")));
    }

    [Fact]
    public async Task Discovery_names_the_kind()
    {
        Answer resources = await UntilAsync($"/apis/{Group}/v1", answer => answer.Status == 200);
        JsonNode thing = resources["resources"]!.AsArray().Single(item => (string?)item!["name"] == "things")!;

        Assert.Equal(("thing", true, "Thing"), ((string?)thing["singularName"], (bool)thing["namespaced"]!, (string?)thing["kind"]));
        Assert.Equal(["th"], thing["shortNames"]!.AsArray().Select(item => (string)item!));
        Assert.Equal(["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"], thing["verbs"]!.AsArray().Select(item => (string)item!).Order());
        Assert.Contains(resources["resources"]!.AsArray(), item => (string?)item!["name"] == "things/status");
        Assert.Contains((await GetAsync("/apis"))["groups"]!.AsArray(), item => (string?)item!["name"] == Group);
    }

    [Fact]
    public async Task Strategic_patches_are_not_for_custom_kinds_but_apply_is()
    {
        await ThingAsync("a", """{"size":1}""");

        (await PatchAsync(Things + "/a", "application/strategic-merge-patch+json", "{}")).Expect(415);
        Answer applied = (await PatchAsync(Things + "/b?fieldManager=me", "application/apply-patch+yaml", ThingJson("b", """{"size":4}"""))).Expect(201);
        JsonNode entry = applied["metadata.managedFields"]!.AsArray().Single(item => (string?)item!["manager"] == "me")!;
        Assert.NotNull(entry["fieldsV1"]!["f:spec"]!["f:size"]);
        Assert.Null(entry["fieldsV1"]!["f:spec"]!["f:mode"]);
        (await PatchAsync(Things + "/b?fieldManager=you", "application/apply-patch+yaml", ThingJson("b", """{"size":5}"""))).ExpectFailure(409, "Conflict");
    }

    [Fact]
    public async Task A_conflict_needs_a_version_on_replacement()
    {
        Answer created = await ThingAsync("a", """{"size":1}""");
        created.Body!["metadata"]!.AsObject().Remove("resourceVersion");

        Answer refused = (await PutAsync(Things + "/a", created.Body)).ExpectFailure(422, "Invalid");

        Assert.Contains("metadata.resourceVersion", refused.Text("message")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_definition_that_goes_takes_its_objects_and_paths_along()
    {
        await ThingAsync("a", """{"size":1}""");

        (await DeleteAsync($"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{Group}")).Expect(200);

        await UntilAsync($"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{Group}", answer => answer.Status == 404);
        await UntilAsync(Things, answer => answer.Status == 404);
    }

    [Theory]
    [InlineData("\"name\":\"others.@group\"", "\"name\":\"wrong.name\"", "metadata.name")]
    [InlineData("{\"openAPIV3Schema\":{\"type\":\"object\"", "{\"openAPIV3Schema\":{\"type\":\"nonsense\"", "openAPIV3Schema.type")]
    [InlineData("^[a-z]+$", "^[a-z+$", "openAPIV3Schema.properties[spec].properties[name].pattern")]
    [InlineData("\"pattern\":\"^[a-z]+$\"", "\"anyOf\":[{\"minLength\":2},{\"not\":{\"pattern\":\"^[a-z+$\"}}]", "openAPIV3Schema.properties[spec].properties[name].anyOf[1].not.pattern")]
    public async Task A_definition_that_makes_no_sense_is_refused(string sense, string nonsense, string field)
    {
        sense = sense.Replace("@group", Group, StringComparison.Ordinal);
        string body = Definition("others");
        Assert.Contains(sense, body, StringComparison.Ordinal);

        Answer refused = (await PostAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body.Replace(sense, nonsense, StringComparison.Ordinal))).ExpectFailure(422, "Invalid");

        Assert.Contains(field, refused.Text("message")!, StringComparison.Ordinal);

        // The expression is shown as it was sent, not as the embedded cluster translates it.
        Assert.DoesNotContain("\\z", refused.Text("message")!, StringComparison.Ordinal);
    }

    private async Task<Answer> ThingAsync(string name, string spec) => (await PostAsync(Things, ThingJson(name, spec))).Expect(201);

    /// <summary>As the operator does it: by force, with the uid and version of the object as it was read. A spec beside it counts for nothing.</summary>
    private Task<Answer> ApplyStatusAsync(Answer about, string version, string status, string spec = "{}")
    {
        string body = $$"""
            {"apiVersion":"{{Group}}/v1","kind":"Thing","metadata":{"name":"a","uid":"{{about.Text("metadata.uid")}}","resourceVersion":"{{version}}"},"spec":{{spec}},"status":{{status}}}
            """;
        return PatchAsync(Things + "/a/status?fieldManager=me&force=true", "application/apply-patch+yaml", body);
    }

    private string ThingJson(string name, string spec) => """{"apiVersion":"@group/v1","kind":"Thing","metadata":{"name":"@name"},"spec":@spec}"""
        .Replace("@group", Group, StringComparison.Ordinal).Replace("@name", name, StringComparison.Ordinal).Replace("@spec", spec, StringComparison.Ordinal);

    private string Definition(string plural = "things") => """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"@plural.@group"},"spec":{"group":"@group",
        "names":{"plural":"@plural","singular":"@singular","kind":"@kind","shortNames":["@short"]},"scope":"Namespaced","versions":[{"name":"v1","served":true,"storage":true,
        "subresources":{"status":{}},"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},{"name":"Phase","type":"string","jsonPath":".status.phase"},
        {"name":"Mode","type":"string","priority":1,"jsonPath":".spec.mode"},{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}],
        "schema":{"openAPIV3Schema":{"type":"object","required":["spec"],"properties":{"spec":{"type":"object","required":["size"],"properties":{
        "size":{"type":"integer","minimum":1,"maximum":10},"mode":{"type":"string","enum":["fast","safe"],"default":"fast"},"name":{"type":"string","pattern":"^[a-z]+$","maxLength":6},
        "list":{"type":"array","maxItems":2,"items":{"type":"string"}},"port":{"x-kubernetes-int-or-string":true},
        "nested":{"type":"object","default":{},"properties":{"level":{"type":"integer","default":1}}},
        "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},"status":{"type":"object","properties":{"phase":{"type":"string"},"parts":{"type":"array","items":{"type":"string"}}}}}}}}]}}
        """
        .Replace("@plural", plural, StringComparison.Ordinal)
        .Replace("@group", Group, StringComparison.Ordinal)
        .Replace("@singular", plural[..^1], StringComparison.Ordinal)
        .Replace("@kind", char.ToUpperInvariant(plural[0]) + plural[1..^1], StringComparison.Ordinal)
        .Replace("@short", plural[..2], StringComparison.Ordinal);
}

public sealed class DefinitionOnLocalCluster(ContractServers servers) : DefinitionContract(servers, ServerKind.LocalWithControllers);

public sealed class DefinitionOnRealServer(ContractServers servers) : DefinitionContract(servers, ServerKind.Real);

public sealed class DefinitionOnNewerServer(ContractServers servers) : DefinitionContract(servers, ServerKind.Newer);
