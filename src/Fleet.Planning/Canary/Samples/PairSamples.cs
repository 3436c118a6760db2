using System.Collections.Immutable;

namespace Fleet.Planning.Canary.Samples;

/// <summary>One of the two nodes that are compared.</summary>
public enum PairSide
{
    /// <summary>The one with the stable image.</summary>
    Baseline,

    /// <summary>The one that is judged.</summary>
    Canary,
}

/// <summary>What is remembered of both sides: fed with scrapes, asked for what a verdict is made of. Bounded; for one thread at a time.</summary>
public sealed class PairSamples
{
    private readonly TimeSpan _epoch;
    private readonly ImmutableArray<Remembered> _metrics;

    /// <summary>An empty memory.</summary>
    /// <param name="metrics">What is judged.</param>
    /// <param name="keyGroups">What outside nodes call the keys of the baseline and of the canary.</param>
    /// <param name="epoch">Length of an epoch.</param>
    /// <param name="capacity">Most samples kept of each metric and side.</param>
    public PairSamples(IEnumerable<MetricDefinition> metrics, (string Baseline, string Canary) keyGroups, TimeSpan epoch, int capacity)
    {
        _epoch = epoch;
        _metrics =
        [
            .. metrics.Select(definition => new Remembered(
                definition,
                MetricSeries.Create(definition.Source ?? new MetricSource.Restarts(), keyGroups.Baseline, epoch, capacity),
                MetricSeries.Create(definition.Source ?? new MetricSource.Restarts(), keyGroups.Canary, epoch, capacity))),
        ];
    }

    /// <summary>Takes what a side answered to a scrape.</summary>
    public void Observe(PairSide side, DateTimeOffset at, Exposition exposition)
    {
        foreach (Remembered metric in _metrics.Where(metric => !metric.IsFromOutside))
        {
            metric.Of(side).Observe(at, exposition);
        }
    }

    /// <summary>Takes what a node of neither side answered; it tells of the duties of both.</summary>
    public void ObserveOutside(DateTimeOffset at, Exposition exposition)
    {
        foreach (Remembered metric in _metrics.Where(metric => metric.IsFromOutside))
        {
            metric.Baseline.Observe(at, exposition);
            metric.Canary.Observe(at, exposition);
        }
    }

    /// <summary>Another node of neither side tells of the duties from now on. It has been counting for longer or shorter than the one before.</summary>
    public void RestartOutside()
    {
        foreach (Remembered metric in _metrics.Where(metric => metric.IsFromOutside))
        {
            metric.Baseline.RestartCounting();
            metric.Canary.RestartCounting();
        }
    }

    /// <summary>Takes the number of restarts that the status of a side's pod has.</summary>
    public void ObserveRestarts(PairSide side, DateTimeOffset at, long restarts)
    {
        foreach (Remembered metric in _metrics)
        {
            metric.Of(side).ObserveRestarts(at, restarts);
        }
    }

    /// <summary>Takes note of a scrape of a side that failed.</summary>
    /// <param name="side">Which.</param>
    /// <param name="at">When.</param>
    /// <param name="problem">Why, as a clause.</param>
    public void Fail(PairSide side, DateTimeOffset at, string problem)
    {
        foreach (Remembered metric in _metrics.Where(metric => !metric.IsFromOutside))
        {
            metric.Of(side).Fail(at, problem);
        }
    }

    /// <summary>What a verdict on a window is made of.</summary>
    public JudgeInput Window(DateTimeOffset start, DateTimeOffset end) => new()
    {
        Start = start,
        End = end,
        Epoch = _epoch,
        Metrics = [.. _metrics.Select(metric => new MetricObservation(metric.Definition, metric.Baseline.Window(start, end), metric.Canary.Window(start, end)))],
        GroupWeights = BuiltInMetrics.GroupWeights,
    };

    private sealed record Remembered(MetricDefinition Definition, MetricSeries Baseline, MetricSeries Canary)
    {
        public bool IsFromOutside => Definition.Source is { IsFromOutside: true };

        public MetricSeries Of(PairSide side) => side == PairSide.Baseline ? Baseline : Canary;
    }
}
