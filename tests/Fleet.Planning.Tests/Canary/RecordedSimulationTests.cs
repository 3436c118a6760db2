using System.Globalization;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>How often the judge errs on pairs drawn from a recording of a live fleet. FLEET_JUDGE_SIMULATIONS=1000 runs the full number.</summary>
public sealed class RecordedSimulationTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    private static readonly Recording Recording = Recording.Read();

    private static int Runs => int.TryParse(Environment.GetEnvironmentVariable("FLEET_JUDGE_SIMULATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int runs) && runs > 0 ? runs : 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_that_do_not_differ_are_seldom_held_and_hardly_ever_stopped(bool isOfOneProcess)
    {
        int stopped = 0;
        int held = 0;
        int judged = 0;
        var failures = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var unknown = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int seed = 0; seed < Runs; seed++)
        {
            CanaryVerdict verdict = Judge.Decide(Recording.Draw(Window, seed, isOfOneProcess));
            stopped += verdict.Outcome == CanaryOutcome.Stop ? 1 : 0;
            held += verdict.Outcome == CanaryOutcome.Approve ? 0 : 1;
            judged += verdict.Metrics.Count(static metric => metric.Label != MetricLabel.Nodata);
            foreach (MetricVerdict metric in verdict.Metrics.Where(static metric => metric.IsFailure))
            {
                failures[metric.Name] = failures.GetValueOrDefault(metric.Name) + 1;
            }

            foreach (MetricVerdict metric in verdict.Metrics.Where(static metric => metric.Label == MetricLabel.Nodata))
            {
                unknown[metric.Name] = unknown.GetValueOrDefault(metric.Name) + 1;
            }
        }

        output.WriteLine($"sides of {(isOfOneProcess ? "one process each" : "both processes")}: of {Runs} without a difference {stopped} stopped, {held} not approved; {(double)judged / Runs:0.0} metrics judged; failed: {Text(failures)}; no data: {Text(unknown)}");
        output.WriteLine($"stretches: {string.Join(", ", Recording.Levels.Select(static level => $"{level.Definition.Name} {level.Stretch.TotalSeconds:0} s"))}");
        Assert.True(stopped <= Runs * 5 / 1000, $"{stopped} of {Runs} stopped");
        Assert.True(held <= Runs * 100 / 1000, $"{held} of {Runs} not approved");
    }

    /// <summary>
    /// What a live fleet shows is calm enough to notice what a canary should not do: so much more, or less where that is worse. But for block arrivals a
    /// quarter suffices; the 95th percentile of an epoch's eight blocks is the slowest of them, and differs by half from one epoch to the next.
    /// </summary>
    [Theory]
    [InlineData("cpu", 0.25)]
    [InlineData("resident-memory", 0.25)]
    [InlineData("gossip-blocks", 0.25)]
    [InlineData("gossip-attestations", 0.25)]
    [InlineData("gossip-aggregates", 0.25)]
    [InlineData("block-arrival-p95", 0.6)]
    public void A_worse_canary_is_not_approved_by_itself(string name, double by)
    {
        int noticed = 0;
        for (int seed = 0; seed < Runs; seed++)
        {
            JudgeInput input = Recording.Draw(Window, seed, isOfOneProcess: false);
            noticed += Judge.Decide(Worsen(input, name, by)).Outcome == CanaryOutcome.Approve ? 0 : 1;
        }

        output.WriteLine($"{name} {100 * by:0} % worse: {noticed} of {Runs} not approved");
        Assert.True(noticed >= Runs * 95 / 100, $"{noticed} of {Runs} not approved");
    }

    /// <summary>Were the recording without life, no bound would be hard to keep.</summary>
    [Fact]
    public void What_is_drawn_is_alive_and_drawn_alike_from_one_seed()
    {
        JudgeInput input = Recording.Draw(Window, seed: 1, isOfOneProcess: false);
        foreach (string name in (string[])["block-arrival-p95", "gossip-blocks", "gossip-attestations", "gossip-aggregates", "cpu", "resident-memory", "gc-pause"])
        {
            MetricObservation metric = input.Metrics.Single(metric => metric.Definition.Name == name);
            Assert.True(metric.Baseline.Samples.Select(static sample => sample.Value).Distinct().Count() > 5, name);
            Assert.NotEqual(metric.Baseline.Samples, metric.Canary.Samples);
            Assert.InRange(metric.Canary.Samples[^1].At, input.End - (2 * input.Epoch), input.End);
        }

        Assert.Equal(900, input.Metrics.Single(static metric => metric.Definition.Name == "attestation-inclusion").Canary.Duties?.Of);
        Assert.Equal(Judge.Decide(input).Why, Judge.Decide(Recording.Draw(Window, seed: 1, isOfOneProcess: false)).Why);
        Assert.Equal(input.Metrics[2].Canary.Samples, Recording.Draw(Window, seed: 1, isOfOneProcess: false).Metrics[2].Canary.Samples);
    }

    private static JudgeInput Worsen(JudgeInput input, string name, double by)
    {
        MetricObservation metric = input.Metrics.Single(metric => metric.Definition.Name == name);
        double factor = metric.Definition.Direction == MetricDirection.Decrease ? 1 / (1 + by) : 1 + by;
        MetricObservation worse = metric with
        {
            Canary = metric.Canary with { Samples = [.. metric.Canary.Samples.Select(sample => sample with { Value = factor * sample.Value })] },
        };
        return input with { Metrics = input.Metrics.Replace(metric, worse) };
    }

    private static string Text(SortedDictionary<string, int> counts) => counts.Count == 0 ? "none" : string.Join(", ", counts.Select(static pair => $"{pair.Key} {pair.Value}"));
}
