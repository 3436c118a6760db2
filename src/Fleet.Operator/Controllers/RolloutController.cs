using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Operator.Sampling;
using Fleet.Planning;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers and decides for one roll-out. It writes what phase the roll-out is in, and nothing else: the testnet's controller acts on it.</summary>
internal sealed class RolloutController(
    RolloutGatherer gatherer, PairSampler sampler, EvidenceWriter evidence, TermFence fence, StatusWriter statuses, IEventRecorder events, TimeProvider time) : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (gatherer.Gather(key) is not { } observation)
        {
            sampler.Release(key);
            return ReconcileResult.Done;
        }

        RolloutPlan plan = RolloutPlanner.Plan(observation, time.GetUtcNow());
        CanaryRollout rollout = observation.Rollout;
        Testnet testnet = observation.World.Testnet;
        bool isNews = rollout.Status is null || !KubernetesJson.DeepEquals(rollout.Status, plan.Status, FleetApiJson.Context.CanaryRolloutStatus);
        if (plan.Evidence is { } verdict)
        {
            // First, so that a status never names what is not there. Who finds it there judges anew, and keeps the first.
            await fence.ClaimAsync(testnet, cancellationToken);
            await evidence.WriteAsync(rollout, verdict, cancellationToken);
        }

        (bool written, TimeSpan? due) = await statuses.WriteAsync(
            rollout, ClaimAsync, plan.Status, FleetApiJson.Context.CanaryRolloutStatus, isNews ? StatusChange.Facts : StatusChange.None, TimeSpan.Zero, cancellationToken);
        if (written)
        {
            foreach (PlannedEvent planned in plan.Events)
            {
                events.Record(rollout, planned.Type, planned.Reason, planned.Message);
            }
        }

        return Requeue.After(plan.LookAgainAfter, due, complete: true);

        async Task<CanaryRollout> ClaimAsync()
        {
            await fence.ClaimAsync(testnet, cancellationToken);
            return rollout;
        }
    }
}
