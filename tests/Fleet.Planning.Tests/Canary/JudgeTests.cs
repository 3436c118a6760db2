using Fleet.Api;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

public sealed class JudgeTests
{
    private const MetricLabel P = MetricLabel.Pass;
    private const MetricLabel H = MetricLabel.High;
    private const MetricLabel L = MetricLabel.Low;
    private const MetricLabel N = MetricLabel.Nodata;

    [Fact]
    public void The_scores_of_the_examples()
    {
        Assert.Equal(87.5, Score([("consensus", 60), ("network", 25), ("resources", 15)], ("consensus", P), ("consensus", P), ("consensus", P), ("network", P), ("network", H), ("resources", P), ("resources", P), ("resources", N)));
        Assert.Equal(55, Score([("consensus", 60), ("network", 25)], ("consensus", P), ("consensus", P), ("consensus", H), ("network", L), ("network", H), ("resources", P)));
        Assert.Equal(33.33, Score([], ("g", P), ("g", H), ("g", L)));
    }

    [Fact]
    public void A_group_without_judged_metrics_gives_its_weight_to_the_others()
    {
        Assert.Equal(66.67, Score([("a", 40), ("b", 20), ("c", 40)], ("a", P), ("a", H), ("b", P), ("b", P), ("c", N)));
        CanaryVerdict verdict = Judge.Decide(CanaryCases.Labelled(("a", P), ("a", P), ("b", N)));
        Assert.Equal((100, CanaryOutcome.Approve), (verdict.Score, verdict.Outcome));
        Assert.Equal([new GroupScore("a", 100, 100), new GroupScore("b", 0, null)], verdict.Groups);
    }

    [Fact]
    public void Half_without_data_is_no_verdict()
    {
        CanaryVerdict verdict = Judge.Decide(CanaryCases.Labelled(("a", P), ("a", P), ("b", N), ("b", N)));
        Assert.Equal((null, CanaryOutcome.NoVerdict), (verdict.Score, verdict.Outcome));
        Assert.Equal("No verdict: 2 of 4 metrics could not be judged, and half is too many.", verdict.Why);
        Assert.Equal(CanaryOutcome.NoVerdict, Judge.Decide(CanaryCases.Labelled()).Outcome);
    }

    [Fact]
    public void Fifty_is_marginal_and_a_hundredth_less_is_not()
    {
        JudgeInput input = CanaryCases.Labelled(("a", P), ("b", H));
        Assert.Equal((50, CanaryOutcome.AwaitApproval), Verdict(input with { GroupWeights = Weights(("a", 50), ("b", 50)) }));
        Assert.Equal((49.99, CanaryOutcome.Stop), Verdict(input with { GroupWeights = Weights(("a", 49.99), ("b", 50.01)) }));
        Assert.Equal((50, CanaryOutcome.AwaitApproval), Verdict(input with { GroupWeights = Weights(("a", 49.995), ("b", 50.005)) }));
        Assert.Equal((49.99, CanaryOutcome.Stop), Verdict(input with { GroupWeights = Weights(("a", 49.994), ("b", 50.006)) }));
    }

    [Fact]
    public void What_failed_is_never_approved_by_itself()
    {
        JudgeInput input = CanaryCases.Labelled([.. Enumerable.Repeat(("a", P), 40), ("a", H)]);
        Assert.Equal((89, CanaryOutcome.AwaitApproval), Verdict(input));
        Assert.Equal((69, CanaryOutcome.AwaitApproval), Verdict(input with { Pass = 70 }));
        Assert.Equal((60, CanaryOutcome.AwaitApproval), Verdict(With(input, static metric => metric with { Ceiling = 60 })));
        Assert.Equal((89, CanaryOutcome.AwaitApproval), Verdict(With(input, static metric => metric with { Ceiling = 95 })));
        Assert.Equal((77, CanaryOutcome.AwaitApproval), Verdict(With(input, static metric => metric with { SteepCeiling = new SteepCeiling(1.5, 77) })));
        Assert.Equal((89, CanaryOutcome.AwaitApproval), Verdict(With(input, static metric => metric with { SteepCeiling = new SteepCeiling(3, 77) })));
        Assert.Equal((0, CanaryOutcome.Stop), Verdict(With(input, static metric => metric with { Critical = true })));
    }

    [Fact]
    public void A_critical_failure_is_one_beyond_its_critical_bound()
    {
        JudgeInput input = CanaryCases.Labelled(("a", P), ("a", P), ("a", H));
        Assert.Equal(CanaryOutcome.Stop, Verdict(With(input, static metric => metric with { Critical = true, CriticalBound = 1.9 })).Outcome);
        Assert.Equal(CanaryOutcome.AwaitApproval, Verdict(With(input, static metric => metric with { Critical = true, CriticalBound = 2.1 })).Outcome);

        // Nothing else needs to be known then.
        Assert.Equal(CanaryOutcome.Stop, Verdict(With(CanaryCases.Labelled(("a", N), ("a", N), ("a", H)), static metric => metric with { Critical = true })).Outcome);
    }

    [Fact]
    public void Constants_have_an_interval_of_one_point()
    {
        var window = TimeSpan.FromMinutes(2);
        MetricDefinition metric = CanaryCases.Definition("peers", "network") with { Effect = MetricEffect.Difference, AllowedDifference = 1 };
        MetricVerdict verdict = One(metric, CanaryCases.Side(window, Enumerable.Repeat(8.0, 60)), CanaryCases.Side(window, Enumerable.Repeat(5.0, 60)));
        Assert.Equal((-3, -3, -3), (verdict.Low, verdict.Estimate, verdict.High));
        Assert.Equal(MetricLabel.Low, verdict.Label);
        Assert.Equal("peers is 3 below the baseline's (5 instead of 8), beyond the 1 that is allowed, and 15 of 15 blocks are below their twin.", verdict.Why);
    }

    [Fact]
    public void Ten_percent_are_allowed_but_two_like_processes_may_differ_by_more()
    {
        var window = TimeSpan.FromMinutes(2);
        MetricDefinition cpu = CanaryCases.Definition("cpu", "resources", MetricDirection.Increase) with { Unit = "cores" };
        SideData baseline = CanaryCases.Side(window, CanaryCases.Jitter(60, 0.5));
        MetricVerdict Of(double factor, PairNoise? noise) => Judge.Decide(new JudgeInput
        {
            Start = CanaryCases.Start,
            End = CanaryCases.Start + window,
            Epoch = TimeSpan.FromSeconds(8),
            Metrics = [new MetricObservation(cpu, baseline, CanaryCases.Side(window, CanaryCases.Jitter(60, 0.5 * factor)), noise)],
        }).Metrics.Single();

        // Nothing is known of the pair: two restarts are assumed to differ by so much.
        Assert.Equal(Math.Exp(2.748 * 0.03 * Math.Sqrt(2)), Of(1, null).Bound!.Value, 1e-3);
        Assert.Equal(MetricLabel.Pass, Of(1.11, null).Label);
        Assert.Equal(MetricLabel.High, Of(1.14, null).Label);

        // The pair is known, and calmer or wilder than that.
        Assert.Equal(MetricLabel.High, Of(1.11, new PairNoise(0.02, 0.02, 20)).Label);
        Assert.Equal(MetricLabel.Pass, Of(1.09, new PairNoise(0.02, 0.02, 20)).Label);
        Assert.Equal(MetricLabel.Pass, Of(1.11, new PairNoise(0.02, 0.02, 19)).Label);
        Assert.Equal(MetricLabel.Pass, Of(1.4, new PairNoise(0.5, 0.5, 1)).Label);
        Assert.Equal("cpu is 1.56 times the baseline's (0.781 instead of 0.5 cores), beyond the 1.12 times that is allowed, and 15 of 15 blocks are above their twin.", Of(1.56, null).Why);
    }

    [Fact]
    public void Noise_is_the_percentile_of_what_was_seen_or_what_its_spread_lets_expect()
    {
        Assert.Null(PairNoise.Of([0.1, 0.1, 0.1, 0.1], 4));
        PairNoise few = PairNoise.Of([0.1, -0.1, 0.1, -0.1, double.NaN, 0.1], 5)!;
        Assert.Equal((0.2968, 0.2748, 5), (Math.Round(few.EitherWay, 4), Math.Round(few.OneWay, 4), few.Restarts));
        PairNoise heavy = PairNoise.Of([.. Enumerable.Repeat(0.001, 990), .. Enumerable.Repeat(5.0, 10)], 1000)!;
        Assert.Equal(5, heavy.EitherWay);
    }

    [Fact]
    public void Blocks_that_disagree_are_no_evidence()
    {
        var window = TimeSpan.FromMinutes(2);
        MetricDefinition metric = CanaryCases.Definition("m", "g", MetricDirection.Increase);
        SideData baseline = CanaryCases.Side(window, Enumerable.Range(0, 60).Select(i => 10.0));
        SideData canary = CanaryCases.Side(window, Enumerable.Range(0, 60).Select(i => i / 4 % 4 == 0 ? 5 : 20.0));
        MetricVerdict verdict = One(metric, baseline, canary);
        Assert.Equal(15, verdict.Blocks.Length);
        Assert.True(verdict.Effect > 1.2 && verdict.Low < 0, verdict.Why);
        Assert.False(verdict.IsFailure, verdict.Why);
    }

    [Fact]
    public void Fewer_than_twelve_blocks_say_nothing()
    {
        var window = TimeSpan.FromMinutes(2);
        MetricDefinition metric = CanaryCases.Definition("m", "g");
        SideData whole = CanaryCases.Side(window, Enumerable.Repeat(1.0, 60));
        SideData partial = whole with { Samples = [.. whole.Samples.Take(43)] };
        MetricVerdict verdict = One(metric, whole, partial);
        Assert.Equal((MetricLabel.Nodata, "m is not judged, only 11 blocks of 8s have samples of both sides, and 12 are needed (baseline 15, canary 11)."), (verdict.Label, verdict.Why));
        Assert.Equal(MetricLabel.Pass, One(metric, whole, whole with { Samples = [.. whole.Samples.Take(48)] }).Label);
        MetricVerdict brief = Judge.Decide(new JudgeInput
        {
            Start = CanaryCases.Start,
            End = CanaryCases.Start + TimeSpan.FromSeconds(95),
            Epoch = TimeSpan.FromSeconds(8),
            Metrics = [new MetricObservation(metric, whole, whole)],
        }).Metrics.Single();
        Assert.Equal("m is not judged, the window of 1m35s is shorter than 12 epochs of 8s; a longer rollout.duration makes it judgeable.", brief.Why);
    }

    [Fact]
    public void Who_lacks_data_is_to_blame()
    {
        MetricDefinition optional = CanaryCases.Definition("m", "g");
        MetricDefinition required = optional with { MustHaveData = true };
        SideData there = CanaryCases.Side(TimeSpan.FromMinutes(2), CanaryCases.Jitter(60, 1));
        var gone = new SideData();
        var broken = new SideData { Problem = "/metrics answered 500" };
        Assert.Equal(MetricLabel.Nodata, One(optional, there, gone).Label);
        Assert.Equal(MetricLabel.NodataFail, One(required, there, gone).Label);
        Assert.Equal(MetricLabel.Nodata, One(required, gone, there).Label);
        Assert.Equal(MetricLabel.NodataFail, One(required, gone, gone).Label);
        Assert.Equal(MetricLabel.NodataFail, One(optional, there, broken).Label);
        Assert.Equal(MetricLabel.Nodata, One(optional, broken, broken).Label);
        Assert.Equal(MetricLabel.Nodata, One(required, broken, there).Label);
        Assert.Equal("m is not judged, the canary has no samples of it in the window: /metrics answered 500.", One(optional, there, broken).Why);

        // A single failed scrape among good ones is no reason.
        Assert.Equal(MetricLabel.Pass, One(required, there, there with { Problem = "/metrics answered 500" }).Label);
    }

    [Fact]
    public void Samples_that_move_slower_than_blocks_say_nothing_unless_they_shout()
    {
        var window = TimeSpan.FromMinutes(2);
        double[] slow = [.. Enumerable.Range(0, 60).Select(i => 10 + Math.Sin(i * 0.3))];
        double[] shifted = [.. Enumerable.Range(0, 60).Select(i => 10 + Math.Sin((i * 0.3) + 2))];
        MetricDefinition metric = CanaryCases.Definition("m", "g");
        MetricVerdict verdict = One(metric, CanaryCases.Side(window, slow), CanaryCases.Side(window, shifted));
        Assert.Equal(MetricLabel.Nodata, verdict.Label);
        Assert.Contains("its samples depend on each other for", verdict.Why, StringComparison.Ordinal);
        Assert.Equal(MetricLabel.High, One(metric, CanaryCases.Side(window, slow), CanaryCases.Side(window, shifted.Select(value => 2 * value))).Label);
    }

    [Fact]
    public void A_canary_that_swings_does_not_excuse_itself()
    {
        var window = TimeSpan.FromMinutes(2);
        MetricDefinition metric = CanaryCases.Definition("m", "g");
        double[] swinging = [.. Enumerable.Range(0, 60).Select(i => 18 + (6 * Math.Sin(i * 0.3)))];
        MetricVerdict verdict = One(metric, CanaryCases.Side(window, CanaryCases.Jitter(60, 10)), CanaryCases.Side(window, swinging));
        Assert.Equal(MetricLabel.High, verdict.Label);
    }

    [Fact]
    public void Duties_need_eight_ten_points_and_a_chance_under_a_hundredth()
    {
        MetricDefinition metric = CanaryCases.Definition("attestation-inclusion", "consensus", MetricDirection.Decrease) with { Kind = MetricKind.Duty, Critical = true };
        MetricVerdict Of(int baseline, int canary, int of) => One(metric, new SideData { Duties = new DutyCounts(baseline, of) }, new SideData { Duties = new DutyCounts(canary, of) });
        Assert.Equal(MetricLabel.Nodata, Of(7, 0, 7).Label);
        Assert.Equal((MetricLabel.Low, true), (Of(8, 2, 8).Label, Of(8, 2, 8).IsCritical));
        Assert.Equal(MetricLabel.Pass, Of(8, 4, 8).Label);
        Assert.Equal(MetricLabel.Pass, Of(900, 820, 900).Label);
        Assert.Equal((MetricLabel.Low, false), (Of(900, 810, 900).Label, Of(900, 810, 900).IsCritical));
        Assert.Equal(MetricLabel.Pass, Of(810, 900, 900).Label);
        Assert.Equal("attestation-inclusion: 640 of 900 on the canary, 890 of 900 on the baseline, 27.8 points fewer, where 10 points fewer fail, and chance makes that less than once in a million times.", Of(890, 640, 900).Why);
    }

    [Fact]
    public void One_restart_more_fails_and_two_are_critical()
    {
        MetricDefinition restarts = BuiltInMetrics.All.Single(static metric => metric.Name == "restarts");
        MetricVerdict Of(long baseline, long canary) => One(restarts, new SideData { Count = baseline }, new SideData { Count = canary });
        Assert.Equal((MetricLabel.Pass, false), (Of(1, 1).Label, Of(1, 1).IsCritical));
        Assert.Equal((MetricLabel.Pass, false), (Of(3, 0).Label, Of(3, 0).IsCritical));
        Assert.Equal((MetricLabel.High, false), (Of(0, 1).Label, Of(0, 1).IsCritical));
        Assert.Equal((MetricLabel.High, true), (Of(0, 2).Label, Of(0, 2).IsCritical));
        Assert.Equal(MetricLabel.Nodata, One(restarts, new SideData(), new SideData()).Label);
    }

    [Fact]
    public void A_leak_must_be_beyond_its_share_and_its_bytes()
    {
        MetricDefinition slope = BuiltInMetrics.All.Single(static metric => metric.Name == "memory-slope");
        var window = TimeSpan.FromMinutes(30);
        MetricVerdict Of(double level, double bytesPerSecond) => Judge.Decide(new JudgeInput
        {
            Start = CanaryCases.Start,
            End = CanaryCases.Start + window,
            Epoch = TimeSpan.FromSeconds(8),
            Metrics =
            [
                new MetricObservation(slope, CanaryCases.Side(window, CanaryCases.Jitter(450, level)), CanaryCases.Side(window, CanaryCases.Jitter(450, 1).Select((factor, i) => (level * factor) + (4 * i * bytesPerSecond)))),
            ],
        }).Metrics.Single();
        Assert.Equal(MetricLabel.Pass, Of(80 << 20, 60 << 10).Label);
        Assert.Equal(MetricLabel.High, Of(80 << 20, 70 << 10).Label);

        // One percent of a gigabyte in a minute is more.
        Assert.Equal(MetricLabel.Pass, Of(1 << 30, 170 << 10).Label);
        Assert.Equal(MetricLabel.High, Of(1 << 30, 200 << 10).Label);
        Assert.Equal("memory-slope: 100.0 KiB per second instead of 0 bytes; 64.0 KiB per second more is allowed, and the two intervals do not meet.", Of(80 << 20, 100 << 10).Why);
    }

    [Fact]
    public void Next_to_nothing_is_no_multiple_of_nothing()
    {
        MetricDefinition errors = BuiltInMetrics.All.Single(static metric => metric.Name == "api-errors");
        var window = TimeSpan.FromMinutes(2);
        MetricVerdict Of(double perMinute) => One(errors, CanaryCases.Side(window, Enumerable.Repeat(0.0, 60)), CanaryCases.Side(window, Enumerable.Repeat(perMinute / 60, 60)));
        Assert.Equal(MetricLabel.Pass, Of(0.9).Label);
        Assert.Equal(MetricLabel.Pass, Of(1.4).Label);
        Assert.Equal(MetricLabel.High, Of(1.6).Label);
    }

    [Fact]
    public void The_built_in_metrics_are_those_that_manifests_may_name()
    {
        Assert.Equal(CanaryMetrics.BuiltIn, BuiltInMetrics.All.Select(static metric => metric.Name));
        Assert.Equal(CanaryMetrics.BuiltInGroups, BuiltInMetrics.All.Select(static metric => metric.Group).Distinct());
        Assert.Equal(CanaryMetrics.BuiltInGroups.Order(), BuiltInMetrics.GroupWeights.Keys.Order());
        Assert.Equal(100, BuiltInMetrics.GroupWeights.Values.Sum());
        Assert.Equal(["attestation-inclusion", "head-lag", "restarts"], BuiltInMetrics.All.Where(static metric => metric.Critical).Select(static metric => metric.Name));
        Assert.All(BuiltInMetrics.All, static metric => Assert.NotNull(metric.Source));
    }

    private static double? Score((string Group, double Weight)[] weights, params ReadOnlySpan<(string Group, MetricLabel Label)> metrics) =>
        Judge.Decide(CanaryCases.Labelled(metrics) with { GroupWeights = Weights(weights) }).Score;

    private static (double? Score, CanaryOutcome Outcome) Verdict(JudgeInput input) => (Judge.Decide(input).Score, Judge.Decide(input).Outcome);

    private static Dictionary<string, double> Weights(params (string Group, double Weight)[] weights) => weights.ToDictionary(static pair => pair.Group, static pair => pair.Weight);

    private static JudgeInput With(JudgeInput input, Func<MetricDefinition, MetricDefinition> change) =>
        input with { Metrics = [.. input.Metrics.Select(metric => metric with { Definition = change(metric.Definition) })] };

    private static MetricVerdict One(MetricDefinition definition, SideData baseline, SideData canary) => Judge.Decide(new JudgeInput
    {
        Start = CanaryCases.Start,
        End = CanaryCases.Start + TimeSpan.FromMinutes(2),
        Epoch = TimeSpan.FromSeconds(8),
        Metrics = [new MetricObservation(definition, baseline, canary)],
    }).Metrics.Single();
}
