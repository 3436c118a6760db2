using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Api;

/// <summary>A value of <c>network.config</c> or a resource quantity: an integer or a text (OpenAPI <c>int-or-string</c>).</summary>
/// <remarks>JSON numbers are exact up to 2^53 only, so larger values and every hexadecimal value must be texts.</remarks>
[JsonConverter(typeof(ConfigValueJsonConverter))]
public readonly record struct ConfigValue
{
    /// <summary>Largest integer that every JSON reader keeps exactly: 2^53.</summary>
    public const long MaxExactInteger = 1L << 53;

    private readonly string? _text;

    /// <summary>A text.</summary>
    public ConfigValue(string text)
    {
        _text = text;
        IsInteger = false;
    }

    /// <summary>An integer.</summary>
    public ConfigValue(long integer)
    {
        _text = integer.ToString(CultureInfo.InvariantCulture);
        IsInteger = true;
    }

    private ConfigValue(string text, bool isInteger)
    {
        _text = text;
        IsInteger = isInteger;
    }

    /// <summary>Whether it was given as a JSON number.</summary>
    public bool IsInteger { get; }

    /// <summary>The value as text, as it is written to <c>config.yaml</c>.</summary>
    public string Text => _text ?? "";

    /// <summary>Reads the value as an unsigned integer in decimal notation.</summary>
    public bool TryGetUInt64(out ulong value) => ulong.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>A value from the text of a JSON number, which may be negative, fractional or too large; validation says so.</summary>
    internal static ConfigValue FromNumber(string text) => new(text, isInteger: true);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>An integer.</summary>
    public static implicit operator ConfigValue(long value) => new(value);

    /// <summary>A text.</summary>
    public static implicit operator ConfigValue(string value) => new(value);
}

/// <summary>Reads and writes <see cref="ConfigValue"/> as a JSON number or text.</summary>
public sealed class ConfigValueJsonConverter : JsonConverter<ConfigValue>
{
    /// <inheritdoc/>
    public override ConfigValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new ConfigValue(reader.GetString() ?? ""),
            JsonTokenType.Number => ConfigValue.FromNumber(System.Text.Encoding.UTF8.GetString(reader.ValueSpan)),
            _ => throw new JsonException("an integer or a text is expected"),
        };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ConfigValue value, JsonSerializerOptions options)
    {
        if (value.IsInteger)
        {
            writer.WriteRawValue(value.Text);
        }
        else
        {
            writer.WriteStringValue(value.Text);
        }
    }
}
