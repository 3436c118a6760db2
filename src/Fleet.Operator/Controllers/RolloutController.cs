using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Operator.Sampling;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers and decides for one roll-out. It writes what phase the roll-out is in, and nothing else: the testnet's controller acts on it.</summary>
internal sealed class RolloutController(
    RolloutGatherer gatherer, PairSampler sampler, EvidenceWriter evidence, PhaseWriter phases, TimeProvider time) : IReconciler
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
        if (plan.Evidence is { } verdict)
        {
            // First, so that a status never names what is not there. Who finds it there judges anew, and keeps the first.
            await phases.ClaimAsync(testnet, cancellationToken);
            await evidence.WriteAsync(rollout, verdict, cancellationToken);
        }

        return await phases.WriteAsync(
            rollout, testnet, rollout.Status, plan.Status, FleetApiJson.Context.CanaryRolloutStatus, plan.Events, plan.LookAgainAfter, cancellationToken);
    }
}
