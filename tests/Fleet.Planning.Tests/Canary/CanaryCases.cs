using System.Collections.Immutable;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>Makes inputs of the judge.</summary>
internal static class CanaryCases
{
    public static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Values as evenly spaced samples of a window.</summary>
    public static SideData Side(TimeSpan window, params IEnumerable<double> values)
    {
        double[] all = [.. values];
        return new SideData { Samples = [.. all.Select((value, i) => new Sample(Start + (window * ((i + 0.5) / all.Length)), value))] };
    }

    /// <summary>A metric of plain values, judged by Kayenta's rules.</summary>
    public static MetricVerdict Kayenta(double[] control, double[] experiment, MetricDefinition? definition = null) =>
        Judge.Decide(KayentaInput((definition ?? Definition("m", "g"), control, experiment))).Metrics.Single();

    /// <summary>Metrics of plain values.</summary>
    public static JudgeInput KayentaInput(params ReadOnlySpan<(MetricDefinition Definition, double[] Control, double[] Experiment)> metrics)
    {
        var window = TimeSpan.FromMinutes(1);
        var observations = ImmutableArray.CreateBuilder<MetricObservation>();
        foreach ((MetricDefinition definition, double[] control, double[] experiment) in metrics)
        {
            observations.Add(new MetricObservation(definition, Side(window, control), Side(window, experiment)));
        }

        return new JudgeInput { Mode = JudgeMode.Kayenta, Start = Start, End = Start + window, Epoch = TimeSpan.FromSeconds(8), Metrics = observations.ToImmutable() };
    }

    /// <summary>A continuous metric that is worse both ways.</summary>
    public static MetricDefinition Definition(string name, string group, MetricDirection direction = MetricDirection.Either) =>
        new() { Name = name, Group = group, Direction = direction };

    /// <summary>An input with continuous metrics that pass or fail as they are told: null is no data.</summary>
    public static JudgeInput Labelled(params ReadOnlySpan<(string Group, MetricLabel Label)> metrics)
    {
        var window = TimeSpan.FromMinutes(2);
        var observations = ImmutableArray.CreateBuilder<MetricObservation>();
        foreach ((string group, MetricLabel label) in metrics)
        {
            double factor = label switch { MetricLabel.High => 2, MetricLabel.Low => 0.5, _ => 1 };
            SideData canary = label is MetricLabel.Nodata or MetricLabel.NodataFail ? new SideData() : Side(window, Jitter(60, factor * 10));
            MetricDefinition definition = Definition($"{group}-{observations.Count}", group) with { MustHaveData = label == MetricLabel.NodataFail };
            observations.Add(new MetricObservation(definition, Side(window, Jitter(60, 10)), canary));
        }

        return new JudgeInput { Start = Start, End = Start + window, Epoch = TimeSpan.FromSeconds(8), Metrics = observations.ToImmutable() };
    }

    /// <summary>A level with a little that changes, the same for every call.</summary>
    public static IEnumerable<double> Jitter(int count, double level) => Enumerable.Range(0, count).Select(i => level * (1 + (0.01 * (((i * 7919) % 11) - 5) / 5)));

    /// <summary>A random input: every kind of metric, level, noise, memory, gap and tie.</summary>
    public static JudgeInput Random(Random random)
    {
        TimeSpan epoch = TimeSpan.FromSeconds(random.Next(4, 13));
        TimeSpan window = epoch * (random.Next(10, 40) + random.NextDouble());
        var metrics = ImmutableArray.CreateBuilder<MetricObservation>();
        string[] groups = ["a", "b", "c"];
        int count = random.Next(1, 6);
        for (int i = 0; i < count; i++)
        {
            metrics.Add(RandomMetric(random, $"m{i}", groups[random.Next(3)], window));
        }

        var weights = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (string group in groups.Where(_ => random.Next(2) == 0))
        {
            weights[group] = random.Next(0, 34);
        }

        return new JudgeInput { Start = Start, End = Start + window, Epoch = epoch, Metrics = metrics.ToImmutable(), GroupWeights = weights };
    }

    private static MetricObservation RandomMetric(Random random, string name, string group, TimeSpan window)
    {
        var kind = (MetricKind)(random.Next(8) is >= 4 and var other ? (other == 7 ? 2 : 0) : random.Next(4));
        double level = Math.Pow(10, random.Next(-2, 5));
        bool isRatio = random.Next(3) > 0;
        MetricDefinition definition = new()
        {
            Name = name,
            Group = group,
            Kind = kind,
            Effect = isRatio ? MetricEffect.Ratio : MetricEffect.Difference,
            Direction = (MetricDirection)random.Next(3),
            Summary = (BlockSummary)random.Next(2),
            AllowedIncrease = random.Next(3) == 0 ? 1 + random.NextDouble() : null,
            AllowedDecrease = random.Next(3) == 0 ? 1 / (1 + random.NextDouble()) : null,
            AllowedDifference = kind == MetricKind.Duty ? (random.Next(2) == 0 ? 0.2 : null) : random.Next(2) == 0 ? level * random.NextDouble() / (kind == MetricKind.Slope ? 100 : 4) : null,
            Floor = random.Next(3) == 0 ? level * random.NextDouble() : 0,
            Critical = random.Next(6) == 0,
            CriticalBound = random.Next(2) == 0 ? (isRatio && kind == MetricKind.Continuous ? 2 : kind == MetricKind.Duty ? 0.4 : level / 2) : null,
            MustHaveData = random.Next(4) == 0,
            Ceiling = random.Next(4) == 0 ? random.Next(40, 100) : null,
            SteepCeiling = random.Next(4) == 0 ? new SteepCeiling(1.5, 77) : null,
        };
        PairNoise? noise = random.Next(2) == 0 ? null
            : PairNoise.Of([.. Enumerable.Range(0, random.Next(4, 30)).Select(_ => 0.1 * (random.NextDouble() - 0.5) * (definition.Kind == MetricKind.Continuous && isRatio ? 1 : level))], random.Next(0, 40));
        double worse = random.Next(3) == 0 ? 1 : 0.5 + (1.5 * random.NextDouble());
        return kind switch
        {
            MetricKind.Duty => new MetricObservation(definition, Duties(random, 0.9), Duties(random, 0.9 * Math.Min(1.1, worse))),
            MetricKind.Count => new MetricObservation(definition, Count(random), Count(random)),
            _ => Levels(random, definition, noise, level, worse, window),
        };
    }

    private static MetricObservation Levels(Random random, MetricDefinition definition, PairNoise? noise, double level, double worse, TimeSpan window)
    {
        double memory = random.NextDouble() * 0.98;
        double variation = 0.3 * random.NextDouble();
        int digits = random.Next(4) == 0 ? 0 : 6;
        double trend = random.NextDouble() - 0.5;
        SideData Side(double factor, double leak)
        {
            int count = random.Next(20) == 0 ? random.Next(0, 12) : random.Next(30, 90);
            var samples = ImmutableArray.CreateBuilder<Sample>();
            double state = 0;
            for (int i = 0; i < count; i++)
            {
                double part = (i + random.NextDouble()) / count;
                state = (memory * state) + (Math.Sqrt(1 - (memory * memory)) * (random.NextDouble() + random.NextDouble() - 1) * 2.4);
                double value = Math.Round(level * factor * (1 + (part * (trend + leak))) * Math.Max(0, 1 + (variation * state)), digits);
                samples.Add(new Sample(Start + (window * ((part * 1.02) - 0.01)), random.Next(300) == 0 ? double.NaN : value));
            }

            return new SideData { Samples = samples.ToImmutable(), Problem = random.Next(10) == 0 ? "the target answered 500" : null };
        }

        return new MetricObservation(definition, Side(1, 0), Side(worse, random.Next(3) == 0 ? random.NextDouble() : 0), noise);
    }

    private static SideData Duties(Random random, double share)
    {
        int of = random.Next(5) == 0 ? random.Next(0, 12) : random.Next(8, 60);
        return random.Next(20) == 0 ? new SideData() : new SideData { Duties = new DutyCounts(Enumerable.Range(0, of).Count(_ => random.NextDouble() < share), of) };
    }

    private static SideData Count(Random random) => random.Next(10) == 0 ? new SideData { Problem = "the pod is gone" } : new SideData { Count = random.Next(0, 4) };
}
