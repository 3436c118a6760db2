namespace Fleet.Planning.Canary.Samples;

/// <summary>What totals gained in one stretch of time after the other, each at least so long. Stretches do not overlap, so that no event is in two samples.</summary>
/// <param name="span">Shortest stretch.</param>
internal sealed class EpochTotals(TimeSpan span)
{
    private (DateTimeOffset At, double[] Totals)? _begin;

    /// <summary>Looks at the totals of a scrape.</summary>
    /// <param name="at">When.</param>
    /// <param name="totals">The totals.</param>
    /// <param name="enough">Whether what was gained makes a sample; otherwise the stretch goes on.</param>
    /// <returns>What was gained in the stretch that ends here; null while it goes on.</returns>
    public double[]? Add(DateTimeOffset at, double[] totals, Func<double[], bool> enough)
    {
        if (_begin is not { } begin)
        {
            _begin = (at, totals);
            return null;
        }

        double[] gained = [.. totals.Zip(begin.Totals, static (now, before) => now - before)];
        if (at - begin.At < span || !enough(gained))
        {
            return null;
        }

        _begin = (at, totals);
        return gained;
    }

    /// <summary>Begins anew with the next scrape.</summary>
    public void Restart() => _begin = null;
}
