using System.Text;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What scrapes of both sides become.</summary>
public sealed class PairSamplesTests
{
    private static readonly DateTimeOffset Start = CanaryCases.Start;

    [Fact]
    public void Each_side_is_what_it_says_itself_and_its_duties_what_others_say()
    {
        PairSamples samples = Make();
        for (int i = 0; i < 10; i++)
        {
            DateTimeOffset at = Start + TimeSpan.FromSeconds(2 * i);
            samples.Observe(PairSide.Baseline, at, Page($"libp2p_peers 7\nfleet_duty_attestation_total{{key_group=\"b\",result=\"missed\"}} {i}\n"));
            samples.Observe(PairSide.Canary, at, Page("libp2p_peers 3\n"));
            samples.ObserveOutside(at, Page($"""
                fleet_duty_attestation_total(key_group="a",result="included") {8 * i}
                fleet_duty_attestation_total(key_group="b",result="included") {4 * i}
                fleet_duty_attestation_total(key_group="b",result="missed") {4 * i}
                libp2p_peers 99

                """.Replace('(', '{').Replace(')', '}')));
            samples.ObserveRestarts(PairSide.Canary, at, i < 5 ? 0 : 2);
            samples.ObserveRestarts(PairSide.Baseline, at, 1);
        }

        JudgeInput input = samples.Window(Start, Start + TimeSpan.FromSeconds(20));

        MetricObservation peers = Of(input, "peers");
        Assert.All(peers.Baseline.Samples, sample => Assert.Equal(7, sample.Value));
        Assert.All(peers.Canary.Samples, sample => Assert.Equal(3, sample.Value));
        Assert.Equal(10, peers.Canary.Samples.Length);
        MetricObservation inclusion = Of(input, "attestation-inclusion");
        Assert.Equal(new DutyCounts(72, 72), inclusion.Baseline.Duties);
        Assert.Equal(new DutyCounts(36, 72), inclusion.Canary.Duties);
        Assert.Equal(0, Of(input, "restarts").Baseline.Count);
        Assert.Equal(2, Of(input, "restarts").Canary.Count);
    }

    [Fact]
    public void What_another_node_outside_has_counted_before_is_no_gain()
    {
        PairSamples samples = Make();
        void Observe(int second, int all, int distance) => samples.ObserveOutside(Start + TimeSpan.FromSeconds(second), Page($$"""
            fleet_duty_attestation_total{key_group="a",result="included"} {{all}}
            fleet_duty_attestation_total{key_group="b",result="missed"} {{all}}
            fleet_duty_inclusion_distance_slots_total{key_group="a"} {{distance}}

            """));
        Observe(0, 40, 40);
        Observe(2, 44, 44);
        samples.RestartOutside();
        Observe(4, 400, 4_000);
        Observe(10, 404, 4_004);
        samples.RestartOutside();
        Observe(12, 8, 8);
        Observe(20, 12, 12);

        JudgeInput input = samples.Window(Start, Start + TimeSpan.FromSeconds(30));

        MetricObservation inclusion = Of(input, "attestation-inclusion");
        Assert.Equal(new DutyCounts(12, 12), inclusion.Baseline.Duties);
        Assert.Equal(new DutyCounts(0, 12), inclusion.Canary.Duties);
        Assert.Equal([1, 1], Of(input, "inclusion-distance").Baseline.Samples.Select(static sample => sample.Value));
    }

    [Fact]
    public void A_side_that_does_not_answer_is_told_why()
    {
        PairSamples samples = Make();
        samples.Fail(PairSide.Canary, Start + TimeSpan.FromSeconds(1), "/metrics answered 500");

        JudgeInput input = samples.Window(Start, Start + TimeSpan.FromMinutes(3));

        Assert.Equal("/metrics answered 500", Of(input, "peers").Canary.Problem);
        Assert.Null(Of(input, "peers").Baseline.Problem);
        Assert.Contains(Judge.Decide(input).Metrics, metric => metric.Name == "peers" && metric.Why.Contains("/metrics answered 500", StringComparison.Ordinal));
    }

    private static PairSamples Make() => new(BuiltInMetrics.All, ("a", "b"), TimeSpan.FromSeconds(8), 100);

    private static Exposition Page(string text) => PrometheusText.Parse(Encoding.UTF8.GetBytes(text));

    private static MetricObservation Of(JudgeInput input, string name) => input.Metrics.Single(metric => metric.Definition.Name == name);
}
