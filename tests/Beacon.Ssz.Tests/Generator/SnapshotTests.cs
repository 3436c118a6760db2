using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using TestKit;

namespace Beacon.Ssz.Tests.Generator;

/// <summary>The generated code, compared with what was reviewed. <c>FLEET_UPDATE_SNAPSHOTS=1</c> rewrites the snapshots in the source folder.</summary>
public sealed class SnapshotTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Generator");

    public static TheoryData<string> Inputs =>
        [.. Directory.GetFiles(Path.Combine(Folder, "Inputs")).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Inputs))]
    public void The_generated_code_is_the_reviewed_code_and_compiles(string input)
    {
        string source = File.ReadAllText(Path.Combine(Folder, "Inputs", input + ".txt"));
        (var reported, var errors, GeneratorDriverRunResult result) = GeneratorDriver.Run(source);
        Assert.Empty(reported);
        Assert.Empty(errors);
        string text = string.Join(
            "\n", result.GeneratedTrees.OrderBy(tree => tree.FilePath, StringComparer.Ordinal).Select(tree => $"// {Path.GetFileName(tree.FilePath)}\n{tree}"));
        if (Environment.GetEnvironmentVariable("FLEET_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), "Generator", "Snapshots", input + ".txt"), text);
        }

        string snapshot = Path.Combine(Folder, "Snapshots", input + ".txt");
        Assert.True(File.Exists(snapshot), $"There is no snapshot {input}.txt: run once with FLEET_UPDATE_SNAPSHOTS=1 and review it.");
        Assert.Equal(File.ReadAllText(snapshot), text, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_type_that_did_not_change_is_not_generated_again()
    {
        CSharpCompilation before = GeneratorDriver.Compile(File.ReadAllText(Path.Combine(Folder, "Inputs", "VariableContainer.txt")));
        Microsoft.CodeAnalysis.GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new Ssz.Generator.SszGenerator().AsSourceGenerator()],
            parseOptions: new CSharpParseOptions(LanguageVersion.Latest),
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        driver = driver.RunGenerators(before);
        CSharpCompilation after = before.AddSyntaxTrees(
            CSharpSyntaxTree.ParseText("namespace Sample; public sealed class Unrelated;", new CSharpParseOptions(LanguageVersion.Latest)));
        GeneratorRunResult result = driver.RunGenerators(after).GetRunResult().Results[0];
        IEnumerable<IncrementalStepRunReason> reasons = result.TrackedOutputSteps.SelectMany(step => step.Value)
            .SelectMany(step => step.Outputs).Select(output => output.Reason);
        Assert.All(reasons, reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.NotEmpty(reasons);
    }

    private static string SourceFolder() => Path.Combine(Repository.Root, "tests", "Beacon.Ssz.Tests");
}
