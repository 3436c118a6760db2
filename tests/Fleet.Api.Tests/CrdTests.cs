using Fleet.Api.Manifests;
using Fleet.CrdGen;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Tests;

public sealed class CrdTests
{
    [Fact]
    public void Checked_in_definitions_are_what_the_types_say()
    {
        IReadOnlyList<(string FileName, string Text)> expected = CrdWriter.All();
        Assert.Equal(4, expected.Count);
        foreach ((string fileName, string text) in expected)
        {
            string path = Path.Combine(Repository.Root, "crds", fileName);
            Assert.True(File.Exists(path) && File.ReadAllText(path) == text, $"crds/{fileName} is stale; run: {CrdWriter.Command}");
        }
    }

    [Fact]
    public void Embedded_definitions_can_be_read_as_objects()
    {
        IReadOnlyList<CustomResourceDefinition> definitions = CrdManifests.Read();
        Assert.Equal(["beaconnodes.beaconfleet.dev", "canaryrollouts.beaconfleet.dev", "chainresets.beaconfleet.dev", "testnets.beaconfleet.dev"], definitions.Select(definition => definition.Metadata.Name));
        Assert.All(definitions, definition => Assert.NotNull(Assert.Single(definition.Spec!.Versions).Schema!.OpenAPIV3Schema!.Properties!["spec"].Properties));
    }

    [Fact]
    public void No_file_lies_beside_the_generated_ones()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(Repository.Root, "crds"), "*.yaml").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(CrdWriter.All().Select(crd => crd.FileName).Order(StringComparer.Ordinal), files);
    }

    [Fact]
    public void Columns_and_names_are_those_of_the_design()
    {
        string text = CrdWriter.All().Single(crd => crd.FileName.EndsWith("testnets.yaml", StringComparison.Ordinal)).Text;
        Assert.Contains("shortNames:\n    - tn\n", text);
        string[] columns = ["Phase", "Iter", "Nodes", "Head", "Finalized", "Lag", "Canary", "Score", "Age", "Image", "Participation", "Peers", "Protocol", "Message"];
        int at = 0;
        foreach (string column in columns)
        {
            int next = text.IndexOf($"- name: {column}\n", at, StringComparison.Ordinal);
            Assert.True(next > at, $"column {column} is missing or out of order");
            at = next;
        }
    }
}
