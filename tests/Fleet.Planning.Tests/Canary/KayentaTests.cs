using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>The rules of NetflixACAJudge-v1.0: published vectors, rules, and an independent slow implementation.</summary>
public sealed class KayentaTests
{
    private const double Near = 1e-3;
    private static readonly double[] Control = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    private static readonly double[] Web = [48, 50, 49, 51, 50, 52, 47, 50, 49, 50];
    private static readonly double[] WebCanary = [30, 31, 29, 33, 30, 32, 28, 31, 30, 29];

    [Fact]
    public void The_interval_of_the_textbook_example()
    {
        var interval = Fleet.Planning.Canary.Kayenta.MannWhitney.Interval([10, 20, 30, 40], [1, 2, 3, 4], 1.959964);
        Assert.Equal(6.0, interval.Low, Near);
        Assert.Equal(39.0, interval.High, Near);
        Assert.Equal(22.5, interval.Estimate, Near);
    }

    [Fact]
    public void Six_more_is_high()
    {
        MetricVerdict verdict = CanaryCases.Kayenta(Control, [.. Control.Select(value => value + 6)]);
        Assert.Equal(MetricLabel.High, verdict.Label);
        Expect(verdict, 2, 10, 6, 1.413793);
    }

    [Fact]
    public void Five_more_is_within_the_tolerance()
    {
        MetricVerdict verdict = CanaryCases.Kayenta(Control, [.. Control.Select(value => value + 5)]);
        Assert.Equal(MetricLabel.Pass, verdict.Label);
        Expect(verdict, 1, 9, 5, 1.344828);
    }

    [Fact]
    public void Six_less_is_low_unless_only_more_is_worse()
    {
        double[] canary = [.. Control.Select(value => value - 6)];
        MetricVerdict verdict = CanaryCases.Kayenta(Control, canary);
        Assert.Equal(MetricLabel.Low, verdict.Label);
        Expect(verdict, -10, -2, -6, 0.586207);
        Assert.Equal(MetricLabel.Pass, CanaryCases.Kayenta(Control, canary, CanaryCases.Definition("m", "g", MetricDirection.Increase)).Label);
    }

    [Fact]
    public void Half_as_much_again_is_high_unless_more_is_allowed()
    {
        double[] canary = [.. Control.Select(value => value * 1.5)];
        MetricVerdict verdict = CanaryCases.Kayenta(Control, canary);
        Assert.Equal(MetricLabel.High, verdict.Label);
        Expect(verdict, 2, 12.5, null, 1.5);
        Assert.Equal(MetricLabel.Pass, CanaryCases.Kayenta(Control, canary, CanaryCases.Definition("m", "g") with { AllowedIncrease = 1.6 }).Label);
    }

    [Fact]
    public void A_web_server_that_does_less()
    {
        MetricVerdict verdict = CanaryCases.Kayenta(Web, WebCanary);
        Assert.Equal(MetricLabel.Low, verdict.Label);
        Expect(verdict, -21, -17, -19, 0.610887);
    }

    [Fact]
    public void Two_samples_reach_to_the_ends()
    {
        MetricVerdict verdict = CanaryCases.Kayenta([10, 11], [20, 21]);
        Assert.Equal(MetricLabel.High, verdict.Label);
        Expect(verdict, 9, 11, 10, 1.952381);
    }

    [Fact]
    public void Constants_differ_by_their_difference_and_the_same_samples_pass()
    {
        Expect(CanaryCases.Kayenta([5, 5, 5], [7, 7]), 2, 2, 2, 1.4);
        Assert.Equal(MetricLabel.Pass, CanaryCases.Kayenta([5, 5, 5], [5, 5]).Label);
        Assert.Equal(MetricLabel.Pass, CanaryCases.Kayenta([3, 1, 2], [2, 3, 1]).Label);
        Assert.Equal(MetricLabel.High, CanaryCases.Kayenta([0, 0, 0], [7, 7]).Label);
    }

    [Fact]
    public void Outliers_are_left_out_when_asked()
    {
        double[] spiked = [.. Control.Append(1e6)];
        Assert.Equal(1e6 - 10, CanaryCases.Kayenta([10, 10.5], spiked).High!.Value, 1);
        MetricVerdict cleaned = CanaryCases.Kayenta(Control, spiked, CanaryCases.Definition("m", "g") with { RemoveOutliers = true });
        Assert.Equal((10, 10), (cleaned.BaselineSamples, cleaned.CanarySamples));
        Assert.Equal(MetricLabel.Pass, cleaned.Label);
    }

    [Fact]
    public void The_scores_of_the_examples()
    {
        Assert.Equal(87.5, Score([("consensus", 60), ("network", 25), ("resources", 15)], "consensus P P P network P High resources P P Nodata"));
        Assert.Equal(55.0, Score([("consensus", 60), ("network", 25)], "consensus P P High network Low High resources P"));
        Assert.Equal(33.33, Score([], "g P High Low"));
    }

    [Fact]
    public void An_empty_group_counts_as_passed_and_half_without_data_as_nothing()
    {
        Assert.Equal(100, Score([], "a P P P b Nodata Nodata"));
        Assert.Equal(0, Score([], "a P P b Nodata Nodata"));
        Assert.Equal(70, Score([("a", 30)], "a High b P P"));

        // Weights are not checked.
        Assert.Equal(150, Score([("a", 100), ("b", 50)], "a P b P"));
    }

    [Fact]
    public void A_critical_failure_makes_zero()
    {
        MetricDefinition critical = CanaryCases.Definition("m", "g") with { Critical = true };
        CanaryVerdict verdict = Judge.Decide(CanaryCases.KayentaInput((critical, Web, WebCanary), (CanaryCases.Definition("n", "h"), Web, Web)));
        Assert.Equal((0, CanaryOutcome.Stop), (verdict.Score!.Value, verdict.Outcome));
        Assert.Contains("m failed critically", verdict.Why, StringComparison.Ordinal);
    }

    /// <summary>
    /// The statistic only changes where a shifted value meets another, so the slow way looks at every such place: the root is the first beyond which the
    /// statistic is below the quantile.
    /// </summary>
    [Fact]
    public void An_independent_slow_implementation_agrees()
    {
        var random = new Random(4711);
        for (int i = 0; i < 10_000; i++)
        {
            int digits = random.Next(3) * 2;
            double shift = random.Next(4) * random.NextDouble();
            double[] Draw(double by) => [.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => Math.Round((3 * random.NextDouble()) + by, digits))];
            double[] control = Draw(1);
            double[] experiment = Draw(1 + shift);
            MetricDefinition definition = CanaryCases.Definition("m", "g", (MetricDirection)random.Next(3)) with
            {
                AllowedIncrease = random.Next(2) == 0 ? null : 1.2,
                AllowedDecrease = random.Next(2) == 0 ? null : 0.8,
            };
            MetricVerdict verdict = CanaryCases.Kayenta(control, experiment, definition);
            (double low, double high, MetricLabel? label) = Slow(control, experiment, definition, verdict.Estimate!.Value);
            Assert.True(Math.Abs(low - verdict.Low!.Value) < Near && Math.Abs(high - verdict.High!.Value) < Near && (label ?? verdict.Label) == verdict.Label,
                $"case {i}: {verdict.Label} [{verdict.Low}, {verdict.High}] instead of {label} [{low}, {high}] for {string.Join(' ', control)} / {string.Join(' ', experiment)}");
        }
    }

    private static void Expect(MetricVerdict verdict, double low, double high, double? estimate, double ratio)
    {
        Assert.Equal(low, verdict.Low!.Value, Near);
        Assert.Equal(high, verdict.High!.Value, Near);
        Assert.Equal(estimate ?? verdict.Estimate!.Value, verdict.Estimate!.Value, Near);
        Assert.Equal(ratio, verdict.Effect!.Value, 1e-6);
    }

    /// <summary>Score of metrics that are told as "group label label group label …".</summary>
    private static double Score((string Group, double Weight)[] weights, string metrics)
    {
        var list = new List<(MetricDefinition Definition, double[] Control, double[] Experiment)>();
        string group = "";
        foreach (string word in metrics.Split(' '))
        {
            double[]? experiment = word switch { "P" => Web, "High" => [.. Web.Select(value => value + 20)], "Low" => WebCanary, "Nodata" => [], _ => null };
            group = experiment is null ? word : group;
            if (experiment is not null)
            {
                list.Add((CanaryCases.Definition($"m{list.Count}", group), Web, experiment));
            }
        }

        JudgeInput input = CanaryCases.KayentaInput([.. list]) with { GroupWeights = weights.ToDictionary(pair => pair.Group, pair => pair.Weight) };
        return Judge.Decide(input).Score!.Value;
    }

    private static (double Low, double High, MetricLabel? Label) Slow(double[] y, double[] x, MetricDefinition definition, double estimate)
    {
        double low;
        double high;
        if (x.Distinct().Count() == 1 && y.Distinct().Count() == 1)
        {
            low = high = x[0] - y[0];
        }
        else
        {
            double[] places = [.. x.SelectMany(a => y.Select(b => a - b)).Distinct().Order()];
            low = SlowRoot(x, y, places, 2.326348);
            high = SlowRoot(x, y, places, -2.326348);
        }

        double ratio = x.Average() / y.Average();
        double tolerance = 0.25 * Math.Abs(estimate);

        // Too near to the tolerance to say, where the two ways to a root may be apart by what they are allowed to be.
        if (Math.Abs(low - tolerance) < Near || Math.Abs(high + tolerance) < Near)
        {
            return (low, high, null);
        }

        bool isSame = x.Order().SequenceEqual(y.Order());
        bool isHigh = definition.Direction != MetricDirection.Decrease && low > tolerance && ratio >= (definition.AllowedIncrease ?? 1);
        bool isLow = definition.Direction != MetricDirection.Increase && high < -tolerance && ratio <= (definition.AllowedDecrease ?? 1);
        return (low, high, isSame ? MetricLabel.Pass : isHigh ? MetricLabel.High : isLow ? MetricLabel.Low : MetricLabel.Pass);
    }

    private static double SlowRoot(double[] x, double[] y, double[] places, double quantile)
    {
        if (SlowStatistic(x, y, places[0]) <= quantile)
        {
            return places[0];
        }

        for (int i = 0; i < places.Length - 1; i++)
        {
            if (SlowStatistic(x, y, (places[i] + places[i + 1]) / 2) <= quantile)
            {
                return places[i];
            }
        }

        return places[^1];
    }

    private static double SlowStatistic(double[] x, double[] y, double shift)
    {
        double[] moved = [.. x.Select(value => value - shift)];
        double wins = moved.Sum(a => y.Sum(b => Math.Abs(a - b) < 1e-12 ? 0.5 : a > b ? 1 : 0));
        double dz = wins - (x.Length * y.Length / 2.0);
        double size = x.Length + y.Length;
        double ties = moved.Concat(y).GroupBy(value => Math.Round(value, 9)).Sum(group => Math.Pow(group.Count(), 3) - group.Count());
        double sigma = Math.Sqrt(x.Length * y.Length / 12.0 * (size + 1 - (ties / (size * (size - 1)))));
        return (dz - (0.5 * Math.Sign(dz))) / sigma;
    }
}
