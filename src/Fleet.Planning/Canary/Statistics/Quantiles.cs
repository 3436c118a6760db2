namespace Fleet.Planning.Canary.Statistics;

/// <summary>Order statistics.</summary>
internal static class Quantiles
{
    /// <summary>Median of values, which are sorted in place.</summary>
    public static double Median(Span<double> values)
    {
        values.Sort();
        return MedianOfSorted(values);
    }

    /// <summary>Median of sorted values.</summary>
    public static double MedianOfSorted(ReadOnlySpan<double> sorted)
    {
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Percentile of sorted values by linear interpolation (R's type 7).</summary>
    /// <param name="sorted">At least one value.</param>
    /// <param name="share">0 to 1.</param>
    public static double Percentile(ReadOnlySpan<double> sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = Math.Min((int)place, sorted.Length - 1);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
