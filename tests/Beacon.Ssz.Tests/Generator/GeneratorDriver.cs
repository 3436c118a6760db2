using System.Collections.Immutable;
using Beacon.Ssz.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Beacon.Ssz.Tests.Generator;

/// <summary>Runs the generator over a source text.</summary>
internal static class GeneratorDriver
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "Beacon.Ssz.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static CSharpCompilation Compile(string source) => CSharpCompilation.Create(
        "Sample",
        [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest), "Sample.cs")],
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>What the generator says and writes, and the errors of compiling the result.</summary>
    public static (ImmutableArray<Diagnostic> Reported, ImmutableArray<Diagnostic> Errors, GeneratorDriverRunResult Result) Run(string source)
    {
        CSharpGeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new SszGenerator().AsSourceGenerator()], parseOptions: new CSharpParseOptions(LanguageVersion.Latest));
        Microsoft.CodeAnalysis.GeneratorDriver run = driver.RunGeneratorsAndUpdateCompilation(
            Compile(source), out Compilation output, out ImmutableArray<Diagnostic> reported);
        return (reported, [.. output.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning)], run.GetRunResult());
    }
}
