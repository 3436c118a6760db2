using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Kubernetes.Models;

/// <summary>A fixed-point number with a suffix, such as <c>5Gi</c>, <c>250m</c> or <c>1e3</c>.</summary>
/// <remarks>
/// Keeps the text it was made of, so that what a user wrote is what is sent; equality and order are those of the value.
/// The value is held exactly as nano-units, the smallest the API knows; finer text is rounded up as the server does.
/// </remarks>
[JsonConverter(typeof(QuantityConverter))]
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    private static readonly BigInteger Nano = BigInteger.Pow(10, 9);

    private readonly BigInteger _nanos;
    private readonly string? _text;

    private Quantity(BigInteger nanos, string text)
    {
        _nanos = nanos;
        _text = text;
    }

    /// <summary>The value, rounded up to a whole number and capped at <see cref="long.MaxValue"/>.</summary>
    public long Value
    {
        get
        {
            BigInteger whole = BigInteger.DivRem(_nanos, Nano, out BigInteger rest);
            whole += rest.Sign > 0 ? 1 : 0;
            return whole > long.MaxValue ? long.MaxValue : whole < long.MinValue ? long.MinValue : (long)whole;
        }
    }

    /// <summary>The value in thousandths, rounded up.</summary>
    public long MilliValue
    {
        get
        {
            BigInteger whole = BigInteger.DivRem(_nanos, 1_000_000, out BigInteger rest);
            return (long)(whole + (rest.Sign > 0 ? 1 : 0));
        }
    }

    /// <summary>−1, 0 or 1.</summary>
    public int Sign => _nanos.Sign;

    public static implicit operator Quantity(string text) => Parse(text);

    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    public static bool operator <(Quantity left, Quantity right) => left.CompareTo(right) < 0;

    public static bool operator >(Quantity left, Quantity right) => left.CompareTo(right) > 0;

    public static bool operator <=(Quantity left, Quantity right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Quantity left, Quantity right) => left.CompareTo(right) >= 0;

    /// <summary>Parses a quantity.</summary>
    /// <exception cref="FormatException">The text is no quantity.</exception>
    public static Quantity Parse(string text) =>
        TryParse(text, out Quantity value) ? value : throw new FormatException($"'{text}' is not a quantity such as 5Gi, 250m or 2.");

    /// <summary>Parses a quantity.</summary>
    public static bool TryParse(string? text, out Quantity value)
    {
        value = default;
        if (string.IsNullOrEmpty(text) || text.Length > 64)
        {
            return false;
        }

        int end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.' || (end == 0 && text[end] is '+' or '-')))
        {
            end++;
        }

        if (!decimal.TryParse(text.AsSpan(0, end), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || !TryFactor(text.AsSpan(end), out BigInteger numerator, out BigInteger denominator))
        {
            return false;
        }

        // The decimal is exact: take it apart into an integer and a power of ten.
        int scale = (decimal.GetBits(number)[3] >> 16) & 0xff;
        BigInteger mantissa = new(number * (decimal)Math.Pow(10, Math.Min(scale, 9)));
        BigInteger divisor = BigInteger.Pow(10, Math.Min(scale, 9)) * denominator;
        BigInteger nanos = BigInteger.DivRem(mantissa * numerator * Nano, divisor, out BigInteger rest);
        value = new Quantity(nanos + (rest.Sign > 0 ? 1 : 0), text);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Quantity other) => _nanos == other._nanos;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _nanos.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Quantity other) => _nanos.CompareTo(other._nanos);

    /// <summary>The text the quantity was made of.</summary>
    public override string ToString() => _text ?? "0";

    private static bool TryFactor(ReadOnlySpan<char> suffix, out BigInteger numerator, out BigInteger denominator)
    {
        (numerator, denominator) = (BigInteger.One, BigInteger.One);
        switch (suffix)
        {
            case "": return true;
            case "n": denominator = BigInteger.Pow(10, 9); return true;
            case "u": denominator = BigInteger.Pow(10, 6); return true;
            case "m": denominator = 1000; return true;
            case "k": numerator = 1000; return true;
            case "M": numerator = BigInteger.Pow(10, 6); return true;
            case "G": numerator = BigInteger.Pow(10, 9); return true;
            case "T": numerator = BigInteger.Pow(10, 12); return true;
            case "P": numerator = BigInteger.Pow(10, 15); return true;
            case "E": numerator = BigInteger.Pow(10, 18); return true;
            case "Ki": numerator = BigInteger.One << 10; return true;
            case "Mi": numerator = BigInteger.One << 20; return true;
            case "Gi": numerator = BigInteger.One << 30; return true;
            case "Ti": numerator = BigInteger.One << 40; return true;
            case "Pi": numerator = BigInteger.One << 50; return true;
            case "Ei": numerator = BigInteger.One << 60; return true;
        }

        if (suffix[0] is 'e' or 'E'
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent)
            && Math.Abs(exponent) <= 36)
        {
            numerator = exponent > 0 ? BigInteger.Pow(10, exponent) : BigInteger.One;
            denominator = exponent < 0 ? BigInteger.Pow(10, -exponent) : BigInteger.One;
            return true;
        }

        return false;
    }
}

/// <summary>Reads and writes <see cref="Quantity"/>; plain numbers are read too.</summary>
public sealed class QuantityConverter : JsonConverter<Quantity>
{
    /// <inheritdoc/>
    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
        return Quantity.TryParse(text, out Quantity value) ? value : throw new JsonException($"'{text}' is not a quantity such as 5Gi, 250m or 2.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
