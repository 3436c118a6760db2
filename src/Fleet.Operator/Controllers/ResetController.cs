using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Planning;
using Fleet.Planning.Resets;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers and decides for one reset. It writes what phase the reset is in, and its evidence; the testnet's controller acts on it.</summary>
internal sealed class ResetController(
    ResetGatherer gatherer, EvidenceCollector collector, EvidenceWriter evidence, TermFence fence, StatusWriter statuses, IEventRecorder events, TimeProvider time) : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (await gatherer.GatherAsync(key, cancellationToken) is not { } observation)
        {
            return ReconcileResult.Done;
        }

        ResetPlan plan = ResetPlanner.Plan(observation, time.GetUtcNow());
        ChainReset reset = observation.Reset;
        Testnet testnet = observation.World.Testnet;
        bool isNews = reset.Status is null || !KubernetesJson.DeepEquals(reset.Status, plan.Status, FleetApiJson.Context.ChainResetStatus);
        if (plan.Evidence is { } known)
        {
            // First, so that a status never names what is not there. Who finds it there keeps the first.
            await fence.ClaimAsync(testnet, cancellationToken);
            await evidence.WriteAsync(reset, await collector.CompleteAsync(known, observation.World, cancellationToken), cancellationToken);
        }

        (bool written, TimeSpan? due) = await statuses.WriteAsync(
            reset, ClaimAsync, plan.Status, FleetApiJson.Context.ChainResetStatus, isNews ? StatusChange.Facts : StatusChange.None, TimeSpan.Zero, cancellationToken);
        if (written)
        {
            foreach (PlannedEvent planned in plan.Events)
            {
                events.Record(reset, planned.Type, planned.Reason, planned.Message);
            }
        }

        return Requeue.After(plan.LookAgainAfter, due, complete: true);

        async Task<ChainReset> ClaimAsync()
        {
            await fence.ClaimAsync(testnet, cancellationToken);
            return reset;
        }
    }
}
