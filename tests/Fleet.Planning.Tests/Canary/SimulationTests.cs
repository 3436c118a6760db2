using System.Diagnostics;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void Explore()
    {
        int runs = int.Parse(Environment.GetEnvironmentVariable("FLEET_JUDGE_SIMULATIONS") ?? "200");
        AA(runs, new SimulatedPair { Window = TimeSpan.FromMinutes(3) }, "A/A 3m");
        AA(runs, new SimulatedPair { Window = TimeSpan.FromMinutes(3), Rho = (0.5, 0.5) }, "A/A 3m rho .5");
        AA(runs, new SimulatedPair { Window = TimeSpan.FromMinutes(3), Rho = (0.8, 0.8) }, "A/A 3m rho .8");
        AA(runs, new SimulatedPair { Window = TimeSpan.FromMinutes(3), Rho = (0.9, 0.9) }, "A/A 3m rho .9");
        foreach (double rho in new[] { 0.7, 0.9 })
        {
            Power(runs / 2, new SimulatedPair { Window = TimeSpan.FromMinutes(3), RhoOfWorse = rho, By = 0.6, Variation = (0.1, 0.1), Rho = (0, 0.9) }, $"3m rho {rho} +60%");
            Power(runs / 2, new SimulatedPair { Window = TimeSpan.FromMinutes(3), RhoOfWorse = rho, By = 0.6, Variation = (0.1, 0.1), Rho = (0, 0.9), History = 30 }, $"3m rho {rho} +60% h30");
        }
    }

    private void AA(int runs, SimulatedPair pair, string title)
    {
        int stopped = 0, notApproved = 0, none = 0;
        var failures = new SortedDictionary<string, int>();
        double judged = 0;
        long time = 0;
        for (int i = 0; i < runs; i++)
        {
            JudgeInput input = new Simulation(i).Draw(pair);
            long t = Stopwatch.GetTimestamp();
            CanaryVerdict v = Judge.Decide(input);
            time += Stopwatch.GetTimestamp() - t;
            stopped += v.Outcome == CanaryOutcome.Stop ? 1 : 0;
            none += v.Outcome == CanaryOutcome.NoVerdict ? 1 : 0;
            notApproved += v.Outcome != CanaryOutcome.Approve ? 1 : 0;
            judged += v.Metrics.Count(m => m.Label != MetricLabel.Nodata);
            foreach (MetricVerdict m in v.Metrics.Where(m => m.IsFailure)) failures[m.Name] = failures.GetValueOrDefault(m.Name) + 1;
        }

        output.WriteLine($"{title}: stopped {stopped}, not approved {notApproved} (no verdict {none}) of {runs}; judged {judged / runs:0.0}; {Stopwatch.GetElapsedTime(0, time).TotalMilliseconds / runs:0.00} ms; {string.Join(", ", failures.Select(f => $"{f.Key} {f.Value}"))}");
    }

    private void Power(int runs, SimulatedPair pair, string title)
    {
        var worst = new List<string>();
        foreach (string name in new[] { "cpu", "head-lag", "peers", "memory-slope" })
        {
            int failed = 0, notApproved = 0;
            for (int i = 0; i < runs; i++)
            {
                CanaryVerdict v = Judge.Decide(new Simulation(1000 + i).Draw(pair with { Worse = name }));
                failed += v.Metrics.Single(m => m.Name == name).IsFailure ? 1 : 0;
                notApproved += v.Outcome != CanaryOutcome.Approve ? 1 : 0;
            }

            worst.Add($"{name} {100.0 * failed / runs:0.#}/{100.0 * notApproved / runs:0.#}");
        }

        output.WriteLine($"{title}: {string.Join(", ", worst)}");
    }
}
