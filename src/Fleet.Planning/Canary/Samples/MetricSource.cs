using System.Collections.Immutable;

namespace Fleet.Planning.Canary.Samples;

/// <summary>Which series of a scrape belong to a metric.</summary>
/// <param name="Name">Name of the metric.</param>
/// <param name="Labels">What labels must be; several values of one label are alternatives.</param>
public sealed record SeriesSelector(string Name, ImmutableArray<SeriesLabel> Labels)
{
    /// <summary>Label that tells the duties of the two sides apart, see <see cref="MetricSource.IsFromOutside"/>.</summary>
    public const string KeyGroupLabel = "key_group";

    /// <summary>Selects by name alone.</summary>
    public SeriesSelector(string name)
        : this(name, [])
    {
    }

    /// <summary>The same, with a label more.</summary>
    public SeriesSelector With(string label, params ReadOnlySpan<string> values)
    {
        ImmutableArray<SeriesLabel> labels = Labels;
        foreach (string value in values)
        {
            labels = labels.Add(new SeriesLabel(label, value));
        }

        return this with { Labels = labels };
    }

    /// <summary>Whether a series belongs to it.</summary>
    public bool Matches(ExposedSeries series)
    {
        if (series.Name != Name)
        {
            return false;
        }

        foreach (SeriesLabel wanted in Labels)
        {
            if (!Allows(wanted.Name, series.Label(wanted.Name)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Allows(string label, string? value)
    {
        foreach (SeriesLabel wanted in Labels)
        {
            if (wanted.Name == label && wanted.Value == value)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Where the samples of a metric come from.</summary>
public abstract record MetricSource
{
    private MetricSource()
    {
    }

    /// <summary>
    /// Whether the metric is about a side's keys and is read from a node that belongs to neither side, whose series carry the side's name as
    /// <see cref="SeriesSelector.KeyGroupLabel"/>. What a node says of its own duties would be a claim of the accused.
    /// </summary>
    public bool IsFromOutside { get; init; }

    /// <summary>A level, the sum over the series that match.</summary>
    /// <param name="Series">The level.</param>
    /// <param name="Less">What is subtracted from it; null: nothing.</param>
    /// <param name="Beyond">Only what is above counts, and below is zero; null: the level as it is.</param>
    public sealed record Gauge(SeriesSelector Series, SeriesSelector? Less = null, double? Beyond = null) : MetricSource;

    /// <summary>What counters gain in a second.</summary>
    public sealed record Rate(SeriesSelector Series) : MetricSource;

    /// <summary>What one kind of counters gained for each that another kind did, epoch by epoch.</summary>
    public sealed record Quotient(SeriesSelector Series, SeriesSelector Per) : MetricSource;

    /// <summary>A quantile of what a histogram counted, epoch by epoch.</summary>
    /// <param name="Series">The histogram, by its name without <c>_bucket</c>.</param>
    /// <param name="Share">0 to 1.</param>
    public sealed record Quantile(SeriesSelector Series, double Share) : MetricSource;

    /// <summary>Duties by outcome: those with the outcome, of all.</summary>
    public sealed record Duties(SeriesSelector Hits, SeriesSelector All) : MetricSource;

    /// <summary>Restarts of the pod's containers; no series, the pod's status has them.</summary>
    public sealed record Restarts : MetricSource;
}
