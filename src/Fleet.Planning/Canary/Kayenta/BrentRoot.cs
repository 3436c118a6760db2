namespace Fleet.Planning.Canary.Kayenta;

/// <summary>Brent's method: interpolation where that is going well, bisection where it is not.</summary>
/// <remarks>R. P. Brent, Algorithms for Minimization Without Derivatives, chapter 4. For a function that jumps, it closes in on a jump across zero.</remarks>
internal static class BrentRoot
{
    private const int MaximumSteps = 1000;
    private const double MachineEpsilon = 2.220446049250313e-16;

    /// <summary>A root between two points.</summary>
    /// <param name="function">The function.</param>
    /// <param name="low">One end.</param>
    /// <param name="high">The other end.</param>
    /// <param name="atLow">Value at the one end.</param>
    /// <param name="atHigh">Value at the other end, of the opposite sign.</param>
    /// <param name="tolerance">How far the result may be from the root.</param>
    public static double Find(Func<double, double> function, double low, double high, double atLow, double atHigh, double tolerance)
    {
        // best: the best guess; last: the guess before; across: a point on the other side of the root.
        (double best, double atBest) = (high, atHigh);
        (double last, double atLast) = (low, atLow);
        (double across, double atAcross) = (low, atLow);
        double step = high - low;
        double stepBefore = step;
        for (int i = 0; i < MaximumSteps; i++)
        {
            if (Math.Abs(atAcross) < Math.Abs(atBest))
            {
                (last, atLast) = (best, atBest);
                (best, atBest) = (across, atAcross);
                (across, atAcross) = (last, atLast);
            }

            double near = (2 * MachineEpsilon * Math.Abs(best)) + (tolerance / 2);
            double half = (across - best) / 2;
            if (Math.Abs(half) <= near || atBest == 0)
            {
                return best;
            }

            if (Math.Abs(stepBefore) < near || Math.Abs(atLast) <= Math.Abs(atBest))
            {
                step = stepBefore = half;
            }
            else
            {
                (double p, double q) = Interpolate(best, atBest, last, atLast, across, atAcross, half);
                bool isGood = 2 * p < Math.Min((3 * half * q) - Math.Abs(near * q), Math.Abs(stepBefore * q));
                stepBefore = isGood ? step : half;
                step = isGood ? p / q : half;
            }

            (last, atLast) = (best, atBest);
            best += Math.Abs(step) > near ? step : half > 0 ? near : -near;
            atBest = function(best);
            if (atBest > 0 == atAcross > 0)
            {
                (across, atAcross) = (last, atLast);
                step = stepBefore = best - last;
            }
        }

        return best;
    }

    /// <summary>A step as p / q with p not negative: along a parabola through three points, or a line where there are but two.</summary>
    private static (double P, double Q) Interpolate(double best, double atBest, double last, double atLast, double across, double atAcross, double half)
    {
        double p;
        double q;
        double s = atBest / atLast;
        if (last == across)
        {
            p = 2 * half * s;
            q = 1 - s;
        }
        else
        {
            double t = atLast / atAcross;
            double r = atBest / atAcross;
            p = s * ((2 * half * t * (t - r)) - ((best - last) * (r - 1)));
            q = (t - 1) * (r - 1) * (s - 1);
        }

        return p > 0 ? (p, -q) : (-p, q);
    }
}
