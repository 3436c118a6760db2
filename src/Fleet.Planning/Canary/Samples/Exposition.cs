using System.Collections.Immutable;

namespace Fleet.Planning.Canary.Samples;

/// <summary>A label of a series.</summary>
public readonly record struct SeriesLabel(string Name, string Value);

/// <summary>One series' value in a scrape.</summary>
/// <param name="Name">Name of the metric; that of a histogram's part ends with <c>_bucket</c>, <c>_sum</c> or <c>_count</c>.</param>
/// <param name="Labels">Labels, sorted by name.</param>
/// <param name="Value">The value; may be no number or infinite.</param>
/// <param name="TimestampMilliseconds">When it was measured, where the target says so, as Unix time.</param>
public sealed record ExposedSeries(string Name, ImmutableArray<SeriesLabel> Labels, double Value, long? TimestampMilliseconds)
{
    /// <summary>Value of a label; null: there is none.</summary>
    public string? Label(string name)
    {
        foreach (SeriesLabel label in Labels)
        {
            if (label.Name == name)
            {
                return label.Value;
            }
        }

        return null;
    }
}

/// <summary>What could not be read.</summary>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Message">What is wrong with it, as a clause.</param>
public sealed record ExpositionProblem(int Line, string Message)
{
    /// <summary>One clause.</summary>
    public override string ToString() => $"line {Line}: {Message}";
}

/// <summary>What a target answered to a scrape.</summary>
/// <param name="Series">What could be read.</param>
/// <param name="Problems">The first problems.</param>
/// <param name="ProblemCount">Lines that could not be read, also those whose problem is not kept.</param>
public sealed record Exposition(ImmutableArray<ExposedSeries> Series, ImmutableArray<ExpositionProblem> Problems, int ProblemCount);
