using Beacon.Types;
namespace Beacon.StateTransition.Phase0;

/// <summary>Integer helpers of the specification.</summary>
public static class SpecMath
{
    /// <summary>The largest <c>x</c> with <c>x² ≤ n</c>.</summary>
    [Spec("phase0/beacon-chain.md#integer_squareroot")]
    public static ulong IntegerSquareRoot(ulong n)
    {
        // The double is off by at most one; the loops settle it without overflow for every n.
        ulong x = Math.Min((ulong)Math.Sqrt(n), uint.MaxValue);
        while (x > 0 && x * x > n)
        {
            x--;
        }

        while (x < uint.MaxValue && (x + 1) * (x + 1) <= n)
        {
            x++;
        }

        return x;
    }

    /// <summary><c>a − b</c>, or 0 where that is negative.</summary>
    [Spec("phase0/beacon-chain.md#saturating_sub")]
    public static ulong SaturatingSub(ulong a, ulong b) => a > b ? a - b : 0;
}
