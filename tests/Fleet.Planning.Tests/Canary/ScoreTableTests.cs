using System.Globalization;
using System.Text;
using Fleet.Planning.Canary;
using TestKit;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What each built-in metric does to the score when it alone fails, as a table that people read.</summary>
public sealed class ScoreTableTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    /// <summary>Level of each metric when nothing is wrong.</summary>
    private static readonly Dictionary<string, double> Levels = new(StringComparer.Ordinal)
    {
        ["inclusion-distance"] = 1.1,
        ["head-lag"] = 0.1,
        ["block-arrival-p95"] = 0.3,
        ["gossip-blocks"] = 1,
        ["gossip-attestations"] = 8,
        ["gossip-aggregates"] = 4,
        ["peers"] = 12,
        ["cpu"] = 0.4,
        ["resident-memory"] = 80 << 20,
        ["memory-slope"] = 80 << 20,
        ["gc-pause"] = 0.01,
        ["database-growth"] = 500 << 20,
    };

    [Fact]
    public void Every_single_failure_has_the_score_of_the_table()
    {
        var table = new StringBuilder();
        table.Append("| metric | canary | label | score | outcome | why |\n|---|---|---|---|---|---|\n");
        Row(table, "none", "as the baseline", static metric => Calm(metric), null);
        foreach (MetricDefinition definition in BuiltInMetrics.All)
        {
            foreach ((string how, Func<MetricDefinition, MetricObservation> make) in Failures(definition))
            {
                Row(table, definition.Name, how, metric => metric.Name == definition.Name ? make(metric) : Calm(metric), definition.Name);
            }
        }

        GoldenFile.Matches(Path.Combine("tests", "Fleet.Planning.Tests", "Canary", "single-failures.md"), table.ToString());
    }

    [Fact]
    public void Nothing_that_fails_is_approved_by_itself()
    {
        foreach (MetricDefinition definition in BuiltInMetrics.All)
        {
            foreach ((string how, Func<MetricDefinition, MetricObservation> make) in Failures(definition))
            {
                CanaryVerdict verdict = Judge.Decide(Input(metric => metric.Name == definition.Name ? make(metric) : Calm(metric)));
                Assert.True(verdict.Score <= 89 && verdict.Outcome is CanaryOutcome.AwaitApproval or CanaryOutcome.Stop, $"{definition.Name} {how}: {verdict.Why}");
                MetricVerdict failed = Assert.Single(verdict.Metrics, static metric => metric.IsFailure);
                Assert.Equal(definition.Name, failed.Name);
                Assert.Contains(definition.Name, verdict.Why, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Ways in which a metric fails.</summary>
    private static IEnumerable<(string How, Func<MetricDefinition, MetricObservation> Make)> Failures(MetricDefinition definition)
    {
        switch (definition.Kind)
        {
            case MetricKind.Duty:
                yield return ("15 points worse", metric => Duties(metric, 15));
                yield return ("60 points worse", metric => Duties(metric, 60));
                break;
            case MetricKind.Count:
                yield return ("one more", static metric => new MetricObservation(metric, new SideData { Count = 0 }, new SideData { Count = 1 }));
                yield return ("two more", static metric => new MetricObservation(metric, new SideData { Count = 0 }, new SideData { Count = 2 }));
                break;
            case MetricKind.Slope:
                yield return ("leaks 8 MiB a minute", static metric => Level(metric, Levels[metric.Name], i => Levels[metric.Name] + ((8 << 20) * Window.TotalMinutes * i / 450)));
                break;
            default:
                foreach ((string how, double worse) in Levels.TryGetValue(definition.Name, out double level) ? Worse(definition, level) : [("ten times the floor", 10 * definition.Floor)])
                {
                    yield return (how, metric => Level(metric, level, _ => worse));
                }

                break;
        }

        if (definition.MustHaveData)
        {
            yield return ("has no data", static metric => Calm(metric) with { Canary = new SideData() });
        }

        if (definition.Kind == MetricKind.Continuous && !definition.MustHaveData)
        {
            yield return ("cannot be read", static metric => Calm(metric) with { Canary = new SideData { Problem = "/metrics answered 500" } });
        }
    }

    private static IEnumerable<(string How, double Level)> Worse(MetricDefinition definition, double level) =>
        definition.Effect == MetricEffect.Difference ? [("0.25 more", level + 0.25), ("1.5 more", level + 1.5)]
        : definition.Direction == MetricDirection.Decrease ? [("÷ 1.4", level / 1.4)]
        : [("× 1.4", level * 1.4), ("× 1.6", level * 1.6)];

    private static MetricObservation Calm(MetricDefinition definition) => definition.Kind switch
    {
        MetricKind.Duty => Duties(definition, 0),
        MetricKind.Count => new MetricObservation(definition, new SideData { Count = 0 }, new SideData { Count = 0 }),
        _ => Level(definition, Levels.GetValueOrDefault(definition.Name), _ => Levels.GetValueOrDefault(definition.Name)),
    };

    private static MetricObservation Level(MetricDefinition definition, double baseline, Func<int, double> canary)
    {
        double[] jitter = [.. CanaryCases.Jitter(450, 1)];
        return new MetricObservation(definition, CanaryCases.Side(Window, jitter.Select(factor => baseline * factor)), CanaryCases.Side(Window, jitter.Select((factor, i) => canary(i) * factor)));
    }

    private static MetricObservation Duties(MetricDefinition definition, int points)
    {
        int good = definition.Direction == MetricDirection.Decrease ? 880 : 20;
        int bad = definition.Direction == MetricDirection.Decrease ? good - (9 * points) : good + (9 * points);
        return new MetricObservation(definition, new SideData { Duties = new DutyCounts(good, 900) }, new SideData { Duties = new DutyCounts(bad, 900) });
    }

    private static JudgeInput Input(Func<MetricDefinition, MetricObservation> make) => new()
    {
        Start = CanaryCases.Start,
        End = CanaryCases.Start + Window,
        Epoch = TimeSpan.FromSeconds(8),
        Metrics = [.. BuiltInMetrics.All.Select(make)],
        GroupWeights = BuiltInMetrics.GroupWeights,
    };

    private static void Row(StringBuilder table, string name, string how, Func<MetricDefinition, MetricObservation> make, string? failing)
    {
        CanaryVerdict verdict = Judge.Decide(Input(make));
        MetricVerdict? failed = verdict.Metrics.SingleOrDefault(metric => metric.Name == failing);
        table.Append(CultureInfo.InvariantCulture, $"| {name} | {how} | {failed?.Label.ToString() ?? "-"} | {verdict.Score:0.00} | {verdict.Outcome} | {failed?.Why ?? verdict.Why} |\n");
    }
}
