using System.Collections.Immutable;
using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary;

/// <summary>A window cut into stretches of equal length, each with what stands for its samples on both sides.</summary>
/// <param name="Blocks">Blocks that have enough samples on both sides, in the order of time.</param>
/// <param name="Length">Length of a block.</param>
/// <param name="OfBaseline">Stretches in which the baseline has enough samples, whatever the canary has.</param>
/// <param name="OfCanary">Stretches in which the canary has enough samples, whatever the baseline has.</param>
/// <param name="AreIndependent">Whether a block is long enough that the next one tells something new.</param>
/// <param name="Dependence">Memory of the samples.</param>
internal sealed record BlockCut(ImmutableArray<Block> Blocks, TimeSpan Length, int OfBaseline, int OfCanary, bool AreIndependent, SerialDependence Dependence)
{
    /// <summary>Fewest blocks that a verdict is made of: with fewer, chance alone puts all on one side too often.</summary>
    public const int Fewest = 12;

    /// <summary>Most blocks.</summary>
    public const int Most = 15;

    /// <summary>Fewest samples of a side that stand for a block.</summary>
    private const int FewestSamples = 3;

    /// <summary>The same for what is gathered over an epoch and then is one sample.</summary>
    private const int FewestSamplesOfEpochs = 1;

    /// <summary>Whether a window can be cut at all.</summary>
    public static bool IsLongEnough(JudgeInput input) => FittingIn(input.End - input.Start, input.Epoch) >= Fewest;

    /// <summary>Cuts a window that is long enough.</summary>
    /// <param name="baseline">Samples within the window, in the order of time; at least one.</param>
    /// <param name="canary">Samples within the window, in the order of time; at least one.</param>
    /// <param name="input">Window and epoch.</param>
    /// <param name="definition">The metric.</param>
    public static BlockCut Of(ReadOnlySpan<Sample> baseline, ReadOnlySpan<Sample> canary, JudgeInput input, MetricDefinition definition)
    {
        TimeSpan window = input.End - input.Start;
        var dependence = SerialDependence.Of(baseline, canary, input.Start, window, definition);
        TimeSpan memory = dependence.Time * 2;
        long fitting = FittingIn(window, memory > input.Epoch ? memory : input.Epoch);
        int count = (int)Math.Clamp(fitting, Fewest, Most);
        TimeSpan length = window / count;
        var blocks = ImmutableArray.CreateBuilder<Block>(count);
        int fewest = definition.Source is Samples.MetricSource.Quotient or Samples.MetricSource.Quantile ? FewestSamplesOfEpochs : FewestSamples;
        double[] scratch = new double[Math.Max(baseline.Length, canary.Length)];
        int nextBaseline = 0;
        int nextCanary = 0;
        int ofBaseline = 0;
        int ofCanary = 0;
        for (int i = 0; i < count; i++)
        {
            DateTimeOffset start = input.Start + TimeSpan.FromTicks(window.Ticks * i / count);
            DateTimeOffset end = input.Start + TimeSpan.FromTicks(window.Ticks * (i + 1) / count);
            double? first = Summarize(baseline, ref nextBaseline, end, definition.Summary, fewest, scratch);
            double? second = Summarize(canary, ref nextCanary, end, definition.Summary, fewest, scratch);
            ofBaseline += first is null ? 0 : 1;
            ofCanary += second is null ? 0 : 1;
            if (first is { } x && second is { } y)
            {
                blocks.Add(new Block(start, length, x, y));
            }
        }

        return new BlockCut(blocks.ToImmutable(), length, ofBaseline, ofCanary, fitting >= Fewest, dependence);
    }

    private static long FittingIn(TimeSpan window, TimeSpan length) => length > TimeSpan.Zero ? window.Ticks / length.Ticks : Most;

    private static double? Summarize(ReadOnlySpan<Sample> samples, ref int next, DateTimeOffset end, BlockSummary summary, int fewest, double[] scratch)
    {
        int count = 0;
        double sum = 0;
        while (next < samples.Length && samples[next].At < end)
        {
            scratch[count++] = samples[next].Value;
            sum += samples[next++].Value;
        }

        return count < fewest ? null : summary == BlockSummary.Mean ? sum / count : Quantiles.Median(scratch.AsSpan(0, count));
    }
}
