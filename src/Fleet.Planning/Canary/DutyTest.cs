using Fleet.Planning.Canary.Statistics;

namespace Fleet.Planning.Canary;

/// <summary>Compares shares of duties.</summary>
internal static class DutyTest
{
    /// <summary>Fewest duties of a side that say anything.</summary>
    public const int FewestDuties = 8;

    /// <summary>Error probability of one side of the test.</summary>
    public const double Alpha = 0.01;

    /// <summary>A tenth more and a tenth less are the same, though 1 − 0.9 is not 0.1 in binary digits.</summary>
    private const double Rounding = 1e-9;

    /// <summary>98 %, as wide as the two one-sided tests.</summary>
    private const double IntervalWidth = 2.326348;

    /// <summary>Judges a share.</summary>
    public static MetricVerdict Decide(MetricObservation metric)
    {
        MetricDefinition definition = metric.Definition;
        DutyCounts baseline = metric.Baseline.Duties ?? default;
        DutyCounts canary = metric.Canary.Duties ?? default;
        if (Math.Min(baseline.Of, canary.Of) < FewestDuties)
        {
            return Absence.OfDuties(metric, baseline, canary);
        }

        Interval interval = FisherExact.Difference(canary, baseline, IntervalWidth);
        double allowed = Math.Max(definition.AllowedDifference ?? MetricDefinition.DefaultAllowedDutyDifference, metric.Noise?.For(definition) ?? 0);
        double more = FisherExact.AtLeast(canary, baseline);
        double fewer = FisherExact.AtLeast(baseline, canary);
        MetricLabel label = definition.IsWorseAbove && more < Alpha && interval.Estimate >= allowed - Rounding ? MetricLabel.High
            : definition.IsWorseBelow && fewer < Alpha && -interval.Estimate >= allowed - Rounding ? MetricLabel.Low
            : MetricLabel.Pass;
        bool upwards = definition.Direction == MetricDirection.Increase || (definition.Direction == MetricDirection.Either && interval.Estimate >= 0);
        return new MetricVerdict
        {
            Name = definition.Name,
            Group = definition.Group,
            Label = label,
            IsCritical = definition.Critical && label != MetricLabel.Pass
                && Math.Abs(interval.Estimate) >= (definition.CriticalBound ?? MetricDefinition.DefaultCriticalDutyDifference) - Rounding,
            Why = Sentences.Duty(definition, label, baseline, canary, upwards ? allowed : -allowed, upwards ? more : fewer),
            Baseline = (double)baseline.Hits / baseline.Of,
            Canary = (double)canary.Hits / canary.Of,
            Effect = interval.Estimate,
            Bound = upwards ? allowed : -allowed,
            Low = interval.Low,
            High = interval.High,
            Estimate = interval.Estimate,
            BaselineSamples = baseline.Of,
            CanarySamples = canary.Of,
        };
    }
}
