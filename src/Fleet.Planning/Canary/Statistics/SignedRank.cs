namespace Fleet.Planning.Canary.Statistics;

/// <summary>An interval and the value in its middle.</summary>
internal readonly record struct Interval(double Low, double Estimate, double High);

/// <summary>
/// Exact sign-permutation test of paired differences on their ranks (Wilcoxon's), with the interval and the estimate of Hodges and Lehmann that belong to it.
/// </summary>
/// <remarks>
/// Without an effect the sign of every difference is a coin's. Of all 2^n patterns of signs, those count whose negative ranks sum up to at most what
/// was seen; that sum is the number of averages (dᵢ + dⱼ)/2, i ≤ j, that are not above zero. So the interval's ends are order statistics of these
/// averages, and "zero is outside" and "significant" are one statement. Averages of exactly zero count against an effect: with ties the test is conservative.
/// </remarks>
internal static class SignedRank
{
    /// <summary>Interval of the effect.</summary>
    /// <param name="differences">One for each pair of blocks; at least one.</param>
    /// <param name="alpha">Error probability of either end; where all signs alike would still not be rare enough, they are taken as enough.</param>
    public static Interval Of(ReadOnlySpan<double> differences, double alpha)
    {
        int n = differences.Length;
        double[] averages = new double[n * (n + 1) / 2];
        int next = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                averages[next++] = (differences[i] + differences[j]) / 2;
            }
        }

        Array.Sort(averages);
        int spared = Spared(n, alpha);
        return new Interval(averages[spared], Quantiles.MedianOfSorted(averages), averages[averages.Length - 1 - spared]);
    }

    /// <summary>How many averages may be on the wrong side of zero: the largest c with P(W ≤ c) ≤ alpha, or 0.</summary>
    /// <param name="n">Number of differences, at most 30.</param>
    /// <param name="alpha">Error probability.</param>
    internal static int Spared(int n, double alpha)
    {
        // ways[s]: subsets of the ranks 1…n whose sum is s.
        double[] ways = new double[(n * (n + 1) / 2) + 1];
        ways[0] = 1;
        for (int rank = 1; rank <= n; rank++)
        {
            for (int sum = ways.Length - 1; sum >= rank; sum--)
            {
                ways[sum] += ways[sum - rank];
            }
        }

        double allowed = alpha * Math.Pow(2, n);
        double total = ways[0];
        int spared = 0;
        while (spared + 1 < ways.Length && total + ways[spared + 1] <= allowed)
        {
            spared++;
            total += ways[spared];
        }

        return spared;
    }
}
