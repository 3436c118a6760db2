using System.Globalization;

namespace Beacon.Metrics;

/// <summary>The labels of one series, in the order of their names.</summary>
internal sealed class LabelSet : IEquatable<LabelSet>, IComparable<LabelSet>
{
    private readonly string _key;

    public LabelSet(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new KeyValuePair<string, string>[tags.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            labels[i] = new(PrometheusText.LabelName(tags[i].Key), Text(tags[i].Value));
        }

        Array.Sort(labels, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        Labels = labels;
        _key = string.Join('\u0001', labels.Select(static label => label.Key + '\u0002' + label.Value));
    }

    /// <summary>Name and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; }

    public bool Equals(LabelSet? other) => other is not null && _key == other._key;

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);

    public int CompareTo(LabelSet? other) => string.CompareOrdinal(_key, other?._key);

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
