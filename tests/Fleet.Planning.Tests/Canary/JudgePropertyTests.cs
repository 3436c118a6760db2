using System.Collections.Immutable;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What holds for every input, tried on random ones.</summary>
public sealed class JudgePropertyTests
{
    private const int Cases = 2_000;

    [Fact]
    public void An_independent_slow_implementation_agrees()
    {
        var random = new Random(20190807);
        var seen = new Dictionary<MetricLabel, int>();
        for (int i = 0; i < 10_000; i++)
        {
            JudgeInput input = CanaryCases.Random(random);
            CanaryVerdict verdict = Judge.Decide(input);
            (double? score, SlowMetric[] metrics) = SlowJudge.Decide(input);
            foreach ((MetricVerdict fast, SlowMetric slow) in verdict.Metrics.Zip(metrics))
            {
                seen[fast.Label] = seen.GetValueOrDefault(fast.Label) + 1;
                Assert.True(
                    fast.Label == slow.Label && fast.IsCritical == slow.IsCritical && IsNear(slow.Low ?? fast.Low, fast.Low) && IsNear(slow.Estimate, fast.Estimate)
                    && IsNear(slow.High ?? fast.High, fast.High) && IsNear(slow.Bound, fast.Bound),
                    $"case {i}, {fast.Name}: {fast} instead of {slow}");
            }

            Assert.True(IsNear(score, verdict.Score), $"case {i}: {verdict.Score} instead of {score}");
        }

        // Every label was among them often enough to mean something.
        Assert.All(Enum.GetValues<MetricLabel>(), label => Assert.True(seen[label] > 200, $"{label}: {seen[label]}"));
    }

    [Fact]
    public void Swapping_the_sides_mirrors_the_verdict()
    {
        var random = new Random(1);
        for (int i = 0; i < Cases; i++)
        {
            JudgeInput input = CanaryCases.Random(random);
            CanaryVerdict verdict = Judge.Decide(input);
            CanaryVerdict mirrored = Judge.Decide(input with { Metrics = [.. input.Metrics.Select(Swap)] });
            foreach ((MetricVerdict one, MetricVerdict other) in verdict.Metrics.Zip(mirrored.Metrics))
            {
                if (one.Estimate is null)
                {
                    // Who lacks data is to blame, and blame does not mirror.
                    Assert.Null(other.Estimate);
                    continue;
                }

                Assert.Equal(-one.Estimate, other.Estimate);
                Assert.Equal(-one.Low, other.High);
                Assert.Equal(-one.High, other.Low);
                Assert.Equal(one.Label switch { MetricLabel.High => MetricLabel.Low, MetricLabel.Low => MetricLabel.High, _ => one.Label }, other.Label);
            }
        }
    }

    [Fact]
    public void Muting_a_failed_metric_never_lowers_the_score()
    {
        var random = new Random(2);
        int muted = 0;
        for (int i = 0; i < Cases; i++)
        {
            JudgeInput input = CanaryCases.Random(random);
            CanaryVerdict verdict = Judge.Decide(input);
            for (int j = 0; j < verdict.Metrics.Length; j++)
            {
                if (!verdict.Metrics[j].IsFailure)
                {
                    continue;
                }

                MetricObservation silent = input.Metrics[j] with { Baseline = new SideData(), Canary = new SideData(), Definition = input.Metrics[j].Definition with { MustHaveData = false } };
                CanaryVerdict without = Judge.Decide(input with { Metrics = input.Metrics.SetItem(j, silent) });
                Assert.True(without.Score is null || without.Score >= verdict.Score, $"case {i}: {verdict.Score} became {without.Score} without {silent.Definition.Name}");
                muted++;
            }
        }

        Assert.True(muted > Cases / 4, $"{muted}");
    }

    [Fact]
    public void A_pass_that_becomes_a_failure_never_raises_the_score()
    {
        var random = new Random(3);
        int failed = 0;
        for (int i = 0; i < Cases; i++)
        {
            JudgeInput input = CanaryCases.Random(random);
            CanaryVerdict verdict = Judge.Decide(input);
            for (int j = 0; j < verdict.Metrics.Length; j++)
            {
                if (verdict.Metrics[j].Label != MetricLabel.Pass)
                {
                    continue;
                }

                MetricObservation broken = input.Metrics[j] with { Canary = new SideData(), Definition = input.Metrics[j].Definition with { MustHaveData = true } };
                CanaryVerdict worse = Judge.Decide(input with { Metrics = input.Metrics.SetItem(j, broken) });
                Assert.True(verdict.Score is null || worse.Score <= verdict.Score, $"case {i}: {verdict.Score} became {worse.Score} as {broken.Definition.Name} failed");
                failed++;
            }
        }

        Assert.True(failed > Cases / 4, $"{failed}");
    }

    [Fact]
    public void Values_and_floors_in_another_unit_change_nothing()
    {
        var random = new Random(4);
        for (int i = 0; i < Cases; i++)
        {
            JudgeInput input = CanaryCases.Random(random);
            double factor = Math.Pow(2, random.Next(-20, 20));
            CanaryVerdict verdict = Judge.Decide(input);
            CanaryVerdict scaled = Judge.Decide(input with { Metrics = [.. input.Metrics.Select(metric => Scale(metric, factor))] });
            Assert.Equal(verdict.Score, scaled.Score);
            foreach ((MetricVerdict one, MetricVerdict other) in verdict.Metrics.Zip(scaled.Metrics))
            {
                Assert.Equal(one.Label, other.Label);
                Assert.Equal(one.IsCritical, other.IsCritical);
            }
        }
    }

    [Fact]
    public void The_same_input_gives_the_same_verdict_whatever_the_order_of_samples()
    {
        var random = new Random(5);
        for (int i = 0; i < Cases; i++)
        {
            JudgeInput input = CanaryCases.Random(random);
            ImmutableArray<MetricObservation> shuffled =
            [
                .. input.Metrics.Select(metric => metric with { Canary = metric.Canary with { Samples = [.. metric.Canary.Samples.OrderBy(_ => random.Next())] } }),
            ];
            CanaryVerdict verdict = Judge.Decide(input);
            CanaryVerdict again = Judge.Decide(input with { Metrics = shuffled });
            Assert.Equal(verdict.Why, again.Why);
            Assert.Equal(verdict.Metrics.Select(metric => metric.Why), again.Metrics.Select(metric => metric.Why));
        }
    }

    /// <summary>Equal but for the hundred nanoseconds that times are rounded to.</summary>
    private static bool IsNear(double? expected, double? actual) =>
        expected is null ? actual is null : actual is { } value && (expected == value || Math.Abs(expected.Value - value) <= 1e-6 * Math.Max(1, Math.Abs(value)));

    private static MetricObservation Swap(MetricObservation metric)
    {
        MetricDefinition definition = metric.Definition;
        return new MetricObservation(
            definition with
            {
                Direction = definition.Direction switch { MetricDirection.Increase => MetricDirection.Decrease, MetricDirection.Decrease => MetricDirection.Increase, _ => MetricDirection.Either },
                AllowedIncrease = 1 / (definition.AllowedDecrease ?? MetricDefinition.DefaultAllowedDecrease),
                AllowedDecrease = 1 / (definition.AllowedIncrease ?? MetricDefinition.DefaultAllowedIncrease),
            },
            metric.Canary,
            metric.Baseline,
            metric.Noise);
    }

    private static MetricObservation Scale(MetricObservation metric, double factor)
    {
        MetricDefinition definition = metric.Definition;
        if (definition.Kind is MetricKind.Duty or MetricKind.Count)
        {
            return metric;
        }

        bool isRatio = definition.Kind == MetricKind.Continuous && definition.Effect == MetricEffect.Ratio;
        return new MetricObservation(
            definition with
            {
                AllowedDifference = definition.AllowedDifference * factor,
                Floor = definition.Floor * factor,
                CriticalBound = isRatio ? definition.CriticalBound : definition.CriticalBound * factor,
            },
            Scale(metric.Baseline, factor),
            Scale(metric.Canary, factor),
            isRatio || metric.Noise is null ? metric.Noise : metric.Noise with { EitherWay = metric.Noise.EitherWay * factor, OneWay = metric.Noise.OneWay * factor });
    }

    private static SideData Scale(SideData side, double factor) => side with { Samples = [.. side.Samples.Select(sample => sample with { Value = sample.Value * factor })] };
}
