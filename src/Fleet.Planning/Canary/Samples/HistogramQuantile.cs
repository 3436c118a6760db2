namespace Fleet.Planning.Canary.Samples;

/// <summary>Quantiles of cumulative buckets, as Prometheus' <c>histogram_quantile</c> computes them.</summary>
internal static class HistogramQuantile
{
    /// <summary>A quantile by linear interpolation within a bucket.</summary>
    /// <param name="buckets">Upper bounds, rising, and how many values are not above; the last bound is infinite.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns>The quantile; the last finite bound where it lies beyond; null where nothing was counted or the last bound is finite.</returns>
    public static double? Of(IReadOnlyList<(double Bound, double Count)> buckets, double share)
    {
        if (buckets.Count < 2 || !double.IsPositiveInfinity(buckets[^1].Bound) || !(buckets[^1].Count > 0))
        {
            return null;
        }

        double rank = share * buckets[^1].Count;
        for (int i = 0; i < buckets.Count - 1; i++)
        {
            (double bound, double count) = buckets[i];
            if (count >= rank)
            {
                double below = i == 0 ? 0 : buckets[i - 1].Count;
                double from = i == 0 ? Math.Min(0, bound) : buckets[i - 1].Bound;
                return count > below ? from + ((bound - from) * (rank - below) / (count - below)) : bound;
            }
        }

        return buckets[^2].Bound;
    }
}
