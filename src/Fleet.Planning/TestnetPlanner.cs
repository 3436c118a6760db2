using Fleet.Api;
using Fleet.Planning.Steps;

namespace Fleet.Planning;

/// <summary>Decides about a testnet: a pure function of what was observed and of the time.</summary>
public static class TestnetPlanner
{
    private delegate StepOutcome Step(PlanContext context);

    /// <summary>In this order; a step that stops the pass leaves the rest for the next one.</summary>
    private static readonly Step[] Steps =
    [
        AcceptThenIteration,
        RolloutStep.Run,
        NodesStep.Run,
        NetworkStep.Run,
        NodesStep.Keys,
        GenesisStep.Run,
        ReplaceStep.Run,
    ];

    /// <summary>What to do now and what to say.</summary>
    public static TestnetPlan Plan(TestnetObservation observation, DateTimeOffset now)
    {
        var context = new PlanContext(observation, now);
        foreach (Step step in Steps)
        {
            if (step(context) == StepOutcome.Stop)
            {
                break;
            }
        }

        if (!context.IsQuiet)
        {
            HealthStep.Run(context);
        }

        RecoveryStep.Run(context);

        ResetStep.Tell(context);
        NodeCounts counts = ReadinessStep.Run(context);
        TestnetStatus status = StatusBuilder.Build(context, counts);
        return new TestnetPlan(context.Actions, status, Transitions.Of(observation.Testnet.Status, status), context.LookAgainAfter)
        {
            DecidedFrom = context.Rollout,
            Reset = context.Reset,
            History = context.History,
            Deeds = context.Deeds,
        };
    }

    /// <summary>An iteration that runs is found even when the spec is not accepted, so that its health is told; nothing is changed then.</summary>
    private static StepOutcome AcceptThenIteration(PlanContext context)
    {
        StepOutcome accepted = AcceptStep.Run(context);
        ResetStep.Choose(context);
        StepOutcome iteration = IterationStep.Run(context);
        RecoveryStep.Look(context);
        return accepted == StepOutcome.Stop ? StepOutcome.Stop : iteration;
    }
}
