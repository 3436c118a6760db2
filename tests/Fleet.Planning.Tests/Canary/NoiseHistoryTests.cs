using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What is remembered of a pair that runs one image.</summary>
public sealed class NoiseHistoryTests
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(2);
    private static readonly MetricDefinition Cpu = CanaryCases.Definition("cpu", "resources");

    [Fact]
    public void Five_starts_say_something_and_the_last_sixty_four_are_kept()
    {
        NoiseHistory history = NoiseHistory.Empty;
        for (int start = 1; start <= 100; start++)
        {
            history = history.With(Window(Cpu, start % 2 == 0 ? 1.02 : 1 / 1.02));
            PairNoise? noise = NoiseOf(history, Cpu);
            Assert.Equal(start < 5 ? null : Math.Min(start, NoiseHistory.MaxStarts), noise?.Restarts);
            Assert.InRange(noise?.EitherWay ?? 2.968 * Math.Log(1.02), 2.968 * 0.017, 2.968 * 0.023);
        }

        // What was seen long ago is forgotten.
        history = history.With(Window(Cpu, 2));
        Assert.InRange(NoiseOf(history, Cpu)!.EitherWay, 0.5, 0.7);
        for (int start = 0; start < NoiseHistory.MaxStarts; start++)
        {
            history = history.With(Window(Cpu, 1.02));
        }

        Assert.InRange(NoiseOf(history, Cpu)!.EitherWay, 2.968 * 0.017, 2.968 * 0.023);
    }

    [Fact]
    public void A_pair_that_is_known_to_differ_is_judged_by_that()
    {
        NoiseHistory history = NoiseHistory.Empty;
        for (int start = 0; start < PairNoise.EnoughRestarts; start++)
        {
            history = history.With(Window(Cpu, 1));
        }

        JudgeInput window = Window(Cpu, 1.115);
        Assert.Equal(MetricLabel.Pass, Judge.Decide(window).Metrics[0].Label);
        Assert.Equal(MetricLabel.High, Judge.Decide(history.Applied(window)).Metrics[0].Label);
    }

    [Fact]
    public void Another_definition_or_a_metric_that_is_left_out_begins_anew_and_one_without_data_goes_on()
    {
        NoiseHistory history = NoiseHistory.Empty;
        for (int start = 0; start < 6; start++)
        {
            history = history.With(Window(Cpu, 1.01));
        }

        Assert.NotNull(NoiseOf(history, Cpu));
        Assert.Null(NoiseOf(history, Cpu with { Floor = 3 }));
        Assert.Null(NoiseOf(history.With(Window(CanaryCases.Definition("peers", "network"), 1)), Cpu));
        Assert.Equal(6, NoiseOf(history.With(Window(Cpu, 1) with { Metrics = [new MetricObservation(Cpu, new SideData(), new SideData())] }), Cpu)!.Restarts);
    }

    [Fact]
    public void Duties_have_no_noise_of_that_kind()
    {
        MetricDefinition duty = CanaryCases.Definition("attestations", "consensus", MetricDirection.Decrease) with { Kind = MetricKind.Duty };
        JudgeInput window = Window(Cpu, 1) with
        {
            Metrics = [new MetricObservation(duty, new SideData { Duties = new DutyCounts(90, 100) }, new SideData { Duties = new DutyCounts(80, 100) })],
        };
        NoiseHistory history = NoiseHistory.Empty;
        for (int start = 0; start < 6; start++)
        {
            history = history.With(window);
        }

        Assert.Null(history.Applied(window).Metrics[0].Noise);
    }

    private static PairNoise? NoiseOf(NoiseHistory history, MetricDefinition definition) => history.Applied(Window(definition, 1)).Metrics[0].Noise;

    private static JudgeInput Window(MetricDefinition definition, double factor) => new()
    {
        Start = CanaryCases.Start,
        End = CanaryCases.Start + Length,
        Epoch = TimeSpan.FromSeconds(8),
        Metrics = [new MetricObservation(definition, CanaryCases.Side(Length, CanaryCases.Jitter(60, 50)), CanaryCases.Side(Length, CanaryCases.Jitter(60, 50 * factor)))],
    };
}
