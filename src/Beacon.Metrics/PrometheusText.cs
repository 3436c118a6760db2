using System.Globalization;
using System.Text;

namespace Beacon.Metrics;

/// <summary>Writes the Prometheus text exposition format 0.0.4.</summary>
public sealed class PrometheusText
{
    /// <summary>Content type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>Begins a family: everything up to the next call belongs to it.</summary>
    /// <param name="name">Metric name.</param>
    /// <param name="type"><c>counter</c>, <c>gauge</c>, <c>histogram</c> or <c>untyped</c>.</param>
    /// <param name="help">One sentence; line breaks are escaped.</param>
    public void Family(string name, string type, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    /// <summary>Writes one sample.</summary>
    public void Sample(string name, IReadOnlyList<KeyValuePair<string, string>> labels, double value)
    {
        _text.Append(name);
        if (labels.Count > 0)
        {
            _text.Append('{');
            for (int i = 0; i < labels.Count; i++)
            {
                _text.Append(i == 0 ? "" : ",").Append(labels[i].Key).Append("=\"");
                Escape(labels[i].Value);
                _text.Append('"');
            }

            _text.Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>A number as the format wants it.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>An instrument's name as a metric name.</summary>
    public static string MetricName(string name) => Sanitize(name, allowColon: true);

    /// <summary>A tag's name as a label name.</summary>
    public static string LabelName(string name) => Sanitize(name, allowColon: false);

    /// <summary>The text so far.</summary>
    public override string ToString() => _text.ToString();

    private static string Sanitize(string name, bool allowColon)
    {
        bool clean = name.Length > 0 && !char.IsAsciiDigit(name[0]);
        foreach (char c in name)
        {
            clean &= char.IsAsciiLetterOrDigit(c) || c == '_' || (allowColon && c == ':');
        }

        if (clean)
        {
            return name;
        }

        var result = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            result.Append('_');
        }

        foreach (char c in name)
        {
            result.Append(char.IsAsciiLetterOrDigit(c) || (allowColon && c == ':') ? c : '_');
        }

        return result.ToString();
    }

    private void Escape(string value)
    {
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '"' => _text.Append("\\\""),
                '\n' => _text.Append("\\n"),
                _ => _text.Append(c),
            };
        }
    }
}
