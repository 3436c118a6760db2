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

    /// <summary>Metric of the canary that is worse.</summary>
    public string? Worse { get; init; }

    /// <summary>How much worse: 0.25 is a quarter more (or 1/1.25, where less is worse), and 2.5 times what is allowed for differences and slopes.</summary>
    public double By { get; init; }

    /// <summary>Correlation of the metric that is worse; null: drawn as the others'.</summary>
    public double? RhoOfWorse { get; init; }
}

/// <summary>Draws roll-outs: autocorrelated samples, lognormal restart offsets, a trend that both sides share, Poisson errors, binomial duties.</summary>
internal sealed class Simulation(int seed)
{
    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, double> Levels = new(StringComparer.Ordinal)
    {
        ["inclusion-distance"] = 1.2, ["head-lag"] = 1, ["block-arrival-p95"] = 0.3, ["gossip-blocks"] = 1, ["gossip-attestations"] = 8, ["gossip-aggregates"] = 4,
        ["peers"] = 50, ["cpu"] = 0.4, ["resident-memory"] = 80e6, ["gc-pause"] = 0.01, ["database-growth"] = 500e6,
    };

    private readonly Random _random = new(seed);

    /// <summary>Built-in metrics whose samples are a level all the time.</summary>
    public static IEnumerable<string> Continuous => Levels.Keys;

    /// <summary>Draws one roll-out.</summary>
    public JudgeInput Draw(SimulatedPair pair)
    {
        var metrics = ImmutableArray.CreateBuilder<MetricObservation>();
        foreach (MetricDefinition definition in BuiltInMetrics.All)
        {
            metrics.Add(definition.Kind switch
            {
                MetricKind.Slope => metrics.Single(static metric => metric.Definition.Name == "resident-memory") with { Definition = definition, Noise = null },
                MetricKind.Duty => Duty(definition, pair),
                MetricKind.Count => new MetricObservation(definition, new SideData { Count = 0 }, new SideData { Count = 0 }),
                _ when Levels.ContainsKey(definition.Name) => Level(definition, pair),
                _ => Errors(definition, pair),
            });
        }

        return new JudgeInput { Start = Start, End = Start + pair.Window, Epoch = pair.Epoch, Metrics = metrics.ToImmutable(), GroupWeights = BuiltInMetrics.GroupWeights };
    }

    private MetricObservation Level(MetricDefinition definition, SimulatedPair pair)
    {
        bool isWorse = definition.Name == pair.Worse;
        bool isLeaking = definition.Name == "resident-memory" && pair.Worse == "memory-slope";
        double rho = (isWorse || isLeaking) && pair.RhoOfWorse is { } given ? given : Between(pair.Rho);
        double variation = Between(pair.Variation);
        double slope = Between((-0.3, 0.3));
        double wave = Between((0, 0.1));
        double level = Levels[definition.Name];
        double worse = !isWorse ? 1 : definition.Direction == MetricDirection.Decrease ? 1 / (1 + pair.By) : 1 + pair.By;
        double leakPerMinute = isLeaking ? pair.By * LeakPerMinute(level) : 0;
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
                double trend = 1 + (slope * part) + (wave * Math.Sin(2 * Math.PI * part));
                double value = level * factor * offset * trend * Math.Exp((sigma * state) - (sigma * sigma / 2));
                samples.Add(new Sample(Start + (pair.Interval * i), value * (1 + (leak * part * pair.Window.TotalMinutes))));
                state = (rho * state) + (Math.Sqrt(1 - (rho * rho)) * Normal());
            }

            return new SideData { Samples = samples.MoveToImmutable() };
        }

        double scale = definition.Effect == MetricEffect.Difference ? level : 1;
        double samplesSeen = pair.Window / pair.Interval;
        double spread = scale * Math.Sqrt(2 * ((pair.RestartSpread * pair.RestartSpread) + (variation * variation * (1 + rho) / (1 - rho) / samplesSeen)));
        var noise = PairNoise.Of([.. Enumerable.Range(0, pair.History).Select(_ => spread * Normal())], pair.History);
        return new MetricObservation(definition, Side(1, 0), Side(worse, leakPerMinute), noise);
    }

    /// <summary>Share of the level that memory grows by in a minute, ten times what is allowed.</summary>
    private static double LeakPerMinute(double level)
    {
        MetricDefinition slope = BuiltInMetrics.All.Single(static metric => metric.Name == "memory-slope");
        return 10 * Math.Max(slope.AllowedIncrease!.Value - 1, 60 * slope.AllowedDifference!.Value / level);
    }

    private MetricObservation Errors(MetricDefinition definition, SimulatedPair pair)
    {
        double rate = definition.Floor * Math.Max(0, Between((-3, 5)));
        SideData Side()
        {
            int count = (int)(pair.Window / pair.Interval);
            double offset = Math.Exp(pair.RestartSpread * Normal());
            return new SideData
            {
                Samples = [.. Enumerable.Range(0, count).Select(i => new Sample(Start + (pair.Interval * i), Poisson(rate * offset * pair.Interval.TotalSeconds) / pair.Interval.TotalSeconds))],
            };
        }

        return new MetricObservation(definition, Side(), Side());
    }

    private MetricObservation Duty(MetricDefinition definition, SimulatedPair pair)
    {
        const int Keys = 4;
        int epochs = (int)(pair.Window / pair.Epoch);
        double often = definition.Name == "missed-proposals" ? 0.5 * epochs : Keys * epochs;
        double share = definition.Direction == MetricDirection.Decrease ? Between((0.9, 1)) : Between((0, 0.1));
        SideData Side() => new() { Duties = new DutyCounts(Enumerable.Range(0, (int)often).Count(_ => _random.NextDouble() < share), (int)often) };
        return new MetricObservation(definition, Side(), Side());
    }

    private double Between((double From, double To) range) => range.From + ((range.To - range.From) * _random.NextDouble());

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private int Poisson(double mean)
    {
        int count = 0;
        for (double product = _random.NextDouble(); product > Math.Exp(-mean); product *= _random.NextDouble())
        {
            count++;
        }

        return count;
    }
}
