using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Fleet.Planning.Canary.Samples;

/// <summary>How much of a scrape is read.</summary>
/// <param name="Bytes">Longest text, in bytes.</param>
/// <param name="Series">Most series.</param>
/// <param name="Labels">Most labels of a series.</param>
public sealed record PrometheusTextLimits(int Bytes = 8 * 1024 * 1024, int Series = 20_000, int Labels = 32);

/// <summary>Reads the Prometheus text exposition format 0.0.4.</summary>
/// <remarks>
/// Never throws: what is wrong is reported line by line and the rest is read. A last line without a line feed was cut off, so what it says is not
/// believed. Comments are skipped, types included: what a metric is follows from what asks for it.
/// </remarks>
public static class PrometheusText
{
    private const int KeptProblems = 10;

    /// <summary>Reads one answer of a target.</summary>
    /// <param name="text">The body, UTF-8.</param>
    /// <param name="limits">How much is read; null: the default.</param>
    public static Exposition Parse(ReadOnlySpan<byte> text, PrometheusTextLimits? limits = null)
    {
        limits ??= new PrometheusTextLimits();
        var series = ImmutableArray.CreateBuilder<ExposedSeries>();
        var problems = ImmutableArray.CreateBuilder<ExpositionProblem>();
        int problemCount = 0;
        int number = 0;
        ReadOnlySpan<byte> rest = text.Length > limits.Bytes ? text[..limits.Bytes] : text;
        while (!rest.IsEmpty)
        {
            number++;
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                Report(text.Length > limits.Bytes ? $"the text is longer than {limits.Bytes} bytes; the rest is left out" : "the last line has no line feed, so the text was cut off");
                break;
            }

            ReadOnlySpan<byte> line = rest[..end].TrimEnd((byte)'\r').Trim(" \t"u8);
            rest = rest[(end + 1)..];
            if (line.IsEmpty || line[0] == (byte)'#')
            {
                continue;
            }

            if (series.Count == limits.Series)
            {
                Report($"there are more than {limits.Series} series; the rest is left out");
                break;
            }

            var reader = new LineReader(line, limits.Labels);
            if (reader.Read() is { } read)
            {
                series.Add(read);
            }
            else
            {
                Report(reader.Problem);
            }
        }

        return new Exposition(series.ToImmutable(), problems.ToImmutable(), problemCount);

        void Report(string message)
        {
            problemCount++;
            if (problems.Count < KeptProblems)
            {
                problems.Add(new ExpositionProblem(number, message));
            }
        }
    }

    /// <summary>Reads a value as Go's <c>ParseFloat</c> does: decimal, or an infinity or NaN by name.</summary>
    internal static bool TryParseValue(ReadOnlySpan<byte> text, out double value)
    {
        ReadOnlySpan<byte> unsigned = text.Length > 0 && (text[0] == (byte)'+' || text[0] == (byte)'-') ? text[1..] : text;
        if (unsigned.IsEmpty)
        {
            value = double.NaN;
            return false;
        }

        if (char.IsAsciiDigit((char)unsigned[0]) || unsigned[0] == (byte)'.')
        {
            return double.TryParse(text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out value);
        }

        value = double.NaN;
        if (Ascii.EqualsIgnoreCase(unsigned, "nan"u8))
        {
            return true;
        }

        value = text[0] == (byte)'-' ? double.NegativeInfinity : double.PositiveInfinity;
        return Ascii.EqualsIgnoreCase(unsigned, "inf"u8) || Ascii.EqualsIgnoreCase(unsigned, "infinity"u8);
    }

    /// <summary>Reads one line that is not a comment.</summary>
    private ref struct LineReader(ReadOnlySpan<byte> line, int maximumLabels)
    {
        private readonly int _length = line.Length;
        private ReadOnlySpan<byte> _rest = line;

        public string Problem { get; private set; } = "";

        public ExposedSeries? Read()
        {
            int length = NameLength(_rest, allowColon: true);
            if (length == 0)
            {
                return Fail("it does not begin with a metric's name");
            }

            string name = Encoding.ASCII.GetString(_rest[..length]);
            _rest = _rest[length..].TrimStart(" \t"u8);
            ImmutableArray<SeriesLabel> labels = [];
            if (!_rest.IsEmpty && _rest[0] == (byte)'{')
            {
                _rest = _rest[1..];
                if (ReadLabels() is not { } read)
                {
                    return null;
                }

                labels = read;
            }
            else if (_rest.Length + length == _length)
            {
                return Fail(_rest.IsEmpty ? "it has no value" : "what follows the name is neither a label nor a value");
            }

            _rest = _rest.TrimStart(" \t"u8);
            int end = _rest.IndexOfAny(" \t"u8);
            ReadOnlySpan<byte> value = end < 0 ? _rest : _rest[..end];
            ReadOnlySpan<byte> time = end < 0 ? default : _rest[end..].TrimStart(" \t"u8);
            return !TryParseValue(value, out double parsed) ? Fail("its value is not a number")
                : time.IsEmpty ? new ExposedSeries(name, labels, parsed, null)
                : Utf8Parser.TryParse(time, out long milliseconds, out int used) && used == time.Length ? new ExposedSeries(name, labels, parsed, milliseconds)
                : Fail("its timestamp is not a whole number of milliseconds");
        }

        private ImmutableArray<SeriesLabel>? ReadLabels()
        {
            var labels = ImmutableArray.CreateBuilder<SeriesLabel>();
            while (true)
            {
                _rest = _rest.TrimStart(" \t"u8);
                if (!_rest.IsEmpty && _rest[0] == (byte)'}')
                {
                    _rest = _rest[1..];
                    labels.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
                    return IsUnique(labels) ? labels.ToImmutable() : FailLabels("it has a label twice");
                }

                int length = NameLength(_rest, allowColon: false);
                if (length == 0 || labels.Count == maximumLabels)
                {
                    return FailLabels(length == 0 ? "a label has no name" : $"it has more than {maximumLabels} labels");
                }

                string name = Encoding.ASCII.GetString(_rest[..length]);
                _rest = _rest[length..].TrimStart(" \t"u8);
                if (_rest.IsEmpty || _rest[0] != (byte)'=')
                {
                    return FailLabels("a label has no value");
                }

                _rest = _rest[1..].TrimStart(" \t"u8);
                if (ReadQuoted() is not { } value)
                {
                    return FailLabels("a label's value is not quoted, or the quotes do not end");
                }

                labels.Add(new SeriesLabel(name, value));
                _rest = _rest.TrimStart(" \t"u8);
                if (!_rest.IsEmpty && _rest[0] == (byte)',')
                {
                    _rest = _rest[1..];
                }
                else if (_rest.IsEmpty || _rest[0] != (byte)'}')
                {
                    return FailLabels("its labels do not end");
                }
            }
        }

        private string? ReadQuoted()
        {
            if (_rest.IsEmpty || _rest[0] != (byte)'"')
            {
                return null;
            }

            _rest = _rest[1..];
            int end = _rest.IndexOfAny((byte)'"', (byte)'\\');
            if (end >= 0 && _rest[end] == (byte)'"')
            {
                string plain = Encoding.UTF8.GetString(_rest[..end]);
                _rest = _rest[(end + 1)..];
                return plain;
            }

            var bytes = new List<byte>(_rest.Length);
            for (int i = 0; i < _rest.Length; i++)
            {
                switch (_rest[i])
                {
                    case (byte)'"':
                        _rest = _rest[(i + 1)..];
                        return Encoding.UTF8.GetString([.. bytes]);
                    case (byte)'\\' when i + 1 < _rest.Length && _rest[i + 1] is (byte)'\\' or (byte)'"' or (byte)'n':
                        i++;
                        bytes.Add(_rest[i] == (byte)'n' ? (byte)'\n' : _rest[i]);
                        break;
                    default:
                        bytes.Add(_rest[i]);
                        break;
                }
            }

            return null;
        }

        private static bool IsUnique(ImmutableArray<SeriesLabel>.Builder labels)
        {
            for (int i = 1; i < labels.Count; i++)
            {
                if (labels[i - 1].Name == labels[i].Name)
                {
                    return false;
                }
            }

            return true;
        }

        private static int NameLength(ReadOnlySpan<byte> text, bool allowColon)
        {
            int length = 0;
            while (length < text.Length
                && (char.IsAsciiLetter((char)text[length]) || text[length] == (byte)'_' || (allowColon && text[length] == (byte)':') || (length > 0 && char.IsAsciiDigit((char)text[length]))))
            {
                length++;
            }

            return length;
        }

        private ExposedSeries? Fail(string problem)
        {
            Problem = problem;
            return null;
        }

        private ImmutableArray<SeriesLabel>? FailLabels(string problem)
        {
            Problem = problem;
            return null;
        }
    }
}
