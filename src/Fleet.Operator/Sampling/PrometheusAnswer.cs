using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Operator.Sampling;

/// <summary>Takes the answer to a query of raw samples apart into what the node answered to each scrape.</summary>
/// <remarks>
/// Several targets may belong to one pod: the validator beside the node, the same node by another job or another replica of Prometheus, and what others tell of
/// the pod. Only one is the node; it is known by a series that every beacon node exports and that has no labels of its own, so that what labels it
/// has are those of the target.
/// </remarks>
internal static class PrometheusAnswer
{
    /// <summary>The series that shows which target is the node; the standard of beacon nodes' metrics names it.</summary>
    internal const string OfNodes = "beacon_head_slot";

    /// <summary>Last second that can be told, that of the year 9999.</summary>
    private const decimal LastSecond = 253_402_300_799m;

    /// <summary>Scrapes of the node, oldest first; none when the answer has no sample of a node.</summary>
    /// <exception cref="KeyNotFoundException">Not an answer of Prometheus; as the following.</exception>
    /// <exception cref="InvalidOperationException">A value of another type.</exception>
    /// <exception cref="FormatException">A number that is none.</exception>
    public static List<(DateTimeOffset At, Exposition Exposition)> Read(JsonElement answer)
    {
        JsonElement data = answer.GetProperty("data");
        if (data.GetProperty("resultType").GetString() != "matrix")
        {
            throw new FormatException("not a matrix");
        }

        Series[] all = [.. data.GetProperty("result").EnumerateArray().Select(Series.Of)];
        if (Node(all) is not { } target)
        {
            return [];
        }

        var scrapes = new SortedDictionary<long, ImmutableArray<ExposedSeries>.Builder>();
        foreach (Series series in all.Where(series => target.All(series.Labels.Contains)))
        {
            ImmutableArray<SeriesLabel> own = [.. series.Labels.Where(label => !target.Contains(label)).OrderBy(label => label.Name, StringComparer.Ordinal)];
            foreach ((long at, double value) in series.Samples())
            {
                if (!scrapes.TryGetValue(at, out ImmutableArray<ExposedSeries>.Builder? scrape))
                {
                    scrapes[at] = scrape = ImmutableArray.CreateBuilder<ExposedSeries>();
                }

                scrape.Add(new ExposedSeries(series.Name, own, value, null));
            }
        }

        return [.. scrapes.Select(scrape => (DateTimeOffset.FromUnixTimeMilliseconds(scrape.Key), new Exposition(scrape.Value.ToImmutable(), [], 0)))];
    }

    /// <summary>Labels of the target that is the node; of several the one that was scraped last, then most often.</summary>
    private static HashSet<SeriesLabel>? Node(Series[] all) =>
        all.Where(series => series.Name == OfNodes)
            .Select(series => (series.Labels, Times: series.Samples().Select(sample => sample.At).ToArray()))
            .Where(target => target.Times.Length > 0)
            .OrderByDescending(target => target.Times[^1])
            .ThenByDescending(target => target.Times.Length)
            .Select(target => target.Labels)
            .FirstOrDefault();

    private sealed record Series(string Name, HashSet<SeriesLabel> Labels, JsonElement Values)
    {
        public static Series Of(JsonElement element)
        {
            string name = "";
            HashSet<SeriesLabel> labels = [];
            foreach (JsonProperty label in element.GetProperty("metric").EnumerateObject())
            {
                string value = label.Value.GetString() ?? "";
                if (label.Name == "__name__")
                {
                    name = value;
                }
                else
                {
                    labels.Add(new SeriesLabel(label.Name, value));
                }
            }

            // A histogram of the native kind has no values that could be compared here.
            return new Series(name, labels, element.TryGetProperty("values", out JsonElement values) ? values : default);
        }

        public IEnumerable<(long At, double Value)> Samples() => Values.ValueKind == JsonValueKind.Undefined ? [] : Values.EnumerateArray().Select(Sample);

        /// <summary>A pair of seconds, of which Prometheus keeps three decimals, and a value as text.</summary>
        private static (long At, double Value) Sample(JsonElement pair) =>
            pair.GetArrayLength() == 2 && pair[0].GetDecimal() is >= 0 and <= LastSecond and var seconds
                ? ((long)(seconds * 1000), Number(pair[1].GetString()))
                : throw new FormatException("not a time and a value");

        private static double Number(string? text) => text switch
        {
            "NaN" => double.NaN,
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(text ?? "", NumberStyles.Float, CultureInfo.InvariantCulture),
        };
    }
}
