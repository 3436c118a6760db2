using System.Text.Json.Nodes;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("20s", 20_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("24h", 86_400_000)]
    [InlineData("0s", 0)]
    public void Durations_are_read(string text, long milliseconds) =>
        Assert.Equal(milliseconds, (long)new Duration(text).Value.TotalMilliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1d")]
    [InlineData("1.5s")]
    [InlineData("9999999999s")]
    public void What_is_no_duration_is_not_read(string text) => Assert.False(new Duration(text).IsValid);

    [Theory]
    [InlineData(90_000, "1m30s")]
    [InlineData(500, "500ms")]
    [InlineData(86_400_000, "24h")]
    [InlineData(0, "0s")]
    public void Durations_are_written_the_shortest_way(long milliseconds, string text) =>
        Assert.Equal(text, Duration.From(TimeSpan.FromMilliseconds(milliseconds)).Text);

    [Fact]
    public void An_unreadable_duration_does_not_make_the_object_unreadable()
    {
        const string Json = """{"metadata":{"name":"x"},"spec":{"genesis":{"delay":7},"network":{"config":{"A":1e400,"B":"0x01","C":12}},"pools":[]}}""";
        Testnet testnet = KubernetesJson.Deserialize<Testnet>(System.Text.Encoding.UTF8.GetBytes(Json));
        Assert.False(testnet.Spec.Genesis.Delay.IsValid);
        Assert.Equal("1e400", testnet.Spec.Network.Config!["A"].Text);
        Assert.False(testnet.Spec.Network.Config["B"].IsInteger);
        Assert.Equal("{\"A\":1e400,\"B\":\"0x01\",\"C\":12}", KubernetesJson.ToNode(testnet)["spec"]!["network"]!["config"]!.ToJsonString());
    }

    [Fact]
    public void Defaults_of_missing_fields_hold_after_reading()
    {
        Testnet testnet = KubernetesJson.Deserialize<Testnet>("""{"metadata":{"name":"x"},"spec":{}}"""u8);
        Assert.Equal("minimal", testnet.Spec.Network.Preset);
        Assert.Equal(1, testnet.Spec.Bootnodes.Replicas);
        Assert.Equal("20s", testnet.Spec.Genesis.Delay.Text);
    }

    [Fact]
    public void Yaml_that_is_written_is_read_back_alike()
    {
        JsonNode tree = JsonNode.Parse("""{"a":"true","b":["x: y","- z","",{"c":null,"d":[]}],"e":{"f":{},"g":1.5},"h":"line\nline\n","i":" lead","0x1":"0x10","k":"é"}""")!;
        string yaml = YamlText.Write(tree);
        ReadOnlyMemory<byte> json = YamlToJson.Convert(YamlTreeReader.Read(yaml, "x.yaml")[0], KubernetesJson.Context.JsonElement, KubernetesJson.Context.GetTypeInfo, "x.yaml", []);
        Assert.True(JsonNode.DeepEquals(tree, JsonNode.Parse(json.Span)), yaml);
    }
}
