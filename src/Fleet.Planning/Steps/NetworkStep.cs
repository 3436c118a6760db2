using Fleet.Api;
using Fleet.Planning.Children;

namespace Fleet.Planning.Steps;

/// <summary>Service, disruption budget and peers file.</summary>
internal static class NetworkStep
{
    /// <summary>How long the peers file waits for the peer ID of a new node before it is written without.</summary>
    private static readonly TimeSpan PeerIdPatience = TimeSpan.FromSeconds(2);

    public static StepOutcome Run(PlanContext context)
    {
        TestnetObservation observation = context.Observation;
        context.Apply(ServiceBuilder.Build(context.Testnet), observation.Service);
        context.Apply(DisruptionBudgetBuilder.Build(context.Testnet, context.Iteration!), observation.DisruptionBudget);
        Peers(context);
        return StepOutcome.Continue;
    }

    private static void Peers(PlanContext context)
    {
        TestnetObservation observation = context.Observation;
        BeaconNode[] living = [.. observation.Nodes.Values.Where(node => node.Metadata.DeletionTimestamp is null)];
        DateTimeOffset? youngest = living.Where(node => node.Status?.PeerId is null).Max(node => node.Metadata.CreationTimestamp);

        // Nodes get their peer IDs one after another within moments: one write instead of one per node.
        bool incomplete = youngest is not null || context.Desired.Keys.Any(name => !observation.Nodes.ContainsKey(name));
        if (incomplete && context.Now - (youngest ?? context.Now) < PeerIdPatience)
        {
            context.LookAgainIn(PeerIdPatience);
            return;
        }

        context.Apply(PeersBuilder.Build(context.Testnet, living, ResetStep.Fenced(context)), observation.ConfigMaps.GetValueOrDefault(Names.Peers(observation.Name)));
    }
}
