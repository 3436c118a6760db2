namespace Fleet.Planning.Canary.Statistics;

/// <summary>Slope of a line through points by the median of all pairs' slopes (Theil, Sen), with the interval that Kendall's test gives.</summary>
internal static class TheilSen
{
    /// <summary>Slope and its interval.</summary>
    /// <param name="x">Distinct, rising.</param>
    /// <param name="y">As many; at least two.</param>
    /// <param name="alpha">Error probability of either end.</param>
    public static Interval Slope(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double alpha)
    {
        int n = x.Length;
        double[] slopes = new double[n * (n - 1) / 2];
        int next = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                slopes[next++] = (y[j] - y[i]) / (x[j] - x[i]);
            }
        }

        Array.Sort(slopes);
        int spared = Math.Min(Spared(n, alpha), (slopes.Length - 1) / 2);
        return new Interval(slopes[spared], Quantiles.MedianOfSorted(slopes), slopes[slopes.Length - 1 - spared]);
    }

    /// <summary>How many pairs may fall where all others rise: the largest c with P(inversions ≤ c) ≤ alpha in a random order, or 0.</summary>
    internal static int Spared(int n, double alpha)
    {
        // share[c]: probability of c inversions in a random order of so many values, one value more in each round.
        double[] share = new double[(n * (n - 1) / 2) + 1];
        share[0] = 1;
        for (int count = 2; count <= n; count++)
        {
            for (int inversions = share.Length - 1; inversions >= 0; inversions--)
            {
                double sum = 0;
                for (int added = 0; added < count && added <= inversions; added++)
                {
                    sum += share[inversions - added];
                }

                share[inversions] = sum / count;
            }
        }

        double total = share[0];
        int spared = 0;
        while (spared + 1 < share.Length && total + share[spared + 1] <= alpha)
        {
            spared++;
            total += share[spared];
        }

        return spared;
    }
}
