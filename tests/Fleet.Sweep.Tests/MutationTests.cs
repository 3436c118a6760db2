using System.Text.Json.Nodes;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;

namespace Fleet.Sweep.Tests;

/// <summary>Some of what `make sweep` does with every property, and that it does so with every property.</summary>
public sealed class MutationTests
{
    [Fact]
    public void Every_property_of_a_testnet_is_changed()
    {
        CustomResourceDefinition testnets = CrdManifests.Read().Single(definition => definition.Spec!.Names.Kind == "Testnet");
        JsonNode schema = KubernetesJson.ToNode(testnets)["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!;
        Assert.Equal(Leaves("spec", schema).Order(StringComparer.Ordinal), Mutation.All.Select(mutation => mutation.Property).Order(StringComparer.Ordinal));
    }

    /// <summary>One property of each effect, and those that once were not taken back.</summary>
    [Theory]
    [InlineData("spec.network.config")]
    [InlineData("spec.pools[].name")]
    [InlineData("spec.pools[].resources.requests")]
    [InlineData("spec.pools[].storage.size")]
    [InlineData("spec.pools[].storage.className")]
    [InlineData("spec.suspend")]
    [InlineData("spec.deletionPolicy")]
    public async Task A_property_is_changed_and_changed_back(string property)
    {
        using var maker = new WorldMaker(seed: 1);
        Assert.Empty(await new MutationRunner(maker).RunAsync(Mutation.All.Single(mutation => mutation.Property == property)));
    }

    /// <summary>Affinity is passed through to the pods as a whole.</summary>
    private static IEnumerable<string> Leaves(string path, JsonNode schema) =>
        path.EndsWith(".affinity", StringComparison.Ordinal) ? [path]
        : schema["properties"] is JsonObject properties ? properties.SelectMany(property => Leaves($"{path}.{property.Key}", property.Value!))
        : schema["items"] is { } items ? Leaves(path + "[]", items)
        : [path];
}
