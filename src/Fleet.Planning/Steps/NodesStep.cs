using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Planning.Children;
using Fleet.Planning.Recovery;
using Fleet.Planning.Rollouts;

namespace Fleet.Planning.Steps;

/// <summary>BeaconNodes as the spec wants them, and keys for those that the iteration gave some.</summary>
internal static class NodesStep
{
    public static StepOutcome Run(PlanContext context)
    {
        Testnet testnet = context.Testnet;
        IterationRecord record = context.Iteration!;
        Func<string, string> imageOf = RolloutNodes.ImageOutsidePair(context);
        for (int i = 0; i < testnet.Spec.Bootnodes.Replicas; i++)
        {
            Want(context, BeaconNodeBuilder.Bootnode(testnet, record, i, imageOf(Names.Node(context.Observation.Name, Names.BootnodePool, i))));
        }

        foreach (PoolSpec pool in testnet.Spec.Pools)
        {
            for (int i = 0; i < pool.Replicas; i++)
            {
                BeaconNode node = BeaconNodeBuilder.Node(testnet, record, pool, i, imageOf(Names.Node(context.Observation.Name, pool.Name, i)));
                node.Spec.MigrateDatabase = DatabaseMigration.For(context, node);
                Want(context, InItsDirectory(context, node));
            }
        }

        foreach (BeaconNode node in RolloutNodes.Pair(context))
        {
            Want(context, node);
        }

        ScaleDown(context);
        foreach (BeaconNode node in context.Desired.Values)
        {
            BeaconNode? observed = context.Observation.Nodes.GetValueOrDefault(node.Metadata.Name!);
            if (observed?.Metadata.DeletionTimestamp is null)
            {
                context.Apply(node, observed);
            }
        }

        return StepOutcome.Continue;
    }

    /// <summary>A node that once began anew stays in the directory it has then.</summary>
    private static BeaconNode InItsDirectory(PlanContext context, BeaconNode node)
    {
        string name = node.Metadata.Name!;
        int iteration = context.Iteration!.Iteration;
        BeaconNode? observed = context.Observation.Nodes.GetValueOrDefault(name);
        string? present = observed?.Spec.Iteration == iteration ? observed.Spec.ChainDirectory : null;
        string? wanted = context.History is { } history && history.Iteration == iteration ? history.Steps.LastOrDefault(step => step.Node == name && step.Directory is not null)?.Directory : null;
        node.Spec.ChainDirectory = wanted ?? present;
        return node;
    }

    private static void Want(PlanContext context, BeaconNode node)
    {
        if (node.Spec.Role != NodeRoles.Bootnode)
        {
            node.Spec.KeepChains = ResetStep.Kept(context, node.Metadata.Name!);
        }

        if (ResyncDirectories.Before(node.Spec, context.Manifest) is { Count: > 0 } left)
        {
            node.Spec.KeepChains = [.. (node.Spec.KeepChains ?? []).Concat(left).Distinct().Order(StringComparer.Ordinal)];
        }

        node.Spec.Suspend |= context.IsQuiet;
        context.Desired[node.Metadata.Name!] = node;
    }

    /// <summary>Nodes that are no longer wanted go, unless too little stake would be left.</summary>
    private static void ScaleDown(PlanContext context)
    {
        string uid = context.Testnet.Metadata.Uid!;
        BeaconNode[] surplus =
        [
            .. context.Observation.Nodes.Values.Where(node =>
                !context.Desired.ContainsKey(node.Metadata.Name!)
                && node.Metadata.DeletionTimestamp is null
                && node.Metadata.OwnerReferences?.Any(owner => owner.Uid == uid && owner.Controller == true) == true),
        ];
        if (surplus.Length == 0)
        {
            return;
        }

        IterationRecord record = context.Iteration!;
        long total = record.Assignment.Ranges.Sum(range => (long)range.Count);
        long left = record.Assignment.Ranges.Where(range => context.Desired.ContainsKey(range.Node)).Sum(range => (long)range.Count);
        bool takesStake = surplus.Any(node => record.RangeOf(node.Metadata.Name!) is not null);
        bool forced = context.Testnet.Metadata.Annotations?.ContainsKey(Annotations.Force) == true;
        if (takesStake && left * 4 < total * 3 && !forced)
        {
            context.Verdicts[ConditionTypes.Accepted] = Verdict.No(
                Reasons.StakeTooLow,
                $"The scale-down would leave {left} of {total} keys running, less than three quarters; nothing is removed. Scale back up, or annotate the testnet with {Annotations.Force}=true.");
            foreach (BeaconNode node in surplus)
            {
                context.Desired.TryAdd(node.Metadata.Name!, node);
            }

            return;
        }

        if (takesStake && context.DoesNoHarm && !forced)
        {
            // It waits: votes are what the chain lacks.
            foreach (BeaconNode node in surplus)
            {
                context.Desired.TryAdd(node.Metadata.Name!, node);
            }

            return;
        }

        foreach (BeaconNode node in surplus)
        {
            context.Do(new PlanAction.Delete(node, "the spec no longer has this ordinal"));
        }
    }

    /// <summary>The keys of every wanted node; they stay when a node goes, because its ordinal may come back.</summary>
    /// <remarks>Last of a pass: deriving them takes longer than everything else, and pods wait for the Secret.</remarks>
    public static StepOutcome Keys(PlanContext context)
    {
        IterationRecord record = context.Iteration!;
        ImmutableArray<string> lost = LostKeys.Of(context);
        foreach (KeyRange range in record.Assignment.Ranges)
        {
            if (!lost.Contains(range.Node) && context.Desired.ContainsKey(range.Node) && !context.Observation.KeysSecrets.Contains(Names.KeysSecret(range.Node, record.Iteration)))
            {
                context.Do(new PlanAction.EnsureKeys(
                    IterationMaps.KeysShell(context.Testnet, record, range), range, record, $"keys {range} of the iteration belong to {range.Node}"));
            }
        }

        return StepOutcome.Continue;
    }
}
