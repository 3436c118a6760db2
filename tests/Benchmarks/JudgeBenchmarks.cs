using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;

namespace Benchmarks;

/// <summary>A verdict on the built-in metrics: half an hour of samples every two seconds on both sides, 20 metrics, 15 blocks each.</summary>
public class JudgeBenchmarks
{
    private const int SamplesOfSide = 900;
    private const int BlocksOfMetric = 15;
    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly byte[] _scrape = Scrape();
    private readonly JudgeInput _input = Input();

    [GlobalSetup]
    public void Check()
    {
        CanaryVerdict verdict = Judge.Decide(_input);
        if (verdict.Metrics.Length != 20 || verdict.Metrics.Any(static metric => metric.Blocks.Length is not (0 or BlocksOfMetric)))
        {
            throw new InvalidOperationException("The benchmark does not judge what it says: " + verdict.Why);
        }
    }

    [Benchmark(Baseline = true)]
    public CanaryVerdict Native() => Judge.Decide(_input);

    [Benchmark]
    public CanaryVerdict Kayenta() => Judge.Decide(_input with { Mode = JudgeMode.Kayenta });

    /// <summary>One scrape of a node, some 500 series in 40 KB.</summary>
    [Benchmark]
    public Exposition ParseScrape() => PrometheusText.Parse(_scrape);

    private static JudgeInput Input()
    {
        var random = new Random(1);
        var metrics = ImmutableArray.CreateBuilder<MetricObservation>();
        foreach (MetricDefinition definition in BuiltInMetrics.All)
        {
            metrics.Add(new MetricObservation(definition, Side(random), Side(random)));
        }

        return new JudgeInput { Start = Start, End = Start.AddMinutes(30), Epoch = TimeSpan.FromSeconds(8), Metrics = metrics.ToImmutable(), GroupWeights = BuiltInMetrics.GroupWeights };
    }

    private static SideData Side(Random random)
    {
        var samples = ImmutableArray.CreateBuilder<Sample>(SamplesOfSide);
        double state = 0;
        for (int i = 0; i < SamplesOfSide; i++)
        {
            state = (0.8 * state) + random.NextDouble() - 0.5;
            samples.Add(new Sample(Start.AddSeconds(2 * i), 100 + (10 * state)));
        }

        return new SideData { Samples = samples.MoveToImmutable(), Duties = new DutyCounts(880, 900), Count = 0 };
    }

    private static byte[] Scrape()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 500; i++)
        {
            text.Append(i % 10 == 0 ? "# HELP fleet_block_import_seconds Time of a block's whole import.\n# TYPE fleet_block_import_seconds histogram\n" : "")
                .Append(CultureInfo.InvariantCulture, $"fleet_block_import_seconds_bucket{{outcome=\"imported\",le=\"{0.001 * (1 + i):R}\"}} {i * 17}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
