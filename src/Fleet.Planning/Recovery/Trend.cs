using System.Collections.Immutable;
using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Recovery;

/// <summary>Where the votes are heading.</summary>
internal static class Trend
{
    /// <summary>Fewest numbers that make a trend.</summary>
    private const int Fewest = 4;

    /// <summary>Change per epoch by the median of all pairs' slopes, which a few odd epochs do not bend; null: too few numbers.</summary>
    public static double? PerEpoch(ImmutableArray<EpochShare> shares)
    {
        if (shares.Length < Fewest)
        {
            return null;
        }

        List<double> slopes = [];
        for (int i = 0; i < shares.Length; i++)
        {
            for (int k = i + 1; k < shares.Length; k++)
            {
                slopes.Add((shares[k].Share - shares[i].Share) / (shares[k].Epoch - shares[i].Epoch));
            }
        }

        slopes.Sort();
        return Quantiles.MedianOfSorted([.. slopes]);
    }
}
