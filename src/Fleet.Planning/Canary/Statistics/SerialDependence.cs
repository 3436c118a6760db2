namespace Fleet.Planning.Canary.Statistics;

/// <summary>How much the samples of a metric repeat each other.</summary>
/// <param name="Time">Integrated autocorrelation time, ½ + Σρ in units of time: samples twice that far apart count as independent.</param>
/// <param name="StandardError">Standard error of the effect over the whole window, this memory allowed for; relative for ratios.</param>
/// <remarks>
/// Taken from the difference of the two sides, without its linear trend: what both go through together is not in it. Yet no side may claim to be much
/// more restless than the other: a canary that swings between good and bad would else widen what is allowed to it, or count as unknown.
/// </remarks>
internal readonly record struct SerialDependence(TimeSpan Time, double StandardError)
{
    /// <summary>Cells of time that samples are gathered in: enough for 15 blocks with 16 each.</summary>
    private const int MaximumCells = 240;

    private const int FewestCells = 8;

    /// <summary>Sokal's factor: the sum of correlations is cut at so many times itself, where only noise follows.</summary>
    private const double CutOff = 5;

    /// <summary>Neighbours that are more alike than this are taken as this much.</summary>
    private const double HighestCorrelation = 0.98;

    /// <summary>How many times as restless as its twin a side may be.</summary>
    private const double Restless = 2;

    /// <summary>Measures the memory of two sides in a window. Neither may be empty.</summary>
    public static SerialDependence Of(ReadOnlySpan<Sample> baseline, ReadOnlySpan<Sample> canary, DateTimeOffset start, TimeSpan window, MetricDefinition definition)
    {
        int count = Math.Clamp(Math.Min(baseline.Length, canary.Length), FewestCells, MaximumCells);
        double[] first = Cells(baseline, start, window, count, definition);
        double[] second = Cells(canary, start, window, count, definition);
        double[] difference = new double[count];
        for (int i = 0; i < count; i++)
        {
            difference[i] = second[i] - first[i];
        }

        // Two like sides have twice the variance of one, and their difference has the memory of one.
        var ofFirst = Memory.Of(first);
        var ofSecond = Memory.Of(second);
        var ofBoth = Memory.Of(difference);
        double cells = Math.Min(ofBoth.Cells, Restless * Math.Min(ofFirst.Cells, ofSecond.Cells));
        double variance = Math.Min(ofBoth.VarianceOfMean, Restless * 2 * Math.Min(ofFirst.VarianceOfMean, ofSecond.VarianceOfMean));
        return new SerialDependence(window * (cells / count), Math.Sqrt(variance));
    }

    /// <summary>Means of the samples in equal stretches of time, as shares of the side's mean for ratios; NaN where there are none.</summary>
    private static double[] Cells(ReadOnlySpan<Sample> samples, DateTimeOffset start, TimeSpan window, int count, MetricDefinition definition)
    {
        double[] sums = new double[count];
        int[] numbers = new int[count];
        double total = 0;
        foreach (Sample sample in samples)
        {
            int cell = Math.Clamp((int)((sample.At - start).Ticks * (double)count / window.Ticks), 0, count - 1);
            sums[cell] += sample.Value;
            numbers[cell]++;
            total += sample.Value;
        }

        double unit = definition.IsRatio ? Math.Max(Math.Abs(total / samples.Length), ContinuousTest.LeastValue(definition)) : 1;
        for (int i = 0; i < count; i++)
        {
            sums[i] = numbers[i] == 0 ? double.NaN : sums[i] / numbers[i] / unit;
        }

        return sums;
    }

    /// <summary>Memory of one series.</summary>
    private readonly record struct Memory(double Cells, double VarianceOfMean)
    {
        public static Memory Of(double[] series)
        {
            int present = RemoveTrend(series);
            double variance = Covariance(series, 0, present);
            if (variance <= 0 || present < FewestCells)
            {
                return new Memory(0.5, 0);
            }

            double time = 0.5;
            for (int lag = 1; lag < series.Length / 2 && lag < CutOff * time; lag++)
            {
                time += Covariance(series, lag, present) / variance;
            }

            time = Math.Max(time, OfNeighbours(Covariance(series, 1, present) / variance, present));

            return new Memory(time, variance * 2 * time / present);
        }

        /// <summary>
        /// The time that the correlation of neighbours alone lets expect (a first-order autoregression), at least ½. In short windows the sum of correlations
        /// is too small, because their trend was taken out; for neighbours that bias is known (Kendall and Marriott) and given back.
        /// </summary>
        private static double OfNeighbours(double correlation, int present)
        {
            double corrected = Math.Clamp(correlation + ((2 + (4 * correlation)) / present), 0, HighestCorrelation);
            return 0.5 * (1 + corrected) / (1 - corrected);
        }

        /// <summary>Autocovariance of a series around zero. Absent cells hold zero and add nothing.</summary>
        private static double Covariance(double[] series, int lag, int present)
        {
            double sum = 0;
            for (int i = lag; i < series.Length; i++)
            {
                sum += series[i] * series[i - lag];
            }

            return sum / present;
        }

        /// <summary>Subtracts mean and least-squares line, and puts zero where there is nothing. Returns how many cells have a value.</summary>
        private static int RemoveTrend(double[] series)
        {
            int present = 0;
            double meanX = 0;
            double meanY = 0;
            for (int i = 0; i < series.Length; i++)
            {
                if (!double.IsNaN(series[i]))
                {
                    present++;
                    meanX += i;
                    meanY += series[i];
                }
            }

            meanX /= Math.Max(present, 1);
            meanY /= Math.Max(present, 1);
            double xx = 0;
            double xy = 0;
            for (int i = 0; i < series.Length; i++)
            {
                if (!double.IsNaN(series[i]))
                {
                    xx += (i - meanX) * (i - meanX);
                    xy += (i - meanX) * (series[i] - meanY);
                }
            }

            double slope = xx > 0 ? xy / xx : 0;
            for (int i = 0; i < series.Length; i++)
            {
                series[i] = double.IsNaN(series[i]) ? 0 : series[i] - meanY - (slope * (i - meanX));
            }

            return present;
        }
    }
}
