namespace Fleet.Planning.Canary;

/// <summary>Compares numbers of events that are each one too many.</summary>
internal static class CountTest
{
    /// <summary>Judges a number of events.</summary>
    public static MetricVerdict Decide(MetricObservation metric)
    {
        MetricDefinition definition = metric.Definition;
        if (metric.Baseline.Count is not { } baseline || metric.Canary.Count is not { } canary)
        {
            return Absence.OfCounts(metric);
        }

        double difference = canary - baseline;
        double allowed = Math.Max(definition.AllowedDifference ?? 0, metric.Noise?.For(definition) ?? 0);
        MetricLabel label = definition.IsWorseAbove && difference > allowed ? MetricLabel.High
            : definition.IsWorseBelow && difference < -allowed ? MetricLabel.Low
            : MetricLabel.Pass;
        return new MetricVerdict
        {
            Name = definition.Name,
            Group = definition.Group,
            Label = label,
            IsCritical = definition.Critical && label != MetricLabel.Pass && ContinuousTest.IsCritical(definition, difference),
            Why = Sentences.Count(definition, label, baseline, canary, allowed),
            Baseline = baseline,
            Canary = canary,
            Effect = difference,
            Bound = definition.Direction == MetricDirection.Decrease ? -allowed : allowed,
            Low = difference,
            High = difference,
            Estimate = difference,
            BaselineSamples = baseline,
            CanarySamples = canary,
        };
    }
}
