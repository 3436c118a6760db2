using System.Runtime.ExceptionServices;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers, plans and applies for one testnet.</summary>
internal sealed class TestnetController(TestnetGatherer gatherer, PlanApplier applier, StatusWriter statuses, IEventRecorder events, TimeProvider time) : IReconciler
{
    /// <summary>Passes in a row when a Secret was made, which no watch tells of.</summary>
    private const int MaxPasses = 3;

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        for (int pass = 1; ; pass++)
        {
            if (await gatherer.GatherAsync(key, cancellationToken) is not { } observation)
            {
                return ReconcileResult.Done;
            }

            TestnetPlan plan = TestnetPlanner.Plan(observation, time.GetUtcNow());
            ExceptionDispatchInfo? failure = await ApplyAsync(plan, observation, cancellationToken);
            if (failure is null && pass < MaxPasses && plan.Actions is [PlanAction.EnsureMnemonic])
            {
                continue;
            }

            return await FinishAsync(plan, observation, failure, cancellationToken);
        }
    }

    private async Task<ExceptionDispatchInfo?> ApplyAsync(TestnetPlan plan, TestnetObservation observation, CancellationToken cancellationToken)
    {
        IterationRecord? record = TestnetGatherer.FindRecord(observation.ConfigMaps.Values);
        try
        {
            foreach (PlanAction action in plan.Actions)
            {
                await applier.RunAsync(action, observation.Testnet, record, cancellationToken);
            }

            return null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The status is told all the same.
            return ExceptionDispatchInfo.Capture(exception);
        }
    }

    private async Task<ReconcileResult> FinishAsync(TestnetPlan plan, TestnetObservation observation, ExceptionDispatchInfo? failure, CancellationToken cancellationToken)
    {
        Testnet testnet = observation.Testnet;
        TimeSpan epoch = ChainClock.Of(testnet.Spec.Network.Preset, testnet.Spec.Network.Config).EpochDuration;
        StatusChange change = StatusComparison.Compare(testnet.Status, plan.Status);
        (bool written, TimeSpan? due) = await statuses.WriteAsync(testnet, plan.Status, FleetApiJson.Context.TestnetStatus, change, epoch, cancellationToken);
        if (written)
        {
            foreach (PlannedEvent planned in plan.Events)
            {
                events.Record(testnet, planned.Type, planned.Reason, planned.Message);
            }
        }

        failure?.Throw();
        return Requeue.After(plan.LookAgainAfter, due);
    }
}

/// <summary>Turns what a plan says of time into a result.</summary>
internal static class Requeue
{
    public static ReconcileResult After(TimeSpan? look, TimeSpan? due)
    {
        TimeSpan? after = look is { } first && due is { } second ? (first < second ? first : second) : look ?? due;
        return after is { } delay ? ReconcileResult.WaitFor("time alone changes what is to be said", delay) : ReconcileResult.Done;
    }
}
