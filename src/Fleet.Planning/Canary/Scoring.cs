using System.Collections.Immutable;

namespace Fleet.Planning.Canary;

/// <summary>Makes a score of labels, and an outcome of the score.</summary>
internal static class Scoring
{
    private const double Whole = 100;

    /// <summary>Ours: nothing that failed is approved by itself, and a critical failure stops.</summary>
    public static CanaryVerdict Native(ImmutableArray<MetricVerdict> metrics, JudgeInput input)
    {
        int unknown = 0;
        bool isCritical = false;
        double ceiling = Whole;
        foreach (MetricVerdict metric in metrics)
        {
            unknown += metric.Label == MetricLabel.Nodata ? 1 : 0;
            isCritical |= metric.IsCritical;
            ceiling = metric.IsFailure ? Math.Min(ceiling, metric.Ceiling ?? Whole) : ceiling;
        }

        ImmutableArray<GroupScore> groups = ShareOut(Groups(metrics, input));
        double? mean = Mean(groups);
        double? score = isCritical ? 0 : 2 * unknown >= metrics.Length || mean is null ? null : Rounded(Math.Min(mean.Value, ceiling));
        return Conclude(metrics, groups, score, input);
    }

    /// <summary>Kayenta's: groups without data count as passed, and half of the metrics without data make zero.</summary>
    public static CanaryVerdict Kayenta(ImmutableArray<MetricVerdict> metrics, JudgeInput input)
    {
        int unknown = metrics.Count(static metric => metric.Label == MetricLabel.Nodata);
        ImmutableArray<GroupScore> groups = Groups(metrics, input);
        bool isZero = 2 * unknown >= metrics.Length || metrics.Any(static metric => metric.IsCritical);
        double mean = 0;
        foreach (GroupScore group in groups)
        {
            mean += group.Weight / Whole * (group.Score ?? Whole);
        }

        return Conclude(metrics, groups, isZero ? 0 : Rounded(mean), input);
    }

    /// <summary>Groups with their weights as given; those that are not named share the rest evenly.</summary>
    private static ImmutableArray<GroupScore> Groups(ImmutableArray<MetricVerdict> metrics, JudgeInput input)
    {
        var counts = new SortedDictionary<string, (int Passed, int Failed)>(StringComparer.Ordinal);
        foreach (MetricVerdict metric in metrics)
        {
            (int passed, int failed) = counts.GetValueOrDefault(metric.Group);
            counts[metric.Group] = (passed + (metric.Label == MetricLabel.Pass ? 1 : 0), failed + (metric.IsFailure ? 1 : 0));
        }

        double named = 0;
        int unnamed = 0;
        foreach (double weight in input.GroupWeights.Values)
        {
            named += weight;
        }

        foreach (string group in counts.Keys)
        {
            unnamed += input.GroupWeights.ContainsKey(group) ? 0 : 1;
        }

        var groups = ImmutableArray.CreateBuilder<GroupScore>(counts.Count);
        foreach ((string name, (int passed, int failed)) in counts)
        {
            double weight = input.GroupWeights.TryGetValue(name, out double given) ? given : Math.Max(0, Whole - named) / unnamed;
            groups.Add(new GroupScore(name, weight, passed + failed == 0 ? null : Whole * passed / (passed + failed)));
        }

        return groups.MoveToImmutable();
    }

    /// <summary>Gives the weight of groups without judged metrics to the others, in proportion.</summary>
    private static ImmutableArray<GroupScore> ShareOut(ImmutableArray<GroupScore> groups)
    {
        double judged = 0;
        foreach (GroupScore group in groups)
        {
            judged += group.Score is null ? 0 : group.Weight;
        }

        return judged <= 0 ? groups : [.. groups.Select(group => group with { Weight = group.Score is null ? 0 : group.Weight * Whole / judged })];
    }

    private static double? Mean(ImmutableArray<GroupScore> groups)
    {
        double sum = 0;
        double weights = 0;
        foreach (GroupScore group in groups)
        {
            if (group.Score is { } score)
            {
                sum += group.Weight * score;
                weights += group.Weight;
            }
        }

        return weights > 0 ? sum / weights : null;
    }

    private static CanaryVerdict Conclude(ImmutableArray<MetricVerdict> metrics, ImmutableArray<GroupScore> groups, double? score, JudgeInput input)
    {
        CanaryOutcome outcome = score is null ? CanaryOutcome.NoVerdict
            : score >= input.Pass ? CanaryOutcome.Approve
            : score >= input.Marginal ? CanaryOutcome.AwaitApproval
            : CanaryOutcome.Stop;
        return new CanaryVerdict(outcome, score, groups, metrics, Sentences.Verdict(outcome, score, metrics, input));
    }

    /// <summary>Two decimals; halves go up, so that 49.995 is 50.00 whatever the binary digits behind it are.</summary>
    private static double Rounded(double score) => Math.Round(Math.Round(score, 6), 2, MidpointRounding.AwayFromZero);
}
