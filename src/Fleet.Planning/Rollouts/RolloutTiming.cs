using Fleet.Api;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>Lengths of time of a roll-out on a chain with certain epochs.</summary>
/// <param name="Window">Length of the window that the verdict is about.</param>
/// <param name="Interval">Length of an interim look.</param>
/// <param name="Sampling">Between two scrapes.</param>
public sealed record RolloutTiming(TimeSpan Window, TimeSpan Interval, TimeSpan Sampling)
{
    /// <summary>Twelve blocks of an epoch are the fewest that make a verdict, and one epoch goes by until the first quotients are there.</summary>
    private const int FewestEpochs = 13;

    /// <summary>No node is asked more often.</summary>
    private static readonly TimeSpan ShortestSampling = TimeSpan.FromSeconds(2);

    /// <summary>Most samples that are kept of a metric and side.</summary>
    private const int MaxSamples = 8192;

    /// <summary>Timing of a testnet.</summary>
    public static RolloutTiming Of(RolloutSpec spec, ChainClock clock)
    {
        TimeSpan least = clock.EpochDuration * FewestEpochs;
        TimeSpan window = spec.Duration.Value < least ? least : spec.Duration.Value;
        TimeSpan sampling = clock.SlotDuration < ShortestSampling ? ShortestSampling : clock.SlotDuration;
        return new RolloutTiming(window, spec.Interval.Value, sampling);
    }

    /// <summary>Samples of a metric and side that are kept: two windows, for the second try for a verdict.</summary>
    public int Capacity => (int)Math.Min(MaxSamples, (Window * 2 / Sampling) + 64);
}
