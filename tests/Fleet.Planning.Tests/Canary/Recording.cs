using System.Collections.Immutable;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;
using TestKit;

namespace Fleet.Planning.Tests.Canary;

/// <summary>
/// Draws roll-outs from what a live pair of one image has shown, by moving-block bootstrap: stretches of the recording, begun anywhere in either side's
/// samples of the metric, are put one after the other until the window is full. Both sides of a drawn roll-out are drawn from the same pool and
/// independently, so that they do not differ but by chance. Duties are drawn epoch by epoch.
/// </summary>
internal sealed class Recording
{
    private const string File = "tests/Fleet.Planning.Tests/Canary/Recordings/live-pair.json.gz";

    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly JudgeInput _input;
    private readonly ImmutableArray<Recorded> _metrics;

    private Recording(JudgeInput input)
    {
        _input = input;
        _metrics = [.. BuiltInMetrics.All.Select(definition => Recorded.Of(definition, input.Metrics.Single(metric => metric.Definition.Name == definition.Name), input))];
    }

    /// <summary>Metrics of which both sides have samples, each with the length of its stretches.</summary>
    public IEnumerable<(MetricDefinition Definition, TimeSpan Stretch)> Levels =>
        _metrics.Where(static metric => metric.Stretch > 0).Select(static metric => (metric.Definition, metric.Interval * metric.Stretch));

    /// <summary>Reads the recording.</summary>
    public static Recording Read() => new(VerdictEvidence.Read(System.IO.File.ReadAllBytes(Path.Combine(Repository.Root, File)))!.Input);

    /// <summary>Draws a roll-out whose images do not differ.</summary>
    /// <param name="window">Length of its window.</param>
    /// <param name="seed">The same seed draws the same.</param>
    /// <param name="isOfOneProcess">
    /// Whether all stretches of a side are of one of the two processes, either by chance, so that what their restart made different stays so.
    /// </param>
    public JudgeInput Draw(TimeSpan window, int seed, bool isOfOneProcess)
    {
        var random = new Random(seed);
        return new JudgeInput
        {
            Start = Start,
            End = Start + window,
            Epoch = _input.Epoch,
            Metrics = [.. _metrics.Select(metric => new MetricObservation(metric.Definition, Side(metric, window, random, isOfOneProcess), Side(metric, window, random, isOfOneProcess)))],
            GroupWeights = BuiltInMetrics.GroupWeights,
        };
    }

    private SideData Side(Recorded metric, TimeSpan window, Random random, bool isOfOneProcess) => metric.Definition.Kind switch
    {
        MetricKind.Duty => new SideData { Duties = Duties(metric, window, random) },

        // Nothing happened in the recording, so nothing happens in what is drawn from it.
        MetricKind.Count => new SideData { Count = 0 },
        _ => new SideData { Samples = Samples(metric, window, random, isOfOneProcess) },
    };

    private static ImmutableArray<Sample> Samples(Recorded metric, TimeSpan window, Random random, bool isOfOneProcess)
    {
        if (metric.Stretch == 0)
        {
            return [];
        }

        int count = (int)(window / metric.Interval);
        var samples = ImmutableArray.CreateBuilder<Sample>(count);
        ImmutableArray<double> process = metric.Sides[random.Next(metric.Sides.Length)];
        while (samples.Count < count)
        {
            ImmutableArray<double> side = isOfOneProcess ? process : metric.Sides[random.Next(metric.Sides.Length)];
            int first = random.Next(side.Length - metric.Stretch + 1);
            for (int i = first; i < first + metric.Stretch && samples.Count < count; i++)
            {
                samples.Add(new Sample(Start + (metric.Interval * samples.Count), side[i]));
            }
        }

        return samples.MoveToImmutable();
    }

    /// <summary>The share of an epoch that is drawn counts for as many duties as an epoch has on average.</summary>
    private DutyCounts Duties(Recorded metric, TimeSpan window, Random random)
    {
        double[] epochs = [.. metric.Sides.SelectMany(static side => side)];
        int drawn = (int)Math.Round(epochs.Length * (window / (2 * (_input.End - _input.Start))));
        double hits = 0;
        for (int i = 0; i < drawn; i++)
        {
            hits += epochs[random.Next(epochs.Length)] * metric.DutiesOfEpoch;
        }

        return new DutyCounts((long)Math.Round(hits), (long)Math.Round(drawn * metric.DutiesOfEpoch));
    }

    /// <summary>A metric of the recording.</summary>
    /// <param name="Definition">The metric.</param>
    /// <param name="Sides">Values of either side in the order of time.</param>
    /// <param name="Interval">Time between two values.</param>
    /// <param name="Stretch">Values of a stretch; 0: there are none.</param>
    /// <param name="DutiesOfEpoch">Duties of one value, for metrics of that kind.</param>
    private sealed record Recorded(MetricDefinition Definition, ImmutableArray<ImmutableArray<double>> Sides, TimeSpan Interval, int Stretch, double DutiesOfEpoch)
    {
        public static Recorded Of(MetricDefinition definition, MetricObservation metric, JudgeInput input)
        {
            ImmutableArray<Sample> baseline = metric.Baseline.Samples;
            ImmutableArray<Sample> canary = metric.Canary.Samples;
            ImmutableArray<ImmutableArray<double>> sides = [[.. baseline.Select(static sample => sample.Value)], [.. canary.Select(static sample => sample.Value)]];
            if (definition.Kind is MetricKind.Duty)
            {
                return new Recorded(definition, sides, input.Epoch, 0, (double)(metric.Baseline.Duties!.Value.Of + metric.Canary.Duties!.Value.Of) / (baseline.Length + canary.Length));
            }

            int fewest = Math.Min(baseline.Length, canary.Length);
            if (fewest < 2 || definition.Kind is MetricKind.Count)
            {
                return new Recorded(definition, sides, input.Epoch, 0, 0);
            }

            // Twice the autocorrelation time is the least; no shorter than an epoch, which much of a chain repeats itself with. Longer than half of the
            // recording there would be little to draw from.
            TimeSpan interval = (baseline[^1].At - baseline[0].At) / (baseline.Length - 1);
            double memory = Math.Max(2 * sides.Max(static side => Memory(side.AsSpan())), input.Epoch / interval);
            return new Recorded(definition, sides, interval, (int)Math.Min(Math.Ceiling(memory), fewest / 2), 0);
        }

        /// <summary>
        /// Integrated autocorrelation time of one side in samples, ½ + Σρ, cut at five times itself. Of a side and not of the difference, and with its trend:
        /// what both sides went through together is drawn for each by itself.
        /// </summary>
        private static double Memory(ReadOnlySpan<double> side)
        {
            double sum = 0;
            foreach (double value in side)
            {
                sum += value;
            }

            double mean = sum / side.Length;
            double time = 0.5;
            double variance = Covariance(side, mean, 0);
            for (int lag = 1; variance > 0 && lag < side.Length / 2 && lag < 5 * time; lag++)
            {
                time += Covariance(side, mean, lag) / variance;
            }

            return Math.Max(time, 0.5);
        }

        private static double Covariance(ReadOnlySpan<double> side, double mean, int lag)
        {
            double sum = 0;
            for (int i = lag; i < side.Length; i++)
            {
                sum += (side[i] - mean) * (side[i - lag] - mean);
            }

            return sum;
        }
    }
}
