using Fleet.CrdGen;

namespace Fleet.Chart.Tests;

/// <summary>What in the chart follows from other files is what they say now.</summary>
public sealed class GeneratedTests
{
    [Fact]
    public void Definitions_in_the_chart_are_those_of_the_types()
    {
        IReadOnlyList<(string FileName, string Text)> expected = ChartWriter.CrdTemplates();
        foreach ((string fileName, string text) in expected)
        {
            string path = Path.Combine(Repository.Chart, fileName);
            Assert.True(File.Exists(path) && File.ReadAllText(path) == text, $"{fileName} of the chart is stale; run: {CrdWriter.Command}");
        }

        string[] files = [.. Directory.GetFiles(Path.Combine(Repository.Chart, "templates", "crds")).Select(file => "templates/crds/" + Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(expected.Select(template => template.FileName).Order(StringComparer.Ordinal), files);
    }

    [Fact]
    public void Definitions_in_the_chart_stay_on_uninstall_and_are_the_same_otherwise()
    {
        foreach (((_, string text), (_, string crd)) in ChartWriter.CrdTemplates().Zip(CrdWriter.All()))
        {
            Assert.Contains("metadata:\n  annotations:\n    helm.sh/resource-policy: keep\n", text, StringComparison.Ordinal);
            string[] added = [.. text.Split('\n').Except(crd.Split('\n'), StringComparer.Ordinal)];
            Assert.Equal(6, added.Length);
            Assert.Empty(crd.Split('\n').Except(text.Split('\n'), StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_readme_lists_the_values_as_they_are()
    {
        string expected = ChartWriter.Readme(File.ReadAllText(Path.Combine(Repository.Chart, "values.yaml")));
        Assert.True(File.ReadAllText(Path.Combine(Repository.Chart, "README.md")) == expected, $"README.md of the chart is stale; run: {CrdWriter.Command}");
    }

    [Fact]
    public void A_row_of_the_readme_is_made_of_key_default_and_comment()
    {
        const string Values =
            """
            # A remark about the file.

            ## Images

            image:
              # Where it is;
              # without a tag.
              repository: a/b
              # Its tag | or nothing.
              tag: ""
            # How many.
            replicas: 2
            """;
        Assert.Equal(
            [
                new ChartValue("Images", "image.repository", "a/b", "Where it is; without a tag."),
                new ChartValue("Images", "image.tag", "\"\"", "Its tag | or nothing."),
                new ChartValue("Images", "replicas", "2", "How many."),
            ],
            ChartValue.Read(Values));
        Assert.Contains("\n## Images\n\n| value | default | meaning |\n|---|---|---|\n| `image.repository` | `a/b` |", ChartWriter.Readme(Values), StringComparison.Ordinal);
        Assert.Contains("Its tag \\| or nothing.", ChartWriter.Readme(Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("## A\n\nreplicas: 2", "values.yaml:3: replicas has no comment above it")]
    [InlineData("## A\n\n# Lost.\n\nreplicas: 2", "values.yaml:5: replicas has no comment above it")]
    [InlineData("# How many.\nreplicas: 2", "values.yaml:2: replicas stands under no section")]
    [InlineData("## A\n# All.\nimage:\n  # Where.\n  repository: a", "values.yaml:3: image has a comment, so its default must stand on its line")]
    [InlineData("## A\n# Which.\n- a", "values.yaml:3: is no key of a mapping")]
    public void A_value_that_is_not_documented_is_an_error(string values, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => ChartValue.Read(values)).Message);
}
