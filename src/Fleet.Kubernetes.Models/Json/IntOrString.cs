using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Kubernetes.Models;

/// <summary>A number, or a string such as a port name or a percentage.</summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    private readonly int _number;

    private IntOrString(int number, string? text)
    {
        _number = number;
        Text = text;
    }

    /// <summary>The string, or null for a number.</summary>
    public string? Text { get; }

    /// <summary>The number, or null for a string.</summary>
    public int? Number => Text is null ? _number : null;

    public static implicit operator IntOrString(int number) => new(number, null);

    public static implicit operator IntOrString(string text) => new(0, text);

    /// <summary>The value as an absolute number of <paramref name="total"/>, percentages rounded up or down.</summary>
    /// <exception cref="FormatException">A string that is no percentage.</exception>
    public int Scale(int total, bool roundUp)
    {
        if (Text is null)
        {
            return _number;
        }

        if (!Text.EndsWith('%') || !int.TryParse(Text.AsSpan(0, Text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent))
        {
            throw new FormatException($"'{Text}' is neither a number nor a percentage.");
        }

        double share = percent * (double)total / 100;
        return (int)(roundUp ? Math.Ceiling(share) : Math.Floor(share));
    }

    /// <inheritdoc/>
    public override string ToString() => Text ?? _number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Reads and writes <see cref="IntOrString"/>.</summary>
public sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    /// <inheritdoc/>
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetInt32(),
        JsonTokenType.String => reader.GetString()!,
        _ => throw new JsonException("Expected a number or a string."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.Number is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(value.Text);
        }
    }
}
