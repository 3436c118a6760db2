namespace Fleet.Sweep.Tests;

/// <summary>A sample of what `make sweep` runs, and that the sweep bites.</summary>
public sealed class SweepTests
{
    private const int Seed = 1;

    private static readonly Workload[] AtRest = [.. Workload.All.Where(workload => !workload.HasChain)];

    /// <summary>One plan of every disturbance per workload is a fifteenth of a sweep. Those with a chain never rest and take ten times as long; `make sweep` runs them.</summary>
    [Fact]
    public async Task No_alarm_in_a_sample_of_plans()
    {
        using var maker = new WorldMaker(Seed);
        var runner = new SweepRunner(maker);
        var points = new Dictionary<string, IReadOnlyList<Point>>(StringComparer.Ordinal);
        foreach (Workload workload in AtRest)
        {
            points[workload.Name] = await runner.LearnAsync(workload);
        }

        List<string> alarms = [];
        int reached = 0;
        foreach (Plan plan in PlanDraw.Draw(points, PlanDraw.Disturbances.Count * AtRest.Length, Seed))
        {
            Result result = await runner.RunAsync(plan);
            reached += result.IsReached ? 1 : 0;
            alarms.AddRange(result.Alarms.Select(alarm => $"{plan}: {alarm}"));
        }

        Assert.Empty(alarms);
        Assert.True(reached > PlanDraw.Disturbances.Count * AtRest.Length / 2, $"only {reached} plans came to their point");
    }

    /// <summary>A pod is deleted late, and the one that took its place goes.</summary>
    [Fact]
    public Task A_missing_precondition_raises_an_alarm() =>
        AlarmAsync(Mistake.NoPreconditions, "image", point => point is { Verb: "delete", Resource: "pods" }, Disturbance.SecondInstance, "Deleted pods");

    /// <summary>What was created before the operator died is thrown away.</summary>
    [Fact]
    public Task A_step_that_cannot_be_repeated_raises_an_alarm() =>
        AlarmAsync(Mistake.CreatesAnew, "create", point => point is { Verb: "create", Resource: "secrets", Name: "devnet-mnemonic" }, Disturbance.Duplicate, "secrets nets/devnet-mnemonic");

    [Fact]
    public async Task Two_pods_with_the_same_keys_raise_an_alarm()
    {
        using var maker = new WorldMaker(Seed, client => new CarelessClient(client, Mistake.ForcesPods));
        var runner = new SweepRunner(maker);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => runner.LearnAsync(Workload.All.Single(workload => workload.Name == "image")));
        Assert.Contains("begins to sign with", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_in_a_world_at_rest_raise_an_alarm()
    {
        using var maker = new WorldMaker(Seed, client => new CarelessClient(client, Mistake.Restless));
        var runner = new SweepRunner(maker);
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => runner.LearnAsync(Workload.Create));
        Assert.Contains("rest", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The record is there and nothing was said of the testnet yet: the next operator has to find the mnemonic before it judges the record.</summary>
    [Fact]
    public async Task A_record_outlives_the_operator_that_made_it()
    {
        using var maker = new WorldMaker(Seed);
        var runner = new SweepRunner(maker);
        Point node = (await runner.LearnAsync(Workload.Create)).First(point => point is { Verb: "create", Resource: "beaconnodes" });
        Result result = await runner.RunAsync(new Plan(Workload.Create.Name, Disturbance.CrashAfter, node));
        Assert.True(result.IsReached);
        Assert.Empty(result.Alarms);
    }

    private static async Task AlarmAsync(Mistake mistake, string workload, Func<Point, bool> which, Disturbance disturbance, string expected)
    {
        using var honest = new WorldMaker(Seed);
        using var mistaken = new WorldMaker(Seed, client => new CarelessClient(client, mistake));
        var careful = new SweepRunner(honest);
        var careless = new SweepRunner(mistaken);
        Workload of = Workload.All.Single(candidate => candidate.Name == workload);
        var plan = new Plan(workload, disturbance, (await careless.LearnAsync(of)).First(which));
        Result result = await careless.RunAsync(plan);
        Assert.Contains(result.Alarms, alarm => alarm.Contains(expected, StringComparison.Ordinal));

        // It is the mistake that is told, and not the disturbance.
        await careful.LearnAsync(of);
        Assert.Empty((await careful.RunAsync(plan)).Alarms);
    }
}
