using System.Collections.Immutable;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>How the pair of a simulated roll-out behaves.</summary>
internal sealed record SimulatedPair
{
    /// <summary>Length of the window.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time between scrapes.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Length of an epoch; eight slots of a second by default.</summary>
    public TimeSpan Epoch { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Correlation of a sample with the next; drawn for each metric.</summary>
    public (double From, double To) Rho { get; init; } = (0, 0.95);

    /// <summary>Standard deviation of the samples as a share of their level; drawn for each metric.</summary>
    public (double From, double To) Variation { get; init; } = (0.05, 0.2);

    /// <summary>Spread of what a restart does to a level, for each side and metric.</summary>
    public double RestartSpread { get; init; } = 0.03;

    /// <summary>Windows without a difference that were seen before, each after a restart of its own; 0: the first roll-out.</summary>
    public int History { get; init; }
}

/// <summary>Draws roll-outs: autocorrelated samples, lognormal restart offsets, a trend that both sides share, Poisson errors, binomial duties.</summary>
internal sealed class Simulation(SimulatedPair pair, int seed)
{
    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, double> Levels = new(StringComparer.Ordinal)
    {
        ["inclusion-distance"] = 1.2,
        ["head-lag"] = 1,
        ["block-arrival-p95"] = 0.3,
        ["gossip-blocks"] = 1,
        ["gossip-attestations"] = 8,
        ["gossip-aggregates"] = 4,
        ["peers"] = 50,
        ["cpu"] = 0.4,
        ["resident-memory"] = 80e6,
        ["gc-pause"] = 0.01,
        ["database-growth"] = 500e6,
    };

    private readonly Random _random = new(seed);

    /// <summary>Built-in metrics whose samples are a level all the time.</summary>
    public static IEnumerable<string> Continuous => Levels.Keys;

    /// <summary>Draws a roll-out whose images do not differ.</summary>
    public JudgeInput Draw()
    {
        var metrics = ImmutableArray.CreateBuilder<MetricObservation>();
        foreach (MetricDefinition definition in BuiltInMetrics.All)
        {
            metrics.Add(definition.Kind switch
            {
                MetricKind.Slope => metrics.Single(static metric => metric.Definition.Name == "resident-memory") with { Definition = definition, Noise = null },
                MetricKind.Duty => Duty(definition),
                MetricKind.Count => new MetricObservation(definition, new SideData { Count = 0 }, new SideData { Count = 0 }),
                _ when Levels.ContainsKey(definition.Name) => Level(definition, Between(pair.Rho), 1, 0),
                _ => Errors(definition),
            });
        }

        return new JudgeInput { Start = Start, End = Start + pair.Window, Epoch = pair.Epoch, Metrics = metrics.ToImmutable(), GroupWeights = BuiltInMetrics.GroupWeights };
    }

    /// <summary>The same roll-out, but one metric of the canary is worse.</summary>
    /// <param name="input">The roll-out.</param>
    /// <param name="name">The metric.</param>
    /// <param name="by">0.25: a quarter more (or 1/1.25, where less is worse); for a slope 2.5 times what is allowed, as a quarter is 2.5 times a tenth.</param>
    /// <param name="rho">Correlation of its samples.</param>
    public JudgeInput Worsen(JudgeInput input, string name, double by, double rho)
    {
        MetricDefinition definition = BuiltInMetrics.All.Single(metric => metric.Name == name);
        if (definition.Kind == MetricKind.Slope)
        {
            double level = Levels["resident-memory"];
            double perMinute = 10 * by * Math.Max(definition.AllowedIncrease!.Value - 1, 60 * definition.AllowedDifference!.Value / level);
            MetricObservation leaking = Level(BuiltInMetrics.All.Single(static metric => metric.Name == "resident-memory"), rho, 1, perMinute);
            return Replace(Replace(input, leaking), leaking with { Definition = definition, Noise = null });
        }

        return Replace(input, Level(definition, rho, definition.Direction == MetricDirection.Decrease ? 1 / (1 + by) : 1 + by, 0));
    }

    private static JudgeInput Replace(JudgeInput input, MetricObservation metric) => input with
    {
        Metrics = [.. input.Metrics.Select(other => other.Definition.Name == metric.Definition.Name ? metric : other)],
    };

    private MetricObservation Level(MetricDefinition definition, double rho, double worse, double leakPerMinute)
    {
        double variation = Between(pair.Variation);
        double slope = Between((-0.3, 0.3));
        double wave = Between((0, 0.1));
        double level = Levels[definition.Name];
        SideData Side(double factor, double leak)
        {
            int count = (int)(pair.Window / pair.Interval);
            var samples = ImmutableArray.CreateBuilder<Sample>(count);
            double offset = Math.Exp(pair.RestartSpread * Normal());
            double sigma = Math.Sqrt(Math.Log(1 + (variation * variation)));
            double state = Normal();
            for (int i = 0; i < count; i++)
            {
                double part = (double)i / count;
                double trend = 1 + (slope * part) + (wave * Math.Sin(2 * Math.PI * part)) + (leak * part * pair.Window.TotalMinutes);
                samples.Add(new Sample(Start + (pair.Interval * i), level * factor * offset * trend * Math.Exp((sigma * state) - (sigma * sigma / 2))));
                state = (rho * state) + (Math.Sqrt(1 - (rho * rho)) * Normal());
            }

            return new SideData { Samples = samples.MoveToImmutable() };
        }

        double scale = definition.Effect == MetricEffect.Difference ? level : 1;
        double seen = variation * variation * (1 + rho) / (1 - rho) / (pair.Window / pair.Interval);
        double spread = scale * Math.Sqrt(2 * ((pair.RestartSpread * pair.RestartSpread) + seen));
        var noise = PairNoise.Of([.. Enumerable.Range(0, pair.History).Select(_ => spread * Normal())], pair.History);
        return new MetricObservation(definition, Side(1, 0), Side(worse, leakPerMinute), noise);
    }

    private MetricObservation Errors(MetricDefinition definition)
    {
        double rate = definition.Floor * Math.Max(0, Between((-3, 5)));
        SideData Side()
        {
            int count = (int)(pair.Window / pair.Interval);
            double seconds = pair.Interval.TotalSeconds;
            double offset = Math.Exp(pair.RestartSpread * Normal());
            return new SideData { Samples = [.. Enumerable.Range(0, count).Select(i => new Sample(Start + (pair.Interval * i), Poisson(rate * offset * seconds) / seconds))] };
        }

        return new MetricObservation(definition, Side(), Side());
    }

    private MetricObservation Duty(MetricDefinition definition)
    {
        const int Keys = 4;
        int epochs = (int)(pair.Window / pair.Epoch);
        int number = definition.Name == "missed-proposals" ? epochs / 2 : Keys * epochs;
        double share = definition.Direction == MetricDirection.Decrease ? Between((0.9, 1)) : Between((0, 0.1));
        SideData Side() => new() { Duties = new DutyCounts(Enumerable.Range(0, number).Count(_ => _random.NextDouble() < share), number) };
        return new MetricObservation(definition, Side(), Side());
    }

    private double Between((double From, double To) range) => range.From + ((range.To - range.From) * _random.NextDouble());

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private int Poisson(double mean)
    {
        int count = 0;
        double least = Math.Exp(-mean);
        for (double product = _random.NextDouble(); product > least; product *= _random.NextDouble())
        {
            count++;
        }

        return count;
    }
}
