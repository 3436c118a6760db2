using System.Text.Json.Serialization;

namespace Fleet.Kubernetes.Models;

/// <summary>One observed aspect of an object's state (meta/v1 Condition).</summary>
public sealed class Condition : KubernetesModel
{
    public string Type { get; set; } = "";

    /// <summary>See <see cref="ConditionStatuses"/>.</summary>
    public string Status { get; set; } = ConditionStatuses.Unknown;

    /// <summary>Generation of the object the condition was derived from.</summary>
    public long? ObservedGeneration { get; set; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTransitionTime { get; set; }

    /// <summary>CamelCase, for programs.</summary>
    public string Reason { get; set; } = "";

    /// <summary>For people.</summary>
    public string Message { get; set; } = "";

    /// <summary>Whether the status is True.</summary>
    [JsonIgnore]
    public bool IsTrue => Status == ConditionStatuses.True;
}

/// <summary>Values of <see cref="Condition.Status"/>.</summary>
public static class ConditionStatuses
{
    public const string True = "True";
    public const string False = "False";
    public const string Unknown = "Unknown";
}

/// <summary>Selects objects by their labels; all requirements must hold.</summary>
public sealed class LabelSelector : KubernetesModel
{
    public Dictionary<string, string>? MatchLabels { get; set; }

    public List<LabelSelectorRequirement>? MatchExpressions { get; set; }

    /// <summary>Whether <paramref name="labels"/> meet every requirement; an empty selector matches everything.</summary>
    /// <exception cref="FormatException">An expression has an operator that does not exist.</exception>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        foreach ((string key, string value) in MatchLabels ?? [])
        {
            if (labels is null || !labels.TryGetValue(key, out string? actual) || actual != value)
            {
                return false;
            }
        }

        return MatchExpressions is null || MatchExpressions.TrueForAll(requirement => requirement.Matches(labels));
    }

    /// <summary>The selector in the form of the <c>labelSelector</c> query parameter.</summary>
    public override string ToString()
    {
        IEnumerable<string> parts = (MatchLabels ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key + "=" + pair.Value);
        return string.Join(',', parts.Concat((MatchExpressions ?? []).Select(requirement => requirement.ToString())));
    }
}

/// <summary>One requirement of a <see cref="LabelSelector"/>.</summary>
public sealed class LabelSelectorRequirement : KubernetesModel
{
    public string Key { get; set; } = "";

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public string Operator { get; set; } = "";

    public List<string>? Values { get; set; }

    /// <summary>Whether <paramref name="labels"/> meet this requirement.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        string? actual = null;
        bool exists = labels is not null && labels.TryGetValue(Key, out actual);
        return Operator switch
        {
            "In" => exists && Values is not null && Values.Contains(actual!),
            "NotIn" => !exists || Values is null || !Values.Contains(actual!),
            "Exists" => exists,
            "DoesNotExist" => !exists,
            _ => throw new FormatException($"'{Operator}' is not a label selector operator."),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Operator switch
    {
        "In" => $"{Key} in ({string.Join(',', Values ?? [])})",
        "NotIn" => $"{Key} notin ({string.Join(',', Values ?? [])})",
        "Exists" => Key,
        _ => "!" + Key,
    };
}
