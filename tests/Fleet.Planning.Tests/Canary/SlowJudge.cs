using System.Numerics;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What the slow judge says of a metric.</summary>
internal sealed record SlowMetric(MetricLabel Label, bool IsCritical, double? Low, double? Estimate, double? High, double? Bound);

/// <summary>
/// The native rules written down again from docs/decisions/0130-the-judge.md, without regard to speed: permutations are enumerated, binomials are whole
/// numbers, correlations are sums over all pairs of times.
/// </summary>
internal static class SlowJudge
{
    private static readonly Dictionary<int, long[]> SignPatterns = [];

    public static (double? Score, SlowMetric[] Metrics) Decide(JudgeInput input)
    {
        SlowMetric[] metrics = [.. input.Metrics.Select(metric => Decide(metric, input, 0.02 / input.Metrics.Length))];
        return (Score(input, metrics), metrics);
    }

    private static SlowMetric Decide(MetricObservation metric, JudgeInput input, double alpha) => metric.Definition.Kind switch
    {
        MetricKind.Duty => Duty(metric),
        MetricKind.Count => Count(metric),
        _ => Blocks(metric, input, metric.Definition.Direction == MetricDirection.Either ? alpha / 2 : alpha),
    };

    private static SlowMetric Missing(MetricObservation metric, bool baselineLacks, bool canaryLacks) => new(
        canaryLacks && (metric.Definition.MustHaveData || (metric.Canary.Problem is not null && !baselineLacks)) ? MetricLabel.NodataFail : MetricLabel.Nodata,
        false, null, null, null, null);

    private static SlowMetric Blocks(MetricObservation metric, JudgeInput input, double alpha)
    {
        MetricDefinition definition = metric.Definition;
        double window = (input.End - input.Start).TotalSeconds;
        double epoch = input.Epoch.TotalSeconds;
        if (Math.Floor(window / epoch) < 12)
        {
            return Missing(metric, false, false);
        }

        (double At, double Value)[] baseline = Samples(metric.Baseline);
        (double At, double Value)[] canary = Samples(metric.Canary);
        if (baseline.Length == 0 || canary.Length == 0)
        {
            return Missing(metric, baseline.Length == 0, canary.Length == 0);
        }

        (double memory, double error) = Memory(baseline, canary, window, definition);
        double fitting = Math.Floor(window / Math.Max(epoch, 2 * memory));
        int count = (int)Math.Clamp(fitting, 12, 15);
        double?[] first = Summaries(baseline, count, window, definition);
        double?[] second = Summaries(canary, count, window, definition);
        int[] usable = [.. Enumerable.Range(0, count).Where(i => first[i] is not null && second[i] is not null)];
        if (usable.Length < 12)
        {
            return Missing(metric, first.Count(value => value is not null) < 12, second.Count(value => value is not null) < 12);
        }

        double[] x = [.. usable.Select(i => first[i]!.Value)];
        double[] y = [.. usable.Select(i => second[i]!.Value)];
        double[] at = [.. usable.Select(i => window * i / count)];
        double level = (Math.Abs(Median(x)) + Math.Abs(Median(y))) / 2;
        bool isRatio = definition.Kind == MetricKind.Continuous && definition.Effect == MetricEffect.Ratio;
        double width = definition.Direction == MetricDirection.Either ? 2.968 : 2.748;
        double seen = metric.Noise is null ? 0 : definition.Direction == MetricDirection.Either ? metric.Noise.EitherWay : metric.Noise.OneWay;
        double low;
        double estimate;
        double high;
        double upper;
        double lower;
        if (definition.Kind == MetricKind.Slope)
        {
            (double fromX, double middleX, double toX) = Slope(at, x, alpha);
            (double fromY, double middleY, double toY) = Slope(at, y, alpha);
            (low, estimate, high) = (fromY - toX, middleY - middleX, toY - fromX);
            double least = new[] { definition.AllowedDifference ?? 0, seen, width * error * Math.Sqrt(12) / window }.Max();
            upper = Math.Max(least, ((definition.AllowedIncrease ?? 1.1) - 1) * level / 60);
            lower = -Math.Max(least, ((1 / (definition.AllowedDecrease ?? (1 / 1.1))) - 1) * level / 60);
        }
        else
        {
            double floor = Math.Max(definition.Floor, 1e-12);
            double[] differences = [.. y.Zip(x, (b, a) => isRatio ? Math.Log(Math.Max(b, floor) / Math.Max(a, floor)) : b - a)];
            (low, estimate, high) = SignTest(differences, alpha);
            double restart = 0.03 * Math.Sqrt(2) * (isRatio ? 1 : level);
            double expected = width * Math.Sqrt((restart * restart) + (error * error));
            double noise = metric.Noise is null ? expected : Math.Max(seen, metric.Noise.Restarts < 20 ? expected : width * error);
            upper = Math.Max(noise, isRatio ? Math.Log(definition.AllowedIncrease ?? 1.1) : definition.AllowedDifference ?? 0);
            lower = -Math.Max(noise, isRatio ? -Math.Log(definition.AllowedDecrease ?? (1 / 1.1)) : definition.AllowedDifference ?? 0);
        }

        bool isApart = !isRatio || Math.Abs(Median(y) - Median(x)) > (definition.AllowedDifference ?? 0);
        MetricLabel label = isApart && definition.Direction != MetricDirection.Decrease && low > 0 && estimate > upper ? MetricLabel.High
            : isApart && definition.Direction != MetricDirection.Increase && high < 0 && estimate < lower ? MetricLabel.Low
            : fitting >= 12 ? MetricLabel.Pass : MetricLabel.Nodata;
        double critical = definition.CriticalBound is { } bound ? (isRatio ? Math.Log(bound) : bound) : 0;
        double limit = definition.Direction == MetricDirection.Increase || (definition.Direction == MetricDirection.Either && estimate >= 0) ? upper : lower;
        return new SlowMetric(
            label, definition.Critical && label is MetricLabel.High or MetricLabel.Low && Math.Abs(estimate) >= critical, low, estimate, high, isRatio ? Math.Exp(limit) : limit);

        (double At, double Value)[] Samples(SideData side) =>
            [.. side.Samples.Where(sample => sample.At >= input.Start && sample.At < input.End && double.IsFinite(sample.Value)).Select(sample => ((sample.At - input.Start).TotalSeconds, sample.Value))];
    }

    private static double?[] Summaries((double At, double Value)[] samples, int count, double window, MetricDefinition definition)
    {
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                double[] inside = [.. samples.Where(sample => sample.At >= window * i / count && sample.At < window * (i + 1) / count).Select(sample => sample.Value)];
                return inside.Length < 3 ? (double?)null : definition.Summary == BlockSummary.Mean ? inside.Average() : Median(inside);
            }),
        ];
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Interval from every average of two differences; how many are spared comes from counting all patterns of signs.</summary>
    private static (double Low, double Estimate, double High) SignTest(double[] differences, double alpha)
    {
        int n = differences.Length;
        if (!SignPatterns.TryGetValue(n, out long[]? bySum))
        {
            bySum = new long[(n * (n + 1) / 2) + 1];
            for (int pattern = 0; pattern < 1 << n; pattern++)
            {
                bySum[Enumerable.Range(0, n).Where(i => (pattern >> i & 1) == 1).Sum(i => i + 1)]++;
            }

            SignPatterns[n] = bySum;
        }

        int spared = 0;
        while (bySum.Take(spared + 2).Sum() <= alpha * (1 << n))
        {
            spared++;
        }

        double[] averages = [.. Enumerable.Range(0, n).SelectMany(i => Enumerable.Range(i, n - i).Select(j => (differences[i] + differences[j]) / 2)).Order()];
        return (averages[spared], Median(averages), averages[^(spared + 1)]);
    }

    private static (double Low, double Estimate, double High) Slope(double[] at, double[] values, double alpha)
    {
        int n = at.Length;
        double[] slopes = [.. Enumerable.Range(0, n).SelectMany(i => Enumerable.Range(i + 1, n - i - 1).Select(j => (values[j] - values[i]) / (at[j] - at[i]))).Order()];

        // Orders of n values by their number of inversions, as the product of 1 + q + … + q^(k-1).
        BigInteger[] orders = [1];
        BigInteger all = 1;
        for (int k = 2; k <= n; k++)
        {
            var next = new BigInteger[orders.Length + k - 1];
            for (int i = 0; i < orders.Length; i++)
            {
                for (int j = 0; j < k; j++)
                {
                    next[i + j] += orders[i];
                }
            }

            orders = next;
            all *= k;
        }

        int spared = 0;
        BigInteger sum = orders[0];
        while ((double)(sum + orders[spared + 1]) / (double)all <= alpha)
        {
            sum += orders[++spared];
        }

        return (slopes[spared], Median(slopes), slopes[^(spared + 1)]);
    }

    /// <summary>Memory of the samples in seconds, and the standard error of the effect.</summary>
    private static (double Time, double Error) Memory((double At, double Value)[] baseline, (double At, double Value)[] canary, double window, MetricDefinition definition)
    {
        int cells = Math.Clamp(Math.Min(baseline.Length, canary.Length), 8, 240);
        double?[] x = Cells(baseline);
        double?[] y = Cells(canary);
        (double Time, double Variance) first = Series(x);
        (double Time, double Variance) second = Series(y);
        (double Time, double Variance) both = Series([.. y.Zip(x, (b, a) => b - a)]);
        double time = Math.Min(both.Time, 2 * Math.Min(first.Time, second.Time));
        double variance = Math.Min(both.Variance, 4 * Math.Min(first.Variance, second.Variance));
        return (time * window / cells, Math.Sqrt(variance));

        double?[] Cells((double At, double Value)[] samples)
        {
            double unit = definition.Kind == MetricKind.Continuous && definition.Effect == MetricEffect.Ratio
                ? new[] { Math.Abs(samples.Average(sample => sample.Value)), definition.Floor, 1e-12 }.Max() : 1;
            var found = samples.GroupBy(sample => Math.Min(cells - 1, (int)(sample.At * cells / window))).ToDictionary(group => group.Key, group => group.Average(sample => sample.Value) / unit);
            return [.. Enumerable.Range(0, cells).Select(i => found.TryGetValue(i, out double value) ? value : (double?)null)];
        }
    }

    private static (double Time, double Variance) Series(double?[] series)
    {
        (int I, double Value)[] known = [.. series.Select((value, i) => (i, value)).Where(pair => pair.value is not null).Select(pair => (pair.i, pair.value!.Value))];
        if (known.Length < 8)
        {
            return (0.5, 0);
        }

        double meanI = known.Average(pair => pair.I);
        double mean = known.Average(pair => pair.Value);
        double slope = known.Sum(pair => (pair.I - meanI) * (pair.Value - mean)) / known.Sum(pair => (pair.I - meanI) * (pair.I - meanI));
        var rest = known.ToDictionary(pair => pair.I, pair => pair.Value - mean - (slope * (pair.I - meanI)));
        double Covariance(int lag) => rest.Sum(pair => rest.TryGetValue(pair.Key + lag, out double later) ? pair.Value * later : 0) / rest.Count;
        double variance = Covariance(0);
        if (variance <= 0)
        {
            return (0.5, 0);
        }

        double time = 0.5;
        for (int lag = 1; lag < series.Length / 2 && lag < 5 * time; lag++)
        {
            time += Covariance(lag) / variance;
        }

        double neighbours = Covariance(1) / variance;
        double corrected = Math.Clamp(neighbours + ((2 + (4 * neighbours)) / rest.Count), 0, 0.98);
        time = Math.Max(time, (1 + corrected) / (2 * (1 - corrected)));
        return (time, variance * 2 * time / rest.Count);
    }

    private static SlowMetric Duty(MetricObservation metric)
    {
        DutyCounts x = metric.Baseline.Duties ?? default;
        DutyCounts y = metric.Canary.Duties ?? default;
        if (x.Of < 8 || y.Of < 8)
        {
            return Missing(metric, x.Of < 8, y.Of < 8);
        }

        double difference = ((double)y.Hits / y.Of) - ((double)x.Hits / x.Of);
        MetricDefinition definition = metric.Definition;
        double seen = metric.Noise is null ? 0 : definition.Direction == MetricDirection.Either ? metric.Noise.EitherWay : metric.Noise.OneWay;
        double allowed = Math.Max(definition.AllowedDifference ?? 0.1, seen);
        MetricLabel label = definition.Direction != MetricDirection.Decrease && difference >= allowed - 1e-9 && Tail(y, x) < 0.01 ? MetricLabel.High
            : definition.Direction != MetricDirection.Increase && -difference >= allowed - 1e-9 && Tail(x, y) < 0.01 ? MetricLabel.Low : MetricLabel.Pass;
        bool isUp = definition.Direction == MetricDirection.Increase || (definition.Direction == MetricDirection.Either && difference >= 0);
        bool isCritical = definition.Critical && label != MetricLabel.Pass && Math.Abs(difference) >= (definition.CriticalBound ?? 0.5) - 1e-9;
        return new SlowMetric(label, isCritical, null, difference, null, isUp ? allowed : -allowed);

        static double Tail(DutyCounts more, DutyCounts less)
        {
            BigInteger sum = 0;
            for (long hits = more.Hits; hits <= Math.Min(more.Of, more.Hits + less.Hits); hits++)
            {
                sum += Choose(more.Of, hits) * Choose(less.Of, more.Hits + less.Hits - hits);
            }

            return (double)sum / (double)Choose(more.Of + less.Of, more.Hits + less.Hits);
        }

        static BigInteger Choose(long n, long k)
        {
            BigInteger result = 1;
            for (long i = 1; i <= k; i++)
            {
                result = result * (n - k + i) / i;
            }

            return result;
        }
    }

    private static SlowMetric Count(MetricObservation metric)
    {
        if (metric.Baseline.Count is not { } x || metric.Canary.Count is not { } y)
        {
            return Missing(metric, metric.Baseline.Count is null, metric.Canary.Count is null);
        }

        MetricDefinition definition = metric.Definition;
        double seen = metric.Noise is null ? 0 : definition.Direction == MetricDirection.Either ? metric.Noise.EitherWay : metric.Noise.OneWay;
        double allowed = Math.Max(definition.AllowedDifference ?? 0, seen);
        MetricLabel label = definition.Direction != MetricDirection.Decrease && y - x > allowed ? MetricLabel.High
            : definition.Direction != MetricDirection.Increase && x - y > allowed ? MetricLabel.Low : MetricLabel.Pass;
        return new SlowMetric(
            label, definition.Critical && label != MetricLabel.Pass && Math.Abs(y - x) >= (definition.CriticalBound ?? 0), y - x, y - x, y - x,
            definition.Direction == MetricDirection.Decrease ? -allowed : allowed);
    }

    private static double? Score(JudgeInput input, SlowMetric[] metrics)
    {
        if (metrics.Any(metric => metric.IsCritical))
        {
            return 0;
        }

        if (metrics.Count(metric => metric.Label == MetricLabel.Nodata) * 2 >= metrics.Length)
        {
            return null;
        }

        var groups = input.Metrics.Zip(metrics).GroupBy(pair => pair.First.Definition.Group).ToList();
        double rest = Math.Max(0, 100 - input.GroupWeights.Values.Sum()) / Math.Max(1, groups.Count(group => !input.GroupWeights.ContainsKey(group.Key)));
        var judged = groups.Where(group => group.Any(pair => pair.Second.Label != MetricLabel.Nodata)).ToList();
        double Weight(string group) => input.GroupWeights.TryGetValue(group, out double weight) ? weight : rest;
        double weights = judged.Sum(group => Weight(group.Key));
        if (weights <= 0)
        {
            return null;
        }

        double score = judged.Sum(group => Weight(group.Key) * 100 * group.Count(pair => pair.Second.Label == MetricLabel.Pass) / group.Count(pair => pair.Second.Label != MetricLabel.Nodata)) / weights;
        foreach ((MetricObservation observation, SlowMetric metric) in input.Metrics.Zip(metrics))
        {
            if (metric.Label is MetricLabel.High or MetricLabel.Low or MetricLabel.NodataFail)
            {
                MetricDefinition definition = observation.Definition;
                bool isRatio = definition.Kind == MetricKind.Continuous && definition.Effect == MetricEffect.Ratio;
                double size = isRatio && metric.Estimate is { } estimate ? Math.Exp(Math.Abs(estimate)) : 0;
                score = Math.Min(score, Math.Max(0, Math.Min(definition.Ceiling ?? 1000, input.Pass - 1)));
                score = definition.SteepCeiling is { } steep && size >= steep.From ? Math.Min(score, steep.Score) : score;
            }
        }

        return Math.Round(score, 2, MidpointRounding.AwayFromZero);
    }
}
