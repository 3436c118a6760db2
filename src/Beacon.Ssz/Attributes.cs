namespace Beacon.Ssz;

/// <summary>Marks a partial record or class as an SSZ container: the generator writes codec, hash tree root, equality and JSON.</summary>
/// <remarks>Fields are the public instance properties with a setter, in the order of their declaration.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SszContainerAttribute : Attribute
{
    /// <summary>Type of the value that limits given by name are taken from; without it all limits are constants.</summary>
    public Type? Context { get; init; }
}

/// <summary>Marks a <c>readonly partial record struct X(ulong Value)</c> as a uint64: the generator writes codec, JSON, comparison and checked operators.</summary>
[AttributeUsage(AttributeTargets.Struct, Inherited = false)]
public sealed class SszUInt64Attribute : Attribute;

/// <summary>Marks a <c>readonly partial struct</c> as a byte vector of fixed length.</summary>
/// <param name="length">Bytes; a multiple of 4.</param>
[AttributeUsage(AttributeTargets.Struct, Inherited = false)]
public sealed class SszBytesAttribute(int length) : Attribute
{
    /// <summary>Bytes.</summary>
    public int Length { get; } = length;
}

/// <summary>Greatest number of elements of a list or of bits of a bitlist.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SszListAttribute : Attribute
{
    /// <summary>A constant limit.</summary>
    public SszListAttribute(ulong limit) => Limit = limit;

    /// <summary>A limit that is a member path of the container's context, for example <c>nameof(Preset.HistoricalRootsLimit)</c>.</summary>
    public SszListAttribute(string limitMember) => LimitMember = limitMember;

    /// <summary>The constant limit, or 0.</summary>
    public ulong Limit { get; }

    /// <summary>Member path of the limit in the context.</summary>
    public string? LimitMember { get; }
}

/// <summary>Exact number of elements of a vector or of bits of a bitvector.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SszVectorAttribute : Attribute
{
    /// <summary>A constant length.</summary>
    public SszVectorAttribute(ulong length) => Length = length;

    /// <summary>A length that is a member path of the container's context.</summary>
    public SszVectorAttribute(string lengthMember) => LengthMember = lengthMember;

    /// <summary>The constant length, or 0.</summary>
    public ulong Length { get; }

    /// <summary>Member path of the length in the context.</summary>
    public string? LengthMember { get; }
}

/// <summary>The spec's field name where it is not the snake_case form of the property's name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SszNameAttribute(string name) : Attribute
{
    /// <summary>The field's name in the spec and in JSON.</summary>
    public string Name { get; } = name;
}
