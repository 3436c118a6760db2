using System.Globalization;
using System.Text.Json;

namespace Fleet.Load;

/// <summary>One accepted write.</summary>
/// <param name="At">When the server had answered it.</param>
/// <param name="IsOfStatus">Whether it says something of a custom resource, instead of making or changing a child.</param>
internal sealed record Write(DateTimeOffset At, bool IsOfStatus);

/// <summary>What an audit log knows of the operator's writes. Leases and events do not count: they are nobody's children.</summary>
internal static class Writes
{
    private const string OperatorAgent = "fleet-operator";

    /// <summary>In the order in which they were answered, from a moment on.</summary>
    public static IReadOnlyList<Write> Read(string auditLog, DateTimeOffset since)
    {
        List<Write> writes = [];
        using var file = new FileStream(auditLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line)
        {
            // The last line may be half written.
            if (line.Contains(OperatorAgent, StringComparison.Ordinal) && line.EndsWith('}') && Parse(line) is { } write && write.At >= since)
            {
                writes.Add(write);
            }
        }

        return [.. writes.OrderBy(write => write.At)];
    }

    private static Write? Parse(string line)
    {
        using var entry = JsonDocument.Parse(line);
        JsonElement root = entry.RootElement;
        int code = root.TryGetProperty("responseStatus", out JsonElement status) && status.TryGetProperty("code", out JsonElement number) ? number.GetInt32() : 0;
        if (root.GetProperty("userAgent").GetString() != OperatorAgent
            || root.GetProperty("verb").GetString() is not ("create" or "update" or "patch" or "delete")
            || code is < 200 or >= 300
            || !root.TryGetProperty("objectRef", out JsonElement about)
            || about.GetProperty("resource").GetString() is not { } resource
            || resource is "leases" or "events")
        {
            return null;
        }

        bool ofStatus = about.TryGetProperty("subresource", out JsonElement subresource) && subresource.GetString() == "status";
        var at = DateTimeOffset.Parse(root.GetProperty("stageTimestamp").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return new Write(at, ofStatus || resource == "testnets");
    }
}
