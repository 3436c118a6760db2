using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary.Kayenta;

/// <summary>Leaves out what is far from the bulk.</summary>
internal static class Outliers
{
    /// <summary>Interquartile ranges beyond the quartiles from which a value is an outlier.</summary>
    private const double Factor = 3;

    /// <summary>The values that are none, sorted.</summary>
    public static double[] Remove(double[] values)
    {
        if (values.Length == 0)
        {
            return values;
        }

        double[] sorted = [.. values];
        Array.Sort(sorted);
        double lower = Quantiles.Percentile(sorted, 0.25);
        double upper = Quantiles.Percentile(sorted, 0.75);
        double margin = Factor * (upper - lower);
        return [.. sorted.Where(value => value >= lower - margin && value <= upper + margin)];
    }
}
