using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Beacon.Ssz;

namespace Beacon.SpecTests.Ssz;

/// <summary>The <c>ssz_generic</c> runner: types named by their case, valid ones round trip and hash, invalid ones are refused.</summary>
/// <remarks>
/// Valid cases have <c>serialized.ssz_snappy</c>, <c>meta.yaml</c> with the root and sometimes <c>value.yaml</c>; invalid ones only the first.
/// A uint256 is read as 32 bytes: encoding and chunk are the same.
/// </remarks>
internal static class SszGenericCases
{
    /// <summary>Names of the handlers there are checks for.</summary>
    public static IReadOnlyCollection<string> Handlers { get; } = ["basic_vector", "bitlist", "bitvector", "boolean", "containers", "uints"];

    /// <summary>Runs a case that must decode.</summary>
    /// <param name="handler">Handler name.</param>
    /// <param name="name">Case name, which names the type.</param>
    /// <param name="serialized">The decompressed encoding.</param>
    /// <param name="root">The <c>root</c> of <c>meta.yaml</c>.</param>
    /// <param name="value">The scalar in <c>value.yaml</c>, if the case has one.</param>
    public static void RunValid(string handler, string name, byte[] serialized, string root, string? value)
    {
        (byte[] encoded, Root found, string? text) = Decode(handler, name, serialized);
        Assert.Equal(serialized, encoded);
        Assert.Equal(Root.Parse(root), found);
        if (value is not null)
        {
            Assert.Equal(value, text);
        }
    }

    /// <summary>Runs a case that must be refused.</summary>
    public static void RunInvalid(string handler, string name, byte[] serialized) =>
        Assert.Throws<SszException>(() => Decode(handler, name, serialized));

    private static (byte[] Encoded, Root Root, string? Text) Decode(string handler, string name, byte[] data)
    {
        string[] parts = name.Split('_');
        switch (handler)
        {
            case "boolean":
                SszBoolean boolean = SszBoolean.Deserialize(data);
                return (boolean.ToSsz(), boolean.HashTreeRoot(), boolean.Value ? "true" : "false");
            case "uints":
                return DecodeNumber(parts[1], data);
            case "basic_vector":
                return DecodeVector(parts[1], ulong.Parse(parts[2], CultureInfo.InvariantCulture), data);
            case "bitlist":
                ulong limit = parts[1] == "no" ? 8 : ulong.Parse(parts[1], CultureInfo.InvariantCulture);
                Bitlist bits = Bitlist.Deserialize(data, limit);
                return (bits.ToSsz(), bits.HashTreeRoot(limit), null);
            case "bitvector":
                ulong length = ulong.Parse(parts[1], CultureInfo.InvariantCulture);
                RefuseEmptyType(length);
                Bitvector vector = Bitvector.Deserialize(data, length);
                return (vector.ToSsz(), vector.HashTreeRoot(), null);
            case "containers":
                return DecodeContainer(parts[0], data);
            default:
                throw new NotSupportedException($"No ssz_generic handler '{handler}'.");
        }
    }

    private static (byte[] Encoded, Root Root, string? Text) DecodeNumber(string bits, byte[] data) => bits switch
    {
        "8" => Result(SszNumber<byte>.Deserialize(data)),
        "16" => Result(SszNumber<ushort>.Deserialize(data)),
        "32" => Result(SszNumber<uint>.Deserialize(data)),
        "64" => Result(SszNumber<ulong>.Deserialize(data)),
        "128" => Result(SszNumber<UInt128>.Deserialize(data)),
        "256" => Result(Root.Deserialize(data)) with { Text = new BigInteger(data, isUnsigned: true).ToString(CultureInfo.InvariantCulture) },
        _ => throw new NotSupportedException($"No integer of {bits} bits."),
    };

    private static (byte[] Encoded, Root Root, string? Text) DecodeVector(string element, ulong length, byte[] data)
    {
        RefuseEmptyType(length);
        return element switch
        {
            "bool" => Vector<SszBoolean>(length, data),
            "uint8" => Vector<SszNumber<byte>>(length, data),
            "uint16" => Vector<SszNumber<ushort>>(length, data),
            "uint32" => Vector<SszNumber<uint>>(length, data),
            "uint64" => Vector<SszNumber<ulong>>(length, data),
            "uint128" => Vector<SszNumber<UInt128>>(length, data),
            "uint256" => Vector<Root>(length, data),
            _ => throw new NotSupportedException($"No vector of {element}."),
        };
    }

    private static (byte[] Encoded, Root Root, string? Text) Vector<T>(ulong length, byte[] data)
        where T : ISszSerializable<T>
    {
        ImmutableArray<T> items = SszCodec.ReadVector<T>(data, length);
        byte[] encoded = new byte[SszCodec.SizeOf(items.AsSpan())];
        SszCodec.Write(items.AsSpan(), encoded);
        Root root = SszCodec.RootOfVector(items.AsSpan());

        // The persistent form must agree in everything.
        PersistentList<T> persistent = PersistentList<T>.DeserializeVector(data, length);
        byte[] again = new byte[persistent.SszSize];
        persistent.Serialize(again);
        Assert.Equal(encoded, again);
        Assert.Equal(root, persistent.HashTreeRoot());
        return (encoded, root, null);
    }

    private static (byte[] Encoded, Root Root, string? Text) DecodeContainer(string type, byte[] data) => type switch
    {
        nameof(SingleFieldTestStruct) => Result(SingleFieldTestStruct.Deserialize(data)),
        nameof(SmallTestStruct) => Result(SmallTestStruct.Deserialize(data)),
        nameof(FixedTestStruct) => Result(FixedTestStruct.Deserialize(data)),
        nameof(VarTestStruct) => Result(VarTestStruct.Deserialize(data)),
        nameof(ComplexTestStruct) => Result(ComplexTestStruct.Deserialize(data)),
        nameof(BitsStruct) => Result(BitsStruct.Deserialize(data)),
        _ => throw new NotSupportedException($"No container '{type}'."),
    };

    private static (byte[] Encoded, Root Root, string? Text) Result<T>(T value)
        where T : ISszSerializable<T> => (value.ToSsz(), value.HashTreeRoot(), value.ToString());

    /// <summary>Vectors of length 0 are no types at all; the generator refuses them when it compiles.</summary>
    private static void RefuseEmptyType(ulong length)
    {
        if (length == 0)
        {
            throw new SszException("A vector has at least one element.");
        }
    }
}
