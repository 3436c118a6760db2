using System.Collections.Immutable;
using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Resets;

/// <summary>How a reset that its testnet has taken goes on: one method for each phase. Each is entered again after a restart, and finds what it did.</summary>
internal static class ResetSteps
{
    /// <summary>Epochs that the new chain has to finalize: the genesis epoch is final without anybody's vote.</summary>
    private const int EpochsToVerify = 2;

    /// <summary>Fewest epochs that a new chain gets to finalize; the protocol needs four.</summary>
    private const int LeastPatience = 16;

    /// <summary>Between two looks for what nobody tells.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a pod may be going before the message says what can be done.</summary>
    private static readonly TimeSpan PodPatience = TimeSpan.FromMinutes(1);

    /// <summary>What follows from the phase.</summary>
    public static Move? Next(ResetContext context) => context.Phase switch
    {
        null => new Move(ResetPhases.Claimed, "Claimed", $"The testnet has taken it: {context.Reset.Spec.Reason}"),
        ResetPhases.Claimed => new Move(ResetPhases.CollectingEvidence, "Collecting", "What the nodes say is written down."),
        ResetPhases.CollectingEvidence => CollectingEvidence(context),
        ResetPhases.Quiescing => Quiescing(context),
        ResetPhases.Archiving => Archiving(context),
        ResetPhases.NewGenesis => NewGenesis(context),
        ResetPhases.Starting => Starting(context),
        _ => Verifying(context),
    };

    private static Move CollectingEvidence(ResetContext context)
    {
        context.Evidence = ResetEvidence.Of(context);
        context.Status.Evidence = Names.ResetEvidence(context.Name);
        context.Status.Ended = Identity(context.Testnet.Status);
        context.Status.Archives = context.Testnet.Spec.Recovery.Archive.Enabled ? [.. ArchiveChoice.Of(context.Chain)] : null;
        return new Move(ResetPhases.Quiescing, "Quiescing", "The validators stop signing, and the nodes stop.");
    }

    /// <summary>
    /// Nothing new begins before every pod of the old chain is gone at the API server itself. A person may say that one which nobody can reach is given
    /// up: its signatures are worth nothing on the new chain.
    /// </summary>
    private static Move Quiescing(ResetContext context)
    {
        context.LookAgainIn(Poll);
        ImmutableArray<string> local = OldPods(context.World, context.Reset.Spec.FromIteration);
        ImmutableArray<string> left = local.Length > 0 ? local : context.Observation.PodsAtServer ?? ["(the API server has not been asked)"];
        if (left.Length == 0 || context.Reset.Metadata.Annotations?.ContainsKey(Annotations.Force) == true)
        {
            string kept = context.Status.Archives is [{ } first, ..] ? $"{first.Node} keeps {first.Directory}." : "No database is kept.";
            return new Move(ResetPhases.Archiving, "Archiving", $"No pod of the old chain is left; {kept}");
        }

        string way = context.Now - context.Since(ResetPhases.Quiescing) > PodPatience
            ? $" If its Kubernetes node cannot be reached, annotate the reset with {Annotations.Force}=true: what it signs is worth nothing on the new chain."
            : "";
        return new Move(ResetPhases.Quiescing, "WaitingForPods", $"{(left.Length == 1 ? "1 pod of the old chain is still there:" : $"{left.Length} pods of the old chain are still there, the first is")} {left[0]}.{way}");
    }

    /// <summary>The nodes have to name what they keep before any of them starts again, for a start removes what is not named.</summary>
    private static Move Archiving(ResetContext context)
    {
        foreach (ChainArchive archive in context.Status.Archives ?? [])
        {
            if (context.World.Nodes.GetValueOrDefault(archive.Node) is { } node && node.Spec.KeepChains?.Contains(archive.Directory) != true)
            {
                return new Move(ResetPhases.Archiving, "Archiving", $"{archive.Node} is told to keep {archive.Directory}.");
            }
        }

        return new Move(ResetPhases.NewGenesis, "NewGenesis", string.Create(CultureInfo.InvariantCulture, $"Iteration {context.Reset.Spec.FromIteration + 1} is recorded."));
    }

    private static Move NewGenesis(ResetContext context)
    {
        int next = context.Reset.Spec.FromIteration + 1;
        if (context.Iteration?.Iteration != next)
        {
            return new Move(ResetPhases.NewGenesis, "NewGenesis", ResetStep.Objection(context.Testnet) ?? $"Iteration {next} is recorded.");
        }

        context.Status.ToIteration = next;
        context.Status.Begun = new ChainIdentity { ProtocolId = context.Iteration.Parameters.ProtocolId };
        return new Move(ResetPhases.Starting, "Starting", $"The nodes of iteration {next} start.");
    }

    private static Move Starting(ResetContext context)
    {
        TestnetStatus? status = context.Testnet.Status;

        // Until the testnet's own status is about the new iteration, its conditions are about the old one.
        Condition? genesis = status?.Iteration == context.Status.ToIteration ? status?.Conditions?.Find(condition => condition.Type == ConditionTypes.GenesisReady) : null;
        if (genesis is { Status: ConditionStatuses.True })
        {
            context.Status.Begun = Identity(status);
            return new Move(ResetPhases.Verifying, "Verifying", $"Every node reports the genesis root {status!.GenesisRoot}; {EpochsToVerify} epochs have to become final.");
        }

        TimeSpan patience = context.Testnet.Spec.Genesis.StartTimeout.Value * 2;
        string message = ResetStep.Objection(context.Testnet) ?? genesis?.Message ?? "The nodes start.";
        if (context.Now - context.Since(ResetPhases.Starting) > patience)
        {
            return new Move(ResetPhases.Failed, "NotStarted", $"The new chain has not started within {Duration.From(patience)}: {message}");
        }

        context.LookAgainIn(patience);
        return new Move(ResetPhases.Starting, genesis?.Reason ?? "Starting", message);
    }

    private static Move Verifying(ResetContext context)
    {
        ChainClock clock = context.Chain.Clock!;
        DateTimeOffset genesis = context.Chain.GenesisTime ?? context.Now;
        long finalized = context.Facts.FinalizedEpoch ?? 0;
        if (finalized >= EpochsToVerify)
        {
            return new Move(
                ResetPhases.Completed,
                "Finalizing",
                $"Iteration {context.Status.ToIteration} finalizes, {Seconds(context.Now - context.Since(ResetPhases.Claimed))} after the reset began.");
        }

        int patience = Math.Max(context.Testnet.Spec.Health.FinalityLostEpochs, LeastPatience);
        if (clock.EpochAt(genesis, context.Now) > patience)
        {
            return new Move(ResetPhases.Failed, "NotFinalized", $"The new chain has not finalized {EpochsToVerify} epochs in {patience}.");
        }

        context.LookAgainIn(clock.SlotDuration * 2);
        return new Move(ResetPhases.Verifying, "Verifying", $"The new chain runs; {EpochsToVerify} epochs have to become final, {finalized} of them are.");
    }

    /// <summary>Pods of the testnet's own nodes that belong to an iteration or to one before it.</summary>
    public static ImmutableArray<string> OldPods(TestnetObservation world, int iteration) =>
        [.. world.Pods.Values.Where(pod => IsOld(world, pod, iteration)).Select(pod => pod.Metadata.Name!)];

    /// <summary>Whether a pod signs, or follows, a chain that has to end. Nodes that people made by hand are theirs.</summary>
    private static bool IsOld(TestnetObservation world, Pod pod, int iteration)
    {
        string? node = pod.Metadata.Labels?.GetValueOrDefault(Labels.Node);
        bool isByHand = node is not null
            && world.Nodes.TryGetValue(node, out BeaconNode? owner)
            && owner.Metadata.OwnerReferences?.Exists(reference => reference.Uid == world.Testnet.Metadata.Uid) != true;
        return !isByHand
            && (!int.TryParse(pod.Metadata.Labels?.GetValueOrDefault(Labels.Iteration), NumberStyles.None, CultureInfo.InvariantCulture, out int of) || of <= iteration);
    }

    private static ChainIdentity? Identity(TestnetStatus? status) => status is null ? null : new ChainIdentity
    {
        GenesisRoot = status.GenesisRoot,
        GenesisValidatorsRoot = status.GenesisValidatorsRoot,
        ForkDigest = status.ForkDigest,
        ProtocolId = status.ProtocolId,
        GenesisTime = status.GenesisTime,
    };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} s");
}
