using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Tables;

/// <summary>Columns of custom resources: their name, the definition's own ones, or their age.</summary>
internal static class CustomColumns
{
    /// <summary>The columns of a definition's <c>additionalPrinterColumns</c>.</summary>
    public static IReadOnlyList<Column> Of(ImmutableArray<JsonElement> definitions, TimeProvider time)
    {
        var columns = new List<Column> { new("Name", "string", 0, o => o.Str("metadata", "name")) };
        if (definitions.IsDefaultOrEmpty)
        {
            columns.Add(new Column("Age", "date", 0, o => Ages.Since(o.Str("metadata", "creationTimestamp"), time)));
            return columns;
        }

        foreach (JsonElement definition in definitions)
        {
            var path = JsonPath.Parse(definition.Str("jsonPath") ?? "");
            string type = definition.Str("type") ?? "string";
            int priority = definition.At("priority") is { ValueKind: JsonValueKind.Number } p ? p.GetInt32() : 0;
            columns.Add(new Column(definition.Str("name") ?? "", type, priority, o => Cell(path.Find(o), type, time))
            {
                Format = definition.Str("format") ?? "",
                Description = definition.Str("description") ?? "",
            });
        }

        return columns;
    }

    private static JsonNode? Cell(List<JsonElement> found, string type, TimeProvider time)
    {
        if (found.Count == 0 || found[0].ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        JsonElement value = found[0];
        switch (type)
        {
            case "date":
                return value.ValueKind == JsonValueKind.String ? Ages.Since(value.GetString(), time) : "<invalid>";
            case "integer":
                return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long i) ? i : null;
            case "number":
                return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
            case "boolean":
                return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
            default:
                return string.Join(" ", found.Select(f => f.ValueKind == JsonValueKind.String ? f.GetString() : f.GetRawText()));
        }
    }
}

/// <summary>Ages as kubectl shows them.</summary>
internal static class Ages
{
    /// <summary>The time since an RFC 3339 instant in short form.</summary>
    public static string Since(string? instant, TimeProvider time) =>
        DateTimeOffset.TryParse(instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset then)
            ? Short(time.GetUtcNow() - then) : "<unknown>";

    /// <summary>A duration in Kubernetes' short form: <c>5s 2m30s 3h12m 4d 2y</c>.</summary>
    public static string Short(TimeSpan span)
    {
        long seconds = (long)Math.Floor(span.TotalSeconds);
        if (seconds < -1)
        {
            return "<invalid>";
        }

        seconds = Math.Max(0, seconds);
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        static string Two(long big, string unit, long small, string smallUnit) => small == 0 ? $"{big}{unit}" : $"{big}{unit}{small}{smallUnit}";
        return seconds < 120 ? $"{seconds}s"
            : minutes < 10 ? Two(minutes, "m", seconds % 60, "s")
            : minutes < 180 ? $"{minutes}m"
            : hours < 8 ? Two(hours, "h", minutes % 60, "m")
            : hours < 48 ? $"{hours}h"
            : days < 8 ? Two(days, "d", hours % 24, "h")
            : days < 730 ? $"{days}d"
            : days < 2920 ? Two(days / 365, "y", days % 365, "d")
            : $"{days / 365}y";
    }
}
