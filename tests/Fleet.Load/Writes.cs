using System.Diagnostics;
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
        using StreamReader reader = Open(auditLog);
        return [.. Next(reader).Select(Parse).Where(write => write is not null && write.At >= since).Select(write => write!).OrderBy(write => write.At)];
    }

    /// <summary>Waits until an operator has written something and then nothing more for a while. Looks at what is new only: whoever measures must not be in the way.</summary>
    public static async Task RestAsync(string auditLog, TimeSpan rest, bool hasWork, CancellationToken cancellationToken)
    {
        using StreamReader reader = Open(auditLog);
        _ = reader.BaseStream.Seek(0, SeekOrigin.End);
        long since = Stopwatch.GetTimestamp();
        while (hasWork || Stopwatch.GetElapsedTime(since) < rest)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            bool wrote = false;
            foreach (string line in Next(reader))
            {
                wrote |= line.Contains("\"verb\":\"create\"", StringComparison.Ordinal);
            }

            if (wrote)
            {
                hasWork = false;
                since = Stopwatch.GetTimestamp();
            }
        }
    }

    private static StreamReader Open(string auditLog) => new(new FileStream(auditLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));

    /// <summary>Lines of operators that came since; the last one of a log may be half written.</summary>
    private static IEnumerable<string> Next(StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.EndsWith('}') && line.Contains($"\"userAgent\":\"{OperatorAgent}\"", StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    private static Write? Parse(string line)
    {
        using var entry = JsonDocument.Parse(line);
        JsonElement root = entry.RootElement;
        int code = root.TryGetProperty("responseStatus", out JsonElement status) && status.TryGetProperty("code", out JsonElement number) ? number.GetInt32() : 0;
        if (root.GetProperty("verb").GetString() is not ("create" or "update" or "patch" or "delete")
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
