using System.Collections.Immutable;
using Beacon.Ssz;

namespace Beacon.SpecTests.Ssz;

/// <summary>Containers of <c>tests/formats/ssz_generic</c>.</summary>
[SszContainer]
internal sealed partial record SingleFieldTestStruct
{
    public required byte A { get; init; }
}

[SszContainer]
internal sealed partial record SmallTestStruct
{
    public required ushort A { get; init; }

    public required ushort B { get; init; }
}

[SszContainer]
internal sealed partial record FixedTestStruct
{
    public required byte A { get; init; }

    public required ulong B { get; init; }

    public required uint C { get; init; }
}

[SszContainer]
internal sealed partial record VarTestStruct
{
    public required ushort A { get; init; }

    [SszList(1024)]
    public required ImmutableArray<SszNumber<ushort>> B { get; init; }

    public required byte C { get; init; }
}

[SszContainer]
internal sealed partial record ComplexTestStruct
{
    public required ushort A { get; init; }

    [SszList(128)]
    public required ImmutableArray<SszNumber<ushort>> B { get; init; }

    public required byte C { get; init; }

    [SszList(256)]
    public required ImmutableArray<SszNumber<byte>> D { get; init; }

    public required VarTestStruct E { get; init; }

    [SszVector(4)]
    public required ImmutableArray<FixedTestStruct> F { get; init; }

    [SszVector(2)]
    public required ImmutableArray<VarTestStruct> G { get; init; }
}

[SszContainer]
internal sealed partial record BitsStruct
{
    [SszList(5)]
    public required Bitlist A { get; init; }

    [SszVector(2)]
    public required Bitvector B { get; init; }

    [SszVector(1)]
    public required Bitvector C { get; init; }

    [SszList(6)]
    public required Bitlist D { get; init; }

    [SszVector(8)]
    public required Bitvector E { get; init; }
}
