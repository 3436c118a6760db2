using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

public sealed class InterimLookTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_critical_metric_beyond_its_bound_twice_is_not_waited_for()
    {
        InterimBreach breach = Assert.Single(InterimLook.Breaches(Look(0, 2.5), Look(1, 3)));
        Assert.Equal("head-lag", breach.Metric);
        Assert.Equal("In two intervals one after the other, head-lag is 3 slots above the baseline's (3 instead of 0 slots), beyond the 0.1 slots that is allowed.", breach.Why);
    }

    [Fact]
    public void Once_is_not_enough_and_neither_is_less()
    {
        Assert.Empty(InterimLook.Breaches(Look(0, 0), Look(1, 3)));
        Assert.Empty(InterimLook.Breaches(Look(0, 3), Look(1, 0)));
        Assert.Empty(InterimLook.Breaches(Look(0, 0.9), Look(1, 0.9)));
    }

    [Fact]
    public void What_is_not_critical_waits_for_the_verdict()
    {
        JudgeInput Of(int number) => Input(number, "cpu", 1, 10);
        Assert.Empty(InterimLook.Breaches(Of(0), Of(1)));
    }

    [Fact]
    public void Duties_and_restarts_count_too()
    {
        JudgeInput Of(int number, int included, long restarts) => Look(number, 0) with
        {
            Metrics =
            [
                new MetricObservation(Metric("attestation-inclusion"), new SideData { Duties = new DutyCounts(40, 40) }, new SideData { Duties = new DutyCounts(included, 40) }),
                new MetricObservation(Metric("restarts"), new SideData { Count = 0 }, new SideData { Count = restarts }),
            ],
        };
        Assert.Equal(["attestation-inclusion"], InterimLook.Breaches(Of(0, 20, 0), Of(1, 10, 2)).Select(static breach => breach.Metric));
        Assert.Equal(["restarts"], InterimLook.Breaches(Of(0, 40, 2), Of(1, 10, 3)).Select(static breach => breach.Metric));
        Assert.Empty(InterimLook.Breaches(Of(0, 30, 1), Of(1, 30, 1)));
    }

    [Fact]
    public void Intervals_must_not_overlap()
    {
        JudgeInput look = Look(0, 3);
        Assert.Throws<ArgumentException>(() => InterimLook.Breaches(look, look with { Start = look.End.AddTicks(-1), End = look.End + Interval }));
    }

    private static JudgeInput Look(int number, double lag) => Input(number, "head-lag", 0, lag);

    private static JudgeInput Input(int number, string name, double baseline, double canary)
    {
        TimeSpan shift = Interval * number;
        SideData Side(double level) => new() { Samples = [.. CanaryCases.Side(Interval, Enumerable.Repeat(level, 150)).Samples.Select(sample => sample with { At = sample.At + shift })] };
        return new JudgeInput
        {
            Start = CanaryCases.Start + shift,
            End = CanaryCases.Start + shift + Interval,
            Epoch = TimeSpan.FromSeconds(96),
            Metrics = [new MetricObservation(Metric(name), Side(baseline), Side(canary))],
        };
    }

    private static MetricDefinition Metric(string name) => BuiltInMetrics.All.Single(metric => metric.Name == name);
}
