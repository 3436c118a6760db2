using System.Globalization;
using System.Text.Json;

namespace Fleet.Operator.Tests;

/// <summary>What an audit log says about the writes of operators.</summary>
/// <param name="Accepted">Writes that were stored.</param>
/// <param name="Refused">Writes that were refused with a conflict.</param>
/// <param name="Violations">Accepted writes of a former leader after a later one's first write to the same object.</param>
internal sealed record AuditVerdict(int Accepted, int Refused, IReadOnlyList<string> Violations);

/// <summary>Judges from the audit log of a kube-apiserver. Of each object (by uid) the writes are ordered by the version they led to.</summary>
internal static class AuditJudge
{
    public static AuditVerdict Judge(string file)
    {
        var writes = new Dictionary<string, List<(long Version, int Writer, string What)>>(StringComparer.Ordinal);
        int accepted = 0;
        int refused = 0;
        foreach (string line in File.ReadLines(file))
        {
            using var entry = JsonDocument.Parse(line);
            JsonElement root = entry.RootElement;
            string? verb = Text(root, "verb");
            if (Text(root, "stage") != "ResponseComplete"
                || Text(root, "userAgent") is not { } agent
                || !agent.StartsWith(WriteJudge.Prefix, StringComparison.Ordinal)
                || verb is not ("create" or "update" or "patch" or "delete")
                || !root.TryGetProperty("objectRef", out JsonElement about)
                || Text(about, "resource") is "leases" or "events")
            {
                continue;
            }

            int code = root.GetProperty("responseStatus").TryGetProperty("code", out JsonElement status) ? status.GetInt32() : 0;
            refused += code == 409 ? 1 : 0;
            if (code is < 200 or >= 300 || !root.TryGetProperty("responseObject", out JsonElement answer) || !answer.TryGetProperty("metadata", out JsonElement metadata))
            {
                continue;
            }

            accepted++;
            if (Text(metadata, "uid") is { } uid && long.TryParse(Text(metadata, "resourceVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out long version))
            {
                int writer = int.Parse(agent.AsSpan(WriteJudge.Prefix.Length), CultureInfo.InvariantCulture);
                if (!writes.TryGetValue(uid, out List<(long, int, string)>? ofObject))
                {
                    writes[uid] = ofObject = [];
                }

                ofObject.Add((version, writer, $"{agent}: {verb} {Text(about, "resource")}/{Text(about, "name")} {Text(about, "subresource")}"));
            }
        }

        return new AuditVerdict(accepted, refused, [.. writes.Values.SelectMany(Former)]);
    }

    private static IEnumerable<string> Former(List<(long Version, int Writer, string What)> writes)
    {
        int latest = 0;
        foreach ((long _, int writer, string what) in writes.OrderBy(write => write.Version))
        {
            if (writer < latest)
            {
                yield return what;
            }

            latest = Math.Max(latest, writer);
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
