using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>Pieces of the Beacon API's JSON form that the generated code calls.</summary>
public static class SszJson
{
    /// <summary>Writes an integer as a quoted decimal number.</summary>
    public static void WriteUInt64(Utf8JsonWriter writer, ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out int written);
        writer.WriteStringValue(digits[..written]);
    }

    /// <summary>Reads an integer from a quoted decimal number; a bare JSON number is taken too.</summary>
    /// <exception cref="JsonException">Anything else.</exception>
    public static ulong ReadUInt64(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out ulong number))
        {
            return number;
        }

        if (reader.TokenType == JsonTokenType.String
            && ulong.TryParse(Utf8Text(ref reader), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
        {
            return value;
        }

        throw new JsonException("An unsigned decimal number in quotes is wanted.");
    }

    /// <summary>The UTF-8 text of a string token. The reader checks no encoding in strings, so bytes that are no UTF-8 may be among it.</summary>
    internal static ReadOnlySpan<byte> Utf8Text(ref Utf8JsonReader reader)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        byte[] text = new byte[reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length];
        try
        {
            return text.AsSpan(0, reader.CopyString(text));
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("The text is no valid UTF-8.", e);
        }
    }

    /// <summary>Reads an integer that has a smaller range than 64 bits.</summary>
    /// <exception cref="JsonException">No number, or above <paramref name="maximum"/>.</exception>
    public static ulong ReadUInt(ref Utf8JsonReader reader, ulong maximum)
    {
        ulong value = ReadUInt64(ref reader);
        return value <= maximum ? value : throw new JsonException($"{value} is above the greatest value, {maximum}.");
    }

    /// <summary>Reads <c>true</c> or <c>false</c>.</summary>
    /// <exception cref="JsonException">Anything else.</exception>
    public static bool ReadBoolean(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new JsonException("true or false is wanted."),
    };

    /// <summary>Writes bytes as 0x-prefixed hexadecimal.</summary>
    public static void WriteHex(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(2 + (bytes.Length * 2));
        rented[0] = (byte)'0';
        rented[1] = (byte)'x';
        Convert.TryToHexStringLower(bytes, rented.AsSpan(2), out int written);
        writer.WriteStringValue(rented.AsSpan(0, 2 + written));
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Reads exactly as many bytes as <paramref name="destination"/> has.</summary>
    /// <exception cref="JsonException">The value is no 0x-prefixed hexadecimal of that length.</exception>
    public static void ReadHex(ref Utf8JsonReader reader, scoped Span<byte> destination)
    {
        if (reader.TokenType != JsonTokenType.String || !TryParseHex(Utf8Text(ref reader), destination))
        {
            throw new JsonException($"{destination.Length} bytes as 0x-prefixed hexadecimal are wanted.");
        }
    }

    /// <summary>Reads bytes of any length up to <paramref name="limit"/>.</summary>
    /// <exception cref="JsonException">The value is no 0x-prefixed hexadecimal, or longer.</exception>
    public static byte[] ReadHex(ref Utf8JsonReader reader, int limit)
    {
        ReadOnlySpan<byte> text = reader.TokenType == JsonTokenType.String ? Utf8Text(ref reader) : default;
        if (text.Length < 2 || text.Length % 2 != 0)
        {
            throw new JsonException("Bytes as 0x-prefixed hexadecimal are wanted.");
        }

        int length = (text.Length - 2) / 2;
        if (length > limit)
        {
            throw new JsonException($"{length} bytes are above the limit of {limit}.");
        }

        byte[] bytes = new byte[length];
        return TryParseHex(text, bytes) ? bytes : throw new JsonException("Bytes as 0x-prefixed hexadecimal are wanted.");
    }

    private static bool TryParseHex(ReadOnlySpan<byte> text, scoped Span<byte> destination) =>
        text.Length == 2 + (destination.Length * 2)
        && text.StartsWith("0x"u8)
        && Convert.FromHexString(text[2..], destination, out _, out _) == OperationStatus.Done;

    /// <summary>Writes a JSON array.</summary>
    public static void WriteArray<T>(Utf8JsonWriter writer, ReadOnlySpan<T> items)
        where T : ISszSerializable<T>
    {
        writer.WriteStartArray();
        foreach (T item in items)
        {
            item.WriteJson(writer);
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads a JSON array of at most <paramref name="limit"/> items.</summary>
    /// <exception cref="JsonException">No array, too many items, or an item of the wrong form.</exception>
    public static ImmutableArray<T> ReadArray<T>(ref Utf8JsonReader reader, ulong limit)
        where T : IBeaconJson<T>
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An array is wanted.");
        }

        ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if ((ulong)items.Count >= limit)
            {
                throw new JsonException($"More than {limit} items.");
            }

            items.Add(T.ReadJson(ref reader));
        }

        return items.DrainToImmutable();
    }

    /// <summary>Reads a JSON array of exactly <paramref name="length"/> items.</summary>
    /// <exception cref="JsonException">No array, another length, or an item of the wrong form.</exception>
    public static ImmutableArray<T> ReadVector<T>(ref Utf8JsonReader reader, ulong length)
        where T : IBeaconJson<T>
    {
        ImmutableArray<T> items = ReadArray<T>(ref reader, length);
        return (ulong)items.Length == length ? items : throw new JsonException($"{items.Length} items where {length} are wanted.");
    }

    /// <summary>The UTF-8 JSON of a value.</summary>
    public static string ToJson<T>(this T value)
        where T : IBeaconJson<T>
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            value.WriteJson(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a value from a whole JSON document.</summary>
    /// <exception cref="JsonException">The document is not JSON or not of the value's form.</exception>
    public static T FromJson<T>(ReadOnlySpan<byte> utf8)
        where T : IBeaconJson<T>
    {
        Utf8JsonReader reader = new(utf8);
        if (!reader.Read())
        {
            throw new JsonException("The document is empty.");
        }

        T value = T.ReadJson(ref reader);
        return reader.Read() ? throw new JsonException("There is more after the value.") : value;
    }

    /// <summary>Moves to the object's first key. For generated code.</summary>
    /// <exception cref="JsonException">The value is no object.</exception>
    public static void ReadObjectStart(ref Utf8JsonReader reader, string type)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"{type}: an object is wanted.");
        }
    }

    /// <summary>Moves to the next key of an object. For generated code.</summary>
    /// <returns>False at the object's end.</returns>
    public static bool ReadKey(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Throws for an object that lacks keys. For generated code.</summary>
    /// <param name="type">The container.</param>
    /// <param name="seen">One bit per field that was there.</param>
    /// <param name="keys">All fields' keys.</param>
    /// <exception cref="JsonException">Always; the message names the first missing key.</exception>
    public static void ThrowMissing(string type, ulong seen, ReadOnlySpan<string> keys)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            if ((seen & (1UL << i)) == 0)
            {
                throw new JsonException($"{type}: '{keys[i]}' is missing.");
            }
        }
    }

    /// <summary>Adds the key to the message of an error in its value. For generated code.</summary>
    public static JsonException At(string type, string key, JsonException inner) =>
        new($"{type}.{key}: {inner.Message}", inner);
}
