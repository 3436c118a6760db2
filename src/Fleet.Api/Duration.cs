using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Api;

/// <summary>A length of time as people write it in manifests: <c>500ms</c>, <c>20s</c>, <c>1m30s</c>, <c>24h</c>.</summary>
/// <remarks>
/// Holds the text, so that one unreadable value of an old object makes that object invalid instead of making a whole list unreadable.
/// Units are those of Go's durations from milliseconds up: <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c>.
/// </remarks>
[JsonConverter(typeof(DurationJsonConverter))]
public readonly record struct Duration(string Text)
{
    /// <summary>The regular expression the API server checks.</summary>
    public const string Pattern = "^([0-9]{1,9}(ms|s|m|h)){1,4}$";

    /// <summary>Most numbers with a unit that a text may have; the same as in <see cref="Pattern"/>.</summary>
    private const int MaxParts = 4;

    /// <summary>Longest text accepted, in characters.</summary>
    public const int MaxLength = 32;

    /// <summary>Whether the text is a duration.</summary>
    public bool IsValid => TryParse(Text, out _);

    /// <summary>The length of time.</summary>
    /// <exception cref="InvalidOperationException">The text is not a duration.</exception>
    public TimeSpan Value =>
        TryParse(Text, out TimeSpan value) ? value : throw new InvalidOperationException($"\"{Text}\" is not a duration such as 20s or 1m30s");

    /// <summary>Writes a time span the shortest way.</summary>
    public static Duration From(TimeSpan value)
    {
        long milliseconds = (long)value.TotalMilliseconds;
        if (milliseconds <= 0)
        {
            return new Duration("0s");
        }

        var text = new System.Text.StringBuilder();
        foreach ((string unit, long size) in (ReadOnlySpan<(string, long)>)[("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)])
        {
            if (milliseconds >= size)
            {
                text.Append(CultureInfo.InvariantCulture, $"{milliseconds / size}{unit}");
                milliseconds %= size;
            }
        }

        return new Duration(text.ToString());
    }

    /// <summary>Reads a duration; false when the text is not one.</summary>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return false;
        }

        long total = 0;
        int parts = 0;
        for (int i = 0; i < text.Length;)
        {
            if (++parts > MaxParts)
            {
                return false;
            }

            int start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
            {
                i++;
            }

            if (i == start || i - start > 9)
            {
                return false;
            }

            long number = long.Parse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture);
            long size;
            (size, i) = text.AsSpan(i) switch
            {
                ['m', 's', ..] => (1L, i + 2),
                ['s', ..] => (1000L, i + 1),
                ['m', ..] => (60_000L, i + 1),
                ['h', ..] => (3_600_000L, i + 1),
                _ => (0L, i),
            };
            if (size == 0)
            {
                return false;
            }

            total += number * size;
        }

        // Four times 10^9 hours still fit in a long of milliseconds, a TimeSpan holds a fifteenth of it: longer than any bound in either case.
        value = total < TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond ? TimeSpan.FromMilliseconds(total) : TimeSpan.MaxValue;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Reads and writes <see cref="Duration"/> as its text.</summary>
public sealed class DurationJsonConverter : JsonConverter<Duration>
{
    /// <inheritdoc/>
    public override Duration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString() ?? "",
            JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
            _ => throw new JsonException("a duration is a text such as 20s"),
        });

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Duration value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
