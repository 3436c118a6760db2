namespace Fleet.Planning.Canary.Statistics;

/// <summary>Fisher's exact test of two shares.</summary>
internal static class FisherExact
{
    /// <summary>Probability of at least so many hits on the first side, if both sides had the same chance and as many hits together.</summary>
    /// <param name="first">The side that is suspected of more.</param>
    /// <param name="second">The other side.</param>
    public static double AtLeast(DutyCounts first, DutyCounts second)
    {
        double hits = first.Hits + second.Hits;
        long lowest = Math.Max(0, first.Hits + second.Hits - second.Of);
        long highest = Math.Min(first.Of, first.Hits + second.Hits);

        // The weight of x hits relative to the most probable number, so that nothing overflows; the sum of all weights makes them probabilities.
        long mode = Math.Clamp((long)((hits + 1) * (first.Of + 1) / (first.Of + second.Of + 2.0)), lowest, highest);
        double all = 1;
        double tail = mode >= first.Hits ? 1 : 0;
        double weight = 1;
        for (long x = mode + 1; x <= highest && weight > 0; x++)
        {
            weight *= (first.Of - x + 1) * (hits - x + 1) / (x * (second.Of - hits + x));
            all += weight;
            tail += x >= first.Hits ? weight : 0;
        }

        weight = 1;
        for (long x = mode - 1; x >= lowest && weight > 0; x--)
        {
            weight *= (x + 1) * (second.Of - hits + x + 1) / ((first.Of - x) * (hits - x));
            all += weight;
            tail += x >= first.Hits ? weight : 0;
        }

        return Math.Min(1, tail / all);
    }

    /// <summary>Interval of the difference of two shares, first minus second, by Newcombe's combination of Wilson's intervals.</summary>
    /// <param name="first">The side that is looked at.</param>
    /// <param name="second">The side it is compared with.</param>
    /// <param name="z">Quantile of the normal distribution.</param>
    public static Interval Difference(DutyCounts first, DutyCounts second, double z)
    {
        double p = (double)first.Hits / first.Of;
        double q = (double)second.Hits / second.Of;
        (double pLow, double pHigh) = Wilson(p, first.Of, z);
        (double qLow, double qHigh) = Wilson(q, second.Of, z);
        return new Interval(
            p - q - Math.Sqrt(((p - pLow) * (p - pLow)) + ((qHigh - q) * (qHigh - q))),
            p - q,
            p - q + Math.Sqrt(((pHigh - p) * (pHigh - p)) + ((q - qLow) * (q - qLow))));
    }

    private static (double Low, double High) Wilson(double share, double n, double z)
    {
        double middle = (share + (z * z / (2 * n))) / (1 + (z * z / n));
        double half = z / (1 + (z * z / n)) * Math.Sqrt((share * (1 - share) / n) + (z * z / (4 * n * n)));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
