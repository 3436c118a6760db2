using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Planning.Resets;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers and decides for one reset. It writes what phase the reset is in, and its evidence; the testnet's controller acts on it.</summary>
internal sealed class ResetController(
    ResetGatherer gatherer, ChildWriter children, EvidenceCollector collector, EvidenceWriter evidence, PhaseWriter phases, TimeProvider time) : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (await gatherer.GatherAsync(key, cancellationToken) is not { } observation)
        {
            return ReconcileResult.Done;
        }

        ChainReset reset = observation.Reset;
        Testnet testnet = observation.World.Testnet;
        if (ResetPlanner.IsOrphan(observation))
        {
            // Else it would outlive its testnet, and one of the same name would find its resets made. The change wakes this controller again.
            await phases.ClaimAsync(testnet, cancellationToken);
            await children.AdoptAsync(reset, testnet, cancellationToken);
            return ReconcileResult.Done;
        }

        ResetPlan plan = ResetPlanner.Plan(observation, time.GetUtcNow());
        if (plan.Evidence is { } known)
        {
            // First, so that a status never names what is not there. Who finds it there keeps the first.
            await phases.ClaimAsync(testnet, cancellationToken);
            await evidence.WriteAsync(reset, await collector.CompleteAsync(known, observation.World, cancellationToken), cancellationToken);
        }

        return await phases.WriteAsync(
            reset, testnet, reset.Status, plan.Status, FleetApiJson.Context.ChainResetStatus, plan.Events, plan.LookAgainAfter, cancellationToken);
    }
}
