using Microsoft.CodeAnalysis;

namespace Beacon.Ssz.Tests.Generator;

public sealed class DiagnosticTests
{
    [Theory]
    [InlineData("SSZ001", "public sealed record X { public required ulong A { get; init; } }")]
    [InlineData("SSZ002", "public sealed partial record X { public required Bitlist A { get; init; } }")]
    [InlineData("SSZ002", "public sealed partial record X { public required Bitvector A { get; init; } }")]
    [InlineData("SSZ002", "public sealed partial record X { public required ImmutableArray<Root> A { get; init; } }")]
    [InlineData("SSZ002", "public sealed partial record X { public required PersistentList<Root> A { get; init; } }")]
    [InlineData("SSZ003", "public sealed partial record X { public required string A { get; init; } }")]
    [InlineData("SSZ003", "public sealed partial record X { public required int A { get; init; } }")]
    [InlineData("SSZ003", "public sealed partial record X { public required byte[] A { get; init; } }")]
    [InlineData("SSZ003", "public sealed partial record X { [SszList(3)] public required ImmutableArray<ulong> A { get; init; } }")]
    [InlineData("SSZ004", "public sealed partial record X { [SszList(\"Limit\")] public required ImmutableArray<Root> A { get; init; } }")]
    [InlineData("SSZ005", "public sealed partial record X { }")]
    [InlineData("SSZ006", "public sealed partial record X { [SszVector(0)] public required Bitvector A { get; init; } }")]
    [InlineData("SSZ008", "public sealed partial record X<T> { public required ulong A { get; init; } }")]
    [InlineData("SSZ009", "public sealed partial record X { [SszVector(4)] public required Bitlist A { get; init; } }")]
    [InlineData("SSZ009", "public sealed partial record X { [SszList(4)] public required Bitvector A { get; init; } }")]
    [InlineData("SSZ009", "public sealed partial record X { [SszList(4), SszVector(4)] public required ImmutableArray<Root> A { get; init; } }")]
    public void Misuse_of_a_container_is_an_error_with_its_place(string id, string declaration)
    {
        (var reported, _, GeneratorDriverRunResult result) = GeneratorDriver.Run(
            $"using System.Collections.Immutable; using Beacon.Ssz; namespace Sample; [SszContainer] {declaration}");
        Diagnostic diagnostic = Assert.Single(reported);
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        Assert.Equal("Sample.cs", diagnostic.Location.GetLineSpan().Path);
        Assert.Empty(result.GeneratedTrees);
    }

    [Theory]
    [InlineData("SSZ001", "[SszUInt64] public readonly record struct X(ulong Value);")]
    [InlineData("SSZ007", "[SszUInt64] public readonly partial record struct X(long Value);")]
    [InlineData("SSZ006", "[SszBytes(0)] public readonly partial struct X;")]
    [InlineData("SSZ001", "[SszBytes(4)] public readonly struct X;")]
    public void Misuse_of_a_scalar_is_an_error(string id, string declaration)
    {
        (var reported, _, _) = GeneratorDriver.Run($"using Beacon.Ssz; namespace Sample; {declaration}");
        Assert.Equal(id, Assert.Single(reported).Id);
    }
}
