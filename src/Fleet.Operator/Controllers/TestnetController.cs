using System.Runtime.ExceptionServices;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Operator.Sampling;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers, plans and applies for one testnet.</summary>
internal sealed class TestnetController(
    TestnetGatherer gatherer,
    PairNoiseMeter noise,
    SecretKeeper secrets,
    PlanApplier applier,
    TermFence fence,
    StatusWriter statuses,
    Histories histories,
    IEventRecorder events,
    TimeProvider time) : IReconciler
{
    /// <summary>Passes in a row when a Secret was made, which no watch tells of.</summary>
    private const int MaxPasses = 3;

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        Testnet? claimed = null;
        SecretPass look = secrets.Begin();
        for (int pass = 1; ; pass++)
        {
            if (await gatherer.GatherAsync(key, look, cancellationToken) is not { } observation)
            {
                histories.Forget(key);
                noise.Forget(key);
                return ReconcileResult.Done;
            }

            noise.Look(observation);
            TestnetPlan plan = TestnetPlanner.Plan(observation, time.GetUtcNow());
            ExceptionDispatchInfo? failure = null;
            bool complete = true;
            try
            {
                if (!plan.Actions.IsEmpty)
                {
                    claimed ??= await fence.ClaimAsync(observation.Testnet, cancellationToken);
                    complete = await applier.RunAllAsync(plan.Actions, observation.Testnet, observation.Testnet, plan.DecidedFrom, plan.Reset, cancellationToken);
                }
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or LeadershipLostException))
            {
                // The status is told all the same.
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            if (failure is null && pass < MaxPasses && plan.Actions is [PlanAction.EnsureMnemonic])
            {
                continue;
            }

            return await FinishAsync(plan, observation, claimed, complete, failure, cancellationToken);
        }
    }

    private async Task<ReconcileResult> FinishAsync(
        TestnetPlan plan, TestnetObservation observation, Testnet? claimed, bool complete, ExceptionDispatchInfo? failure, CancellationToken cancellationToken)
    {
        Testnet testnet = observation.Testnet;
        TimeSpan epoch = ChainClock.Of(testnet.Spec.Network.Preset, testnet.Spec.Network.Config).EpochDuration;
        StatusChange change = StatusComparison.Compare(testnet.Status, plan.Status);
        (bool written, TimeSpan? due) = await statuses.WriteAsync(
            testnet, ClaimAsync, plan.Status, FleetApiJson.Context.TestnetStatus, change, epoch, cancellationToken);
        if (written)
        {
            foreach (PlannedEvent planned in plan.Events)
            {
                events.Record(testnet, planned.Type, planned.Reason, planned.Message);
            }
        }

        if (complete && failure is null)
        {
            histories.Keep(ObjectKey.Of(testnet), testnet.Metadata.Uid!, plan.History);
            foreach (PlannedEvent deed in plan.Deeds)
            {
                events.Record(testnet, deed.Type, deed.Reason, deed.Message);
            }
        }

        Refusals.Tell(events, testnet, failure?.SourceException);
        failure?.Throw();
        return Requeue.After(plan.LookAgainAfter, due, complete);

        async Task<Testnet> ClaimAsync()
        {
            await applier.CheckGenesisAsync(testnet, plan.Status, cancellationToken);
            return claimed ?? await fence.ClaimAsync(testnet, cancellationToken);
        }
    }
}

/// <summary>Turns what a plan says of time into a result.</summary>
internal static class Requeue
{
    /// <summary>Between two looks whether the local copies are fresh again.</summary>
    private static readonly TimeSpan FreshnessDelay = TimeSpan.FromSeconds(1);

    public static ReconcileResult After(TimeSpan? look, TimeSpan? due, bool complete)
    {
        if (!complete)
        {
            return ReconcileResult.WaitFor("something is to be deleted when the local copies are fresh", FreshnessDelay);
        }

        TimeSpan? after = look is { } first && due is { } second ? (first < second ? first : second) : look ?? due;
        return after is { } delay ? ReconcileResult.WaitFor("time alone changes what is to be said", delay) : ReconcileResult.Done;
    }
}
