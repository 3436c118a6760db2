using System.Collections.Immutable;

namespace Fleet.Planning.Recovery;

/// <summary>Epochs one after another.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
public readonly record struct EpochRange(long First, long Last);

/// <summary>Sets of epochs as ranges in rising order that do not touch.</summary>
internal static class EpochRanges
{
    /// <summary>Most ranges of a set; the earliest go.</summary>
    private const int MaxRanges = 64;

    /// <summary>The set with a range at its end.</summary>
    public static ImmutableArray<EpochRange> With(this ImmutableArray<EpochRange> ranges, long first, long last)
    {
        if (last < first)
        {
            return ranges;
        }

        EpochRange[] before = [.. ranges.Where(range => range.Last + 1 < first)];
        EpochRange[] touched = [.. ranges.Where(range => range.Last + 1 >= first)];
        EpochRange added = new(touched.Select(range => range.First).Append(first).Min(), touched.Select(range => range.Last).Append(last).Max());
        return [.. before.Append(added).TakeLast(MaxRanges)];
    }

    /// <summary>How many of the set are later than an epoch.</summary>
    public static long CountAfter(this ImmutableArray<EpochRange> ranges, long epoch) => ranges.Sum(range => Math.Max(0, range.Last - Math.Max(range.First - 1, epoch)));

    /// <summary>The set without what is not later than an epoch.</summary>
    public static ImmutableArray<EpochRange> After(this ImmutableArray<EpochRange> ranges, long epoch) =>
        [.. ranges.Where(range => range.Last > epoch).Select(range => range with { First = Math.Max(range.First, epoch + 1) })];
}
