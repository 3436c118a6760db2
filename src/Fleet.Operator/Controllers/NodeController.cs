using System.Runtime.ExceptionServices;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Gathering;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Controllers;

/// <summary>Gathers, plans and applies for one node.</summary>
internal sealed class NodeController(
    NodeGatherer gatherer, SecretKeeper secrets, PlanApplier applier, TermFence fence, StatusWriter statuses, IEventRecorder events, TimeProvider time) : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        SecretPass pass = secrets.Begin();
        if (await gatherer.GatherAsync(key, pass, cancellationToken) is not { } observation)
        {
            return ReconcileResult.Done;
        }

        NodePlan plan = NodePlanner.Plan(observation, time.GetUtcNow());
        bool madeIdentity = plan.Actions.Any(action => action is PlanAction.EnsureIdentity);
        bool complete = true;
        ExceptionDispatchInfo? failure = null;
        try
        {
            if (!plan.Actions.IsEmpty)
            {
                await fence.ClaimAsync(observation.Testnet!, cancellationToken);
                complete = await applier.RunAllAsync(plan.Actions, observation.Node, observation.Testnet!, null, null, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or LeadershipLostException))
        {
            // The status is told all the same.
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        if (madeIdentity && failure is null)
        {
            // No watch tells of Secrets: the peer ID is read at once, and goes into the same status.
            observation = observation with { PeerId = (await gatherer.GatherAsync(key, pass, cancellationToken))?.PeerId };
            plan = NodePlanner.Plan(observation, time.GetUtcNow()) with { LookAgainAfter = plan.LookAgainAfter };
        }

        return await FinishAsync(plan, observation, complete, failure, cancellationToken);
    }

    private async Task<ReconcileResult> FinishAsync(NodePlan plan, NodeObservation observation, bool complete, ExceptionDispatchInfo? failure, CancellationToken cancellationToken)
    {
        BeaconNode node = observation.Node;
        TimeSpan epoch = ChainClock.Of(observation.Testnet?.Spec.Network.Preset ?? "minimal", observation.Testnet?.Spec.Network.Config).EpochDuration;
        StatusChange change = StatusComparison.Compare(node.Status, plan.Status);
        (bool written, TimeSpan? due) = await statuses.WriteAsync(node, ClaimAsync, plan.Status, FleetApiJson.Context.BeaconNodeStatus, change, epoch, cancellationToken);
        if (written)
        {
            foreach (PlannedEvent planned in plan.Events)
            {
                events.Record(node, planned.Type, planned.Reason, planned.Message);
            }
        }

        Refusals.Tell(events, node, failure?.SourceException);
        failure?.Throw();
        return Requeue.After(plan.LookAgainAfter, due, complete);

        async Task<BeaconNode> ClaimAsync()
        {
            if (observation.Testnet is { } testnet)
            {
                await fence.ClaimAsync(testnet, cancellationToken);
            }

            return node;
        }
    }
}
