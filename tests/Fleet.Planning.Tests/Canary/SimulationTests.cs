using System.Globalization;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>How often the judge errs, on simulated pairs. FLEET_JUDGE_SIMULATIONS=1000 runs the full number, which takes some minutes.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int FullRuns = 1_000;

    /// <summary>Twelve blocks in three minutes.</summary>
    private static SimulatedPair ShortestPair => new() { Window = TimeSpan.FromMinutes(3), Epoch = TimeSpan.FromSeconds(15) };

    private static int Runs => int.TryParse(Environment.GetEnvironmentVariable("FLEET_JUDGE_SIMULATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int runs) && runs > 0 ? runs : 60;

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(30)]
    public void Images_that_do_not_differ_are_seldom_held_and_hardly_ever_stopped(int history) =>
        AssertCalm(new SimulatedPair { History = history }, $"30 minutes, {history} windows seen before");

    [Fact]
    public void Nor_on_a_chain_with_slots_of_twelve_seconds() =>
        AssertCalm(new SimulatedPair { Interval = TimeSpan.FromSeconds(12), Epoch = TimeSpan.FromSeconds(96) }, "30 minutes, slots of 12 s");

    [Fact]
    public void Nor_in_three_minutes() => AssertCalm(ShortestPair, "3 minutes");

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 30)]
    public void A_quarter_more_is_not_approved_by_itself(double rho, int history) =>
        AssertNoticed(new SimulatedPair { History = history }, rho, [0.25, 0.4, 0.6], [.. Simulation.Continuous, "memory-slope"]);

    /// <summary>But for the slope: three minutes of samples that swing by a tenth for twenty seconds hide every slope that memory could bear.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void Three_minutes_suffice_for_sixty_percent(double rho) =>
        AssertNoticed(ShortestPair, rho, [0.6], [.. Simulation.Continuous]);

    private void AssertCalm(SimulatedPair pair, string title)
    {
        int stopped = 0;
        int held = 0;
        int judged = 0;
        var failures = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int seed = 0; seed < Runs; seed++)
        {
            CanaryVerdict verdict = Judge.Decide(new Simulation(pair, seed).Draw());
            stopped += verdict.Outcome == CanaryOutcome.Stop ? 1 : 0;
            held += verdict.Outcome == CanaryOutcome.Approve ? 0 : 1;
            judged += verdict.Metrics.Count(static metric => metric.Label != MetricLabel.Nodata);
            foreach (MetricVerdict metric in verdict.Metrics.Where(static metric => metric.IsFailure))
            {
                failures[metric.Name] = failures.GetValueOrDefault(metric.Name) + 1;
            }
        }

        output.WriteLine($"{title}: of {Runs} without a difference {stopped} stopped, {held} not approved; {(double)judged / Runs:0.0} metrics judged; {string.Join(", ", failures.Select(pair => $"{pair.Key} {pair.Value}"))}");
        Assert.True(stopped <= Runs * 5 / 1000, $"{stopped} of {Runs} stopped");
        Assert.True(held <= Runs * 100 / 1000, $"{held} of {Runs} not approved");
    }

    private void AssertNoticed(SimulatedPair pair, double rho, double[] effects, string[] names)
    {
        // The full number is held to 95 % as it is; fewer runs scatter around it, and are allowed two standard deviations.
        int runs = Runs;
        double least = runs >= FullRuns ? 0.95 * runs : (0.95 * runs) - (2 * Math.Sqrt(0.95 * 0.05 * runs));
        var noticed = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var failed = new SortedDictionary<string, int>(StringComparer.Ordinal);
        SimulatedPair calm = pair with { Rho = (0, 0.9), Variation = (0.1, 0.1) };
        for (int seed = 0; seed < runs; seed++)
        {
            var simulation = new Simulation(calm, seed);
            JudgeInput input = simulation.Draw();
            foreach (string name in names)
            {
                foreach (double by in effects)
                {
                    string key = $"{name} +{100 * by:0} %";
                    CanaryVerdict verdict = Judge.Decide(simulation.Worsen(input, name, by, rho));
                    noticed[key] = noticed.GetValueOrDefault(key) + (verdict.Outcome == CanaryOutcome.Approve ? 0 : 1);
                    failed[key] = failed.GetValueOrDefault(key) + (verdict.Metrics.Single(metric => metric.Name == name).IsFailure ? 1 : 0);
                }
            }
        }

        output.WriteLine($"rho {rho}, {pair.Window.TotalMinutes} minutes, {pair.History} windows seen before; not approved (metric itself failed) of {runs}: {string.Join(", ", noticed.Select(pair => $"{pair.Key} {pair.Value} ({failed[pair.Key]})"))}");
        Assert.All(noticed, pair => Assert.True(pair.Value >= least, $"{pair.Key}: {pair.Value} of {runs} not approved"));
    }
}
