namespace Fleet.Api.Validation;

/// <summary>Rules of how a new image comes to a testnet's nodes.</summary>
internal static class RolloutValidator
{
    /// <summary>Keys that the pools must have for each key of one node of the pair: two of sixteen are an eighth.</summary>
    internal const int KeysForOneOfThePair = 14;

    private const int MaxGroups = 16;
    private const int MaxGroupName = 20;

    public static void Validate(TestnetSpec testnet, ErrorList errors)
    {
        RolloutSpec spec = testnet.Rollout;
        errors.OneOf("spec.rollout.strategy", spec.Strategy, RolloutStrategies.Canary, RolloutStrategies.AllAtOnce, RolloutStrategies.OnDelete);
        if (spec.PairValidators is { } pair)
        {
            errors.Range("spec.rollout.pairValidators", pair, 0, 4096);
        }

        Times(spec, errors);
        Waves(spec.Waves, errors);
        errors.Range("spec.rollout.thresholds.pass", spec.Thresholds.Pass, 1, 100);
        errors.Range("spec.rollout.thresholds.marginal", spec.Thresholds.Marginal, 0, 100);
        if (spec.Thresholds.Pass < spec.Thresholds.Marginal)
        {
            errors.Add("spec.rollout.thresholds.pass", $"must not be less than marginal ({spec.Thresholds.Marginal}), not {spec.Thresholds.Pass}");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        errors.Items("spec.rollout.metrics", spec.Metrics, 64, (item, metric) => Metric(item, metric, names, errors));
        GroupWeights(spec, errors);
        errors.DurationBetween("spec.rollout.approval.timeout", spec.Approval.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(720));
        errors.OneOf("spec.rollout.approval.onTimeout", spec.Approval.OnTimeout, "Abort", "Hold");
    }

    private static void Times(RolloutSpec spec, ErrorList errors)
    {
        errors.DurationBetween("spec.rollout.warmup", spec.Warmup, TimeSpan.Zero, TimeSpan.FromHours(24));
        errors.DurationBetween("spec.rollout.syncDeadline", spec.SyncDeadline, TimeSpan.FromSeconds(10), TimeSpan.FromHours(24));
        errors.DurationBetween("spec.rollout.interval", spec.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        errors.DurationBetween("spec.rollout.duration", spec.Duration, TimeSpan.FromSeconds(1), TimeSpan.FromHours(168));
        errors.DurationBetween("spec.rollout.bake", spec.Bake, TimeSpan.Zero, TimeSpan.FromHours(168));
        if (spec.Interval.IsValid && spec.Duration.IsValid && spec.Interval.Value > spec.Duration.Value)
        {
            errors.Add("spec.rollout.interval", $"must not be longer than duration ({spec.Duration}), or there is nothing to look at before the verdict, not {spec.Interval}");
        }
    }

    private static void Waves(List<string> waves, ErrorList errors)
    {
        if (waves.Count == 0)
        {
            errors.Add("spec.rollout.waves", "must hold at least one wave; the last is 100%");
            return;
        }

        errors.Items("spec.rollout.waves", waves, 16, (item, wave) =>
            errors.Form(item, wave, Patterns.WaveRegex(), "a number of nodes such as 1, or a share such as 25%"));
        if (waves[^1] is not ("100%" or null))
        {
            errors.Add($"spec.rollout.waves[{waves.Count - 1}]", $"the last wave must be 100%, so that every node gets the image, not \"{ErrorList.Shown(waves[^1])}\"");
        }
    }

    private static void Metric(string path, CanaryMetricSpec metric, HashSet<string> names, ErrorList errors)
    {
        if (!Names.IsDns1035Label(metric.Name, 40))
        {
            errors.Add(path + ".name", $"must be at most 40 lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(metric.Name)}\"");
        }
        else if (!names.Add(metric.Name))
        {
            errors.Add(path + ".name", $"\"{metric.Name}\" names two metrics");
        }
        else if (metric.Series is null && !CanaryMetrics.GroupOf.ContainsKey(metric.Name))
        {
            errors.Add(path + ".name", $"\"{metric.Name}\" is no built-in metric; give its series, or use one of {string.Join(", ", CanaryMetrics.BuiltIn)}");
        }

        if (metric.Group is { } group && !Names.IsDns1035Label(group, MaxGroupName))
        {
            errors.Add(path + ".group", $"must be at most {MaxGroupName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(group)}\"");
        }

        if (metric.Series is { } series)
        {
            Series(path + ".series", series, errors);
            if (metric.Group is null)
            {
                errors.Add(path + ".group", "must be given beside series; name one, such as resources");
            }
        }

        if (metric.Direction is { } direction)
        {
            errors.OneOf(path + ".direction", direction, "Increase", "Decrease", "Either");
        }

        if (metric.AllowedIncreasePercent is { } increase)
        {
            errors.Range(path + ".allowedIncreasePercent", increase, 100, 10000);
        }

        if (metric.AllowedDecreasePercent is { } decrease)
        {
            errors.Range(path + ".allowedDecreasePercent", decrease, 1, 100);
        }
    }

    private static void Series(string path, MetricSeriesSpec series, ErrorList errors)
    {
        if (series.Name.Length is 0 or > 128 || !Patterns.SeriesNameRegex().IsMatch(series.Name))
        {
            errors.Add(path + ".name", $"must be the name of a series such as process_open_fds, not \"{ErrorList.Shown(series.Name)}\"");
        }

        errors.OneOf(path + ".type", series.Type, "Gauge", "Counter");
        errors.MaxItems(path + ".labels", series.Labels?.Count, 8);
        foreach ((string name, string value) in series.Labels ?? [])
        {
            string entry = $"{path}.labels.{ErrorList.Shown(name)}";
            if (name.Length is 0 or > 128 || !Patterns.VariableNameRegex().IsMatch(name))
            {
                errors.Add(entry, "is not the name of a label: letters, digits and underscores");
            }

            // A map that was read may hold null all the same.
            if ((string?)value is null)
            {
                errors.Add(entry, "must not be null");
            }

            errors.MaxLength(entry, value, 128);
        }
    }

    /// <summary>Weights of exactly the groups that the metrics are in; their sum is the whole.</summary>
    private static void GroupWeights(RolloutSpec spec, ErrorList errors)
    {
        const string Path = "spec.rollout.groupWeights";
        if (spec.GroupWeights is not { Count: > 0 } weights)
        {
            return;
        }

        errors.MaxItems(Path, weights.Count, MaxGroups);
        SortedSet<string> groups = new(GroupsOf(spec.Metrics).OfType<string>(), StringComparer.Ordinal);

        // A metric that is none has no group, and is told itself; whose weight was meant for it nobody knows.
        bool areKnown = GroupsOf(spec.Metrics).All(group => group is not null);
        foreach ((string group, int weight) in weights)
        {
            string entry = $"{Path}.{ErrorList.Shown(group)}";
            errors.Range(entry, weight, 0, 100);
            if (areKnown && !groups.Contains(group))
            {
                errors.Add(entry, $"is the group of no metric; there are {string.Join(", ", groups.Select(ErrorList.Shown))}");
            }
        }

        foreach (string group in groups.Where(group => !weights.ContainsKey(group)))
        {
            errors.Add(Path, $"must name every group, and says nothing of {ErrorList.Shown(group)}; give it a weight, 0 if it should not count");
        }

        long sum = weights.Values.Sum(weight => (long)weight);
        if (sum != 100)
        {
            errors.Add(Path, $"must sum to 100, not {sum}");
        }
    }

    /// <summary>Groups of the metrics that a canary is judged by; null for a name that is none.</summary>
    private static IEnumerable<string?> GroupsOf(List<CanaryMetricSpec>? metrics) => metrics is { Count: > 0 }
        ? metrics.Where(metric => (CanaryMetricSpec?)metric is not null).Select(metric => metric.Group ?? CanaryMetrics.GroupOf.GetValueOrDefault(metric.Name))
        : CanaryMetrics.BuiltInGroups;
}
