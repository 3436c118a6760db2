using System.Collections.Immutable;

namespace Fleet.Planning.Canary;

/// <summary>Judges a canary beside its baseline. Pure: the same input gives the same verdict.</summary>
/// <remarks>
/// Every metric gets a label; the labels make the score, and the score the outcome. Noise is allowed for twice: a difference must be seen in so many
/// blocks that chance is not the reason, and it must be larger than what is allowed and larger than what two like sides differ by. See
/// docs/decisions/0130-the-judge.md.
/// </remarks>
public static class Judge
{
    /// <summary>Error probability shared by all metrics of a verdict.</summary>
    internal const double Alpha = 0.02;

    /// <summary>Judges.</summary>
    public static CanaryVerdict Decide(JudgeInput input)
    {
        if (input.Mode == JudgeMode.Kayenta)
        {
            return Kayenta.KayentaJudge.Decide(input);
        }

        var verdicts = ImmutableArray.CreateBuilder<MetricVerdict>(input.Metrics.Length);
        double alpha = Alpha / Math.Max(1, input.Metrics.Length);
        foreach (MetricObservation metric in input.Metrics)
        {
            verdicts.Add(Decide(metric, input, alpha));
        }

        return Scoring.Native(verdicts.MoveToImmutable(), input);
    }

    private static MetricVerdict Decide(MetricObservation metric, JudgeInput input, double alpha)
    {
        MetricVerdict verdict = metric.Definition.Kind switch
        {
            MetricKind.Duty => DutyTest.Decide(metric),
            MetricKind.Count => CountTest.Decide(metric),
            MetricKind.Slope => SlopeTest.Decide(metric, new WindowedSamples(metric, input), input, alpha),
            _ => ContinuousTest.Decide(metric, new WindowedSamples(metric, input), input, alpha),
        };
        return verdict.IsFailure ? verdict with { Ceiling = CeilingOf(metric.Definition, verdict, input) } : verdict;
    }

    /// <summary>What is left of the score when this metric fails: never enough to be approved.</summary>
    private static double CeilingOf(MetricDefinition definition, MetricVerdict verdict, JudgeInput input)
    {
        double ceiling = Math.Min(definition.Ceiling ?? double.MaxValue, input.Pass - 1);
        if (definition.IsRatio && definition.SteepCeiling is { } steep && verdict.Effect is { } effect && Math.Max(effect, 1 / effect) >= steep.From)
        {
            ceiling = Math.Min(ceiling, steep.Score);
        }

        return Math.Max(0, ceiling);
    }
}
