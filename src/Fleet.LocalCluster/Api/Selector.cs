using System.Text.Json;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Api;

/// <summary>Which objects a list or a watch is about: label and field selectors of the query.</summary>
internal sealed class Selector
{
    private readonly List<Func<StoredObject, bool>> _rules = [];

    /// <summary>Reads the selectors.</summary>
    /// <exception cref="ApiException">400: a selector can't be read, or names a field that the kind can't be selected by.</exception>
    public Selector(string labels, string fields, string plural, bool custom)
    {
        foreach (Func<IReadOnlyDictionary<string, string>, bool> rule in LabelSelector.Parse(labels))
        {
            _rules.Add(o => rule(o.Labels));
        }

        foreach (string part in fields.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            _rules.Add(FieldRule(part, plural, custom));
        }
    }

    /// <summary>Whether an object is selected.</summary>
    public bool Matches(StoredObject value)
    {
        foreach (Func<StoredObject, bool> rule in _rules)
        {
            if (!rule(value))
            {
                return false;
            }
        }

        return true;
    }

    private static Func<StoredObject, bool> FieldRule(string part, string plural, bool custom)
    {
        (string Key, string Value)? pair = Split(part, "!=");
        bool negate = pair is not null;
        pair ??= Split(part, "==") ?? Split(part, "=");
        if (pair is not { } rule)
        {
            throw ApiException.BadRequest($"Unable to find \"{part}\" that match label selector: invalid selector: '{part}'; can't understand '{part}'");
        }

        if (rule.Key is not ("metadata.name" or "metadata.namespace") && (custom || !Selectable(plural, rule.Key)))
        {
            throw ApiException.BadRequest($"field label not supported: {rule.Key}");
        }

        string[] path = rule.Key.Split('.');
        return o => (Value(o, rule.Key, path) == rule.Value) != negate;
    }

    private static string Value(StoredObject value, string field, string[] path) => field switch
    {
        "metadata.name" => value.Key.Name,
        "metadata.namespace" => value.Key.Namespace,
        "source" => value.Root.Str("source", "component") ?? "",
        _ => value.Root.At(path) is { } found ? found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText() : "",
    };

    private static bool Selectable(string plural, string field) => (plural, field) switch
    {
        ("pods", "spec.nodeName" or "spec.restartPolicy" or "spec.schedulerName" or "spec.serviceAccountName" or "status.phase" or "status.podIP" or "status.nominatedNodeName") => true,
        ("events", "reason" or "type" or "source" or "reportingComponent") => true,
        ("events", _) => field.StartsWith("involvedObject.", StringComparison.Ordinal),
        ("namespaces", "status.phase") => true,
        ("secrets", "type") => true,
        ("nodes", "spec.unschedulable") => true,
        _ => false,
    };

    private static (string Key, string Value)? Split(string part, string by)
    {
        int at = part.IndexOf(by, StringComparison.Ordinal);
        return at <= 0 ? null : (part[..at].Trim(), part[(at + by.Length)..].Trim());
    }
}
