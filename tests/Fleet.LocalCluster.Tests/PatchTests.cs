using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Patching;
using Fleet.LocalCluster.Schemas;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.LocalCluster.Tests;

/// <summary>The patch algorithms: the RFCs' examples, and laws on random documents.</summary>
public sealed class PatchTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Merge_patch_does_what_the_appendix_of_rfc_7386_says(string target, string patch, string expected) =>
        Same(expected, MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)));

    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"baz":"qux","foo":"bar"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo","foo":"bar"}""")]
    [InlineData("""{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}""", """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""", """{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}""")]
    [InlineData("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [InlineData("""{"baz":"qux","foo":["a",2,"c"]}""", """[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]""", """{"baz":"qux","foo":["a",2,"c"]}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/child","value":{"grandchild":{}}}]""", """{"foo":"bar","child":{"grandchild":{}}}""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"/":9,"~1":10}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc","def"]}]""", """{"foo":["bar",["abc","def"]]}""")]
    [InlineData("""{"foo":1}""", """[{"op":"copy","from":"/foo","path":"/bar"}]""", """{"foo":1,"bar":1}""")]
    public void Json_patch_does_what_the_appendix_of_rfc_6902_says(string target, string patch, string expected) =>
        Same(expected, JsonPatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)));

    [Theory]
    [InlineData("""{"baz":"qux"}""", """[{"op":"test","path":"/baz","value":"bar"}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz/bat","value":"qux"}]""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"remove","path":"/nope"}]""")]
    [InlineData("""{"foo":[1]}""", """[{"op":"add","path":"/foo/2","value":1}]""")]
    [InlineData("""{"foo":[1]}""", """[{"op":"add","path":"/foo/01","value":1}]""")]
    [InlineData("""{"foo":{"a":1}}""", """[{"op":"move","from":"/foo","path":"/foo/b"}]""")]
    [InlineData("""{"foo":1}""", """[{"op":"spin","path":"/foo"}]""")]
    public void Json_patch_refuses_what_cannot_be_done(string target, string patch) =>
        Assert.Throws<PatchException>(() => JsonPatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)));

    [Fact]
    public void Merge_patch_is_idempotent_and_the_empty_patch_changes_nothing() =>
        Prop.ForAll(Documents().Two().ToArbitrary(), pair =>
        {
            JsonNode? target = JsonNode.Parse(pair.Item1);
            JsonNode? patch = JsonNode.Parse(pair.Item2);
            JsonNode? once = MergePatch.Apply(target, patch);
            return JsonNode.DeepEquals(once, MergePatch.Apply(once, patch))
                && (target is not JsonObject || JsonNode.DeepEquals(target, MergePatch.Apply(target, new JsonObject())))
                && JsonNode.DeepEquals(target, JsonNode.Parse(pair.Item1));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Adding_and_removing_by_json_patch_gives_the_document_back() =>
        Prop.ForAll(Documents().Two().ToArbitrary(), pair =>
        {
            var target = new JsonObject { ["x"] = JsonNode.Parse(pair.Item1) };
            var patch = new JsonArray(
                new JsonObject { ["op"] = "add", ["path"] = "/y", ["value"] = JsonNode.Parse(pair.Item2) },
                new JsonObject { ["op"] = "copy", ["from"] = "/y", ["path"] = "/z" },
                new JsonObject { ["op"] = "test", ["path"] = "/z", ["value"] = JsonNode.Parse(pair.Item2) },
                new JsonObject { ["op"] = "remove", ["path"] = "/z" },
                new JsonObject { ["op"] = "remove", ["path"] = "/y" });
            return JsonNode.DeepEquals(target, JsonPatch.Apply(target, patch));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"spec":{"containers":[{"name":"b","image":"new"}]}}""", """{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"new"}]}}""")]
    [InlineData("""{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}""", """{"spec":{"containers":[{"name":"b","image":"2"}]}}""")]
    [InlineData("""{"spec":{"containers":[{"$patch":"replace"},{"name":"c","image":"3"}]}}""", """{"spec":{"containers":[{"name":"c","image":"3"}]}}""")]
    [InlineData("""{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","image":"9"}]}}""", """{"spec":{"containers":[{"name":"b","image":"2"},{"name":"a","image":"9"}]}}""")]
    [InlineData("""{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]}}""", """{"metadata":{},"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}}""")]
    public void Strategic_merge_patch_merges_lists_by_key_and_obeys_its_directives(string patch, string expected)
    {
        JsonObject pod = JsonNode.Parse("""{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}}""")!.AsObject();
        JsonObject result = StrategicMergePatch.Apply(pod, JsonNode.Parse(patch)!.AsObject(), BuiltinSchemas.Definition("io.k8s.api.core.v1.Pod"));
        Same(expected, result);
    }

    [Fact]
    public void A_field_set_survives_its_json_form()
    {
        JsonObject json = JsonNode.Parse("""{"f:data":{".":{},"f:a":{}},"f:spec":{"f:containers":{"k:{\"name\":\"x\"}":{".":{},"f:image":{}}}}}""")!.AsObject();
        Assert.True(JsonNode.DeepEquals(json, FieldSet.FromJson(json).ToJson()));
        Assert.Contains(".spec.containers[name=\"x\"].image", FieldSet.FromJson(json).Paths());
    }

    private static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}, got {JsonText.Text(actual)}");

    /// <summary>Random JSON documents of little depth.</summary>
    private static Gen<string> Documents(int depth = 3)
    {
        Gen<string> leaf = Gen.Elements("null", "1", "2.5", "true", "\"a\"", "\"b\"", "{}", "[]");
        if (depth == 0)
        {
            return leaf;
        }

        Gen<string> inner = Documents(depth - 1);
        Gen<string> map = Gen.Elements("a", "b", "c", "d").Two().SelectMany(k => inner.Two().Select(v => k.Item1 == k.Item2
            ? $"{{\"{k.Item1}\":{v.Item1}}}" : $"{{\"{k.Item1}\":{v.Item1},\"{k.Item2}\":{v.Item2}}}"));
        Gen<string> list = inner.Two().Select(v => $"[{v.Item1},{v.Item2}]");
        return Gen.Frequency((1, leaf), (3, map), (1, list));
    }
}
