using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary.Kayenta;

/// <summary>Interval of the shift between two samples by the normal approximation of Mann and Whitney's test, as R's <c>wilcox.test</c> finds it.</summary>
internal static class MannWhitney
{
    /// <summary>How near a root must be found.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Interval of the shift.</summary>
    /// <param name="x">Experiment, sorted; at least one value.</param>
    /// <param name="y">Control, sorted; at least one value.</param>
    /// <param name="quantile">Quantile of the normal distribution for the confidence.</param>
    public static Interval Interval(double[] x, double[] y, double quantile)
    {
        if (x[0] == x[^1] && y[0] == y[^1])
        {
            double shift = x[0] - y[0];
            return new Interval(shift, shift, shift);
        }

        return new Interval(Root(x, y, quantile), Root(x, y, 0), Root(x, y, -quantile));
    }

    /// <summary>The shift at which the statistic passes a quantile; the end of what is possible where it does not.</summary>
    private static double Root(double[] x, double[] y, double quantile)
    {
        double lowest = x[0] - y[^1];
        double highest = x[^1] - y[0];
        double atLowest = Statistic(x, y, lowest, quantile);
        double atHighest = Statistic(x, y, highest, quantile);
        return atLowest <= 0 ? lowest
            : atHighest >= 0 ? highest
            : BrentRoot.Find(shift => Statistic(x, y, shift, quantile), lowest, highest, atLowest, atHighest, Tolerance);
    }

    /// <summary>Standardized sum of the ranks of x, shifted, among y, less a quantile.</summary>
    internal static double Statistic(double[] x, double[] y, double shift, double quantile)
    {
        double n = x.Length;
        double m = y.Length;
        double ranks = 0;
        double ties = 0;
        int nextX = 0;
        int nextY = 0;
        while (nextX < x.Length || nextY < y.Length)
        {
            double value = nextX == x.Length ? y[nextY] : nextY == y.Length ? x[nextX] - shift : Math.Min(x[nextX] - shift, y[nextY]);
            int firstX = nextX;
            int firstY = nextY;
            while (nextX < x.Length && x[nextX] - shift <= value)
            {
                nextX++;
            }

            while (nextY < y.Length && y[nextY] <= value)
            {
                nextY++;
            }

            double tied = nextX - firstX + nextY - firstY;
            ranks += (nextX - firstX) * (firstX + firstY + ((tied + 1) / 2));
            ties += (tied * tied * tied) - tied;
        }

        double dz = ranks - (n * (n + 1) / 2) - (n * m / 2);
        double sigma = Math.Sqrt(n * m / 12 * (n + m + 1 - (ties / ((n + m) * (n + m - 1)))));
        return ((dz - (0.5 * Math.Sign(dz))) / sigma) - quantile;
    }
}
