namespace Fleet.Sweep.Tests;

public sealed class PlanTests
{
    private static readonly Dictionary<string, IReadOnlyList<Point>> Points = new(StringComparer.Ordinal)
    {
        ["a"] = [new Point("ADDED", "pods", "x", 1), new Point("create", "secrets", "y", 1), new Point("patch", "testnets/status", "z", 2)],
        ["b"] = [new Point("delete", "pods", "x", 1)],
    };

    [Fact]
    public void What_a_failing_plan_prints_runs_it_again()
    {
        var plan = new Plan("image", Disturbance.SecondInstance, new Point("patch", "testnets/status", "devnet", 7));
        Assert.Equal("image:SecondInstance:patch,testnets/status,devnet,7", plan.ToString());
        Assert.Equal(plan, Plan.Parse(plan.ToString()));
        Assert.Equal(plan.Chance(4).Next(), Plan.Parse(plan.ToString()).Chance(4).Next());
    }

    [Theory]
    [InlineData("")]
    [InlineData("create")]
    [InlineData("create:Nothing:create,secrets,x,1")]
    [InlineData("create:Drop:create,secrets,x")]
    [InlineData("create:Drop:create,secrets,x,y")]
    [InlineData("create:None:create,secrets,x,1")]
    public void What_is_no_plan_is_refused(string text) => Assert.Throws<FormatException>(() => Plan.Parse(text));

    [Fact]
    public void A_draw_is_the_same_for_the_same_seed_and_spreads_over_workloads_and_disturbances()
    {
        IReadOnlyList<Plan> drawn = PlanDraw.Draw(Points, 14, seed: 3);
        Assert.Equal(drawn, PlanDraw.Draw(Points, 14, seed: 3));
        Assert.Equal(14, drawn.Select(plan => (plan.Workload, plan.Disturbance)).Distinct().Count());

        // Writes come first: events are many, and most of them change nothing.
        Assert.All(drawn, plan => Assert.True(plan.Point!.IsWrite));
    }

    [Fact]
    public void No_more_is_drawn_than_there_is() => Assert.Equal(4 * PlanDraw.Disturbances.Count, PlanDraw.Draw(Points, 1000, seed: 1).Distinct().Count());
}
