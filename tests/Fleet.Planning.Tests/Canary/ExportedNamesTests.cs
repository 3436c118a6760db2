using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;
using TestKit;

namespace Fleet.Planning.Tests.Canary;

/// <summary>The built-in metrics ask for what nodes export: the tables of <c>docs/metrics.md</c> are compared with running nodes by tests of their own.</summary>
public sealed class ExportedNamesTests
{
    public static TheoryData<string> Series { get; } = new(BuiltInMetrics.All.SelectMany(metric => Selectors(metric.Source)).Select(selector => selector.Name).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Series))]
    public void A_node_exports_it(string name)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));

        Assert.Contains($"| `{name}` | ", page, StringComparison.Ordinal);
    }

    [Fact]
    public void All_kinds_of_sources_are_looked_at() => Assert.True(Series.Count >= 12);

    private static IEnumerable<SeriesSelector> Selectors(MetricSource? source) => source switch
    {
        MetricSource.Gauge gauge => gauge.Less is { } less ? [gauge.Series, less] : [gauge.Series],
        MetricSource.Rate rate => [rate.Series],
        MetricSource.Quotient quotient => [quotient.Series, quotient.Per],
        MetricSource.Quantile quantile => [quantile.Series],
        MetricSource.Duties duties => [duties.Hits, duties.All],
        _ => [],
    };
}
