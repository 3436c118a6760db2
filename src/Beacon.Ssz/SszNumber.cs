using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>An unsigned integer as an element of lists and vectors, for example <c>SszNumber&lt;ushort&gt;</c>.</summary>
/// <typeparam name="T">An unsigned integer type of 1 to 16 bytes.</typeparam>
public readonly record struct SszNumber<T>(T Value) : ISszSerializable<SszNumber<T>>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
{
    /// <inheritdoc/>
    public static int FixedSize => Unsafe.SizeOf<T>();

    /// <inheritdoc/>
    public static bool IsBasic => true;

    /// <inheritdoc/>
    public int SszSize => FixedSize;

    /// <inheritdoc/>
    public static SszNumber<T> CreateDefault() => default;

    /// <inheritdoc/>
    public static SszNumber<T> Deserialize(ReadOnlySpan<byte> data)
    {
        SszCodec.CheckSize(data, FixedSize, typeof(T).Name);
        return new(T.ReadLittleEndian(data, isUnsigned: true));
    }

    /// <inheritdoc/>
    public void Serialize(Span<byte> destination) => Value.WriteLittleEndian(destination);

    /// <inheritdoc/>
    public Root HashTreeRoot()
    {
        Span<byte> chunk = stackalloc byte[Root.Size];
        chunk.Clear();
        Value.WriteLittleEndian(chunk);
        return new Root(chunk);
    }

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer) => writer.WriteStringValue(Value.ToString(null, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public static SszNumber<T> ReadJson(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String
        && T.TryParse(SszJson.Utf8Text(ref reader), NumberStyles.None, CultureInfo.InvariantCulture, out T value)
            ? new(value)
            : throw new JsonException("An unsigned decimal number in quotes is wanted.");

    /// <summary>The number in decimal digits.</summary>
    public override string ToString() => Value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>A boolean as an element of lists and vectors.</summary>
public readonly record struct SszBoolean(bool Value) : ISszSerializable<SszBoolean>
{
    /// <inheritdoc/>
    public static int FixedSize => 1;

    /// <inheritdoc/>
    public static bool IsBasic => true;

    /// <inheritdoc/>
    public int SszSize => 1;

    /// <inheritdoc/>
    public static SszBoolean CreateDefault() => default;

    /// <inheritdoc/>
    public static SszBoolean Deserialize(ReadOnlySpan<byte> data)
    {
        SszCodec.CheckSize(data, 1, nameof(Boolean));
        return new(SszCodec.ReadBoolean(data[0]));
    }

    /// <inheritdoc/>
    public void Serialize(Span<byte> destination) => destination[0] = Value ? (byte)1 : (byte)0;

    /// <inheritdoc/>
    public Root HashTreeRoot() => SszCodec.RootOfUInt(Value ? 1UL : 0UL);

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer) => writer.WriteBooleanValue(Value);

    /// <inheritdoc/>
    public static SszBoolean ReadJson(ref Utf8JsonReader reader) => new(SszJson.ReadBoolean(ref reader));
}
