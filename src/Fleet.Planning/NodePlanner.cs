using Fleet.Api;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;
using Fleet.Planning.Steps;

namespace Fleet.Planning;

/// <summary>Decides about one node: a pure function of what was observed and of the time.</summary>
public static class NodePlanner
{
    private delegate Verdict? Check(NodeObservation observation);

    /// <summary>Whether the node may exist; in this order, the first that objects wins.</summary>
    private static readonly Check[] Checks =
    [
        SpecIsValid,
        TestnetExists,
        ImageIsKnown,
        KeysAreFree,
        SecretsAreUsable,
        IterationHasBegun,
    ];

    /// <summary>What to do now and what to say.</summary>
    public static NodePlan Plan(NodeObservation observation, DateTimeOffset now)
    {
        var actions = System.Collections.Immutable.ImmutableArray.CreateBuilder<PlanAction>();
        TimeSpan? lookAgainAfter = null;
        Verdict accepted = Checks.Select(check => check(observation)).FirstOrDefault(verdict => verdict is not null)
            ?? Verdict.Yes(Reasons.Valid, "The spec is valid.");
        if (accepted.IsTrue)
        {
            lookAgainAfter = Children(observation, now, actions);
        }

        BeaconNodeStatus status = Status(observation, accepted, now);
        return new NodePlan(actions.ToImmutable(), status, Transitions.Of(observation.Node.Status, status), lookAgainAfter);
    }

    private static TimeSpan? Children(NodeObservation observation, DateTimeOffset now, System.Collections.Immutable.ImmutableArray<PlanAction>.Builder actions)
    {
        BeaconNode node = observation.Node;
        Testnet testnet = observation.Testnet!;
        if (observation.PeerId is null && node.Spec.IdentitySecretRef is null)
        {
            actions.Add(new PlanAction.EnsureIdentity(StatefulSetBuilder.IdentityShell(testnet, node), "the node has no identity yet"));
        }

        if (observation.StatefulSet is { } set && set.Metadata.OwnerReferences?.Any(owner => owner.Uid == node.Metadata.Uid) != true)
        {
            // Made for an earlier node of this name, whose pod may still hold the same keys: it has to be gone before another is made.
            return TimeSpan.FromSeconds(5);
        }

        if (observation.StatefulSet is null && observation.Pod is { } leftover && leftover.Metadata.OwnerReferences?.Count > 0)
        {
            return TimeSpan.FromSeconds(5);
        }

        PersistentVolumeClaim? claim = node.Spec.Role == NodeRoles.Bootnode ? null : ClaimBuilder.Build(testnet, node, observation.Claim);
        if (claim is not null && observation.Claim is null && VolumeStep.MayBeMade(observation))
        {
            Apply(actions, claim, null);
        }

        if (observation.GenesisValidators == 0)
        {
            // The record of the iteration decides what the pod mounts; it was written just before the node.
            return TimeSpan.FromMilliseconds(50);
        }

        var parameters = new PodParameters(
            node,
            Image(observation)!,
            Iteration(observation)!.Value,
            node.Spec.IdentitySecretRef?.Name ?? Names.IdentitySecret(observation.Name),
            IterationRecord.MaxGenesisShards(observation.GenesisValidators))
        {
            Pair = observation.Pair,
            SignFromEpoch = VolumeStep.SignFromEpoch(observation),
            IsHeld = VolumeStep.IsHeld(observation, now),
        };
        if (parameters.IsHeld && observation.StatefulSet is null)
        {
            // A volume made while the chain runs is made known to the pod's template before there is a pod.
            return null;
        }

        if (observation.StatefulSet?.Metadata.DeletionTimestamp is null)
        {
            Apply(actions, StatefulSetBuilder.Build(parameters), observation.StatefulSet);
        }

        if (claim is not null && observation.Claim is not null)
        {
            // Last: not every storage class lets volumes grow, and a refusal must hold up nothing else.
            Apply(actions, claim, observation.Claim);
        }

        return null;
    }

    private static void Apply<T>(System.Collections.Immutable.ImmutableArray<PlanAction>.Builder actions, T desired, T? observed)
        where T : class, IKubernetesObject<T>
    {
        if (observed?.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        ObjectDiff.Stamped(desired);
        if (ObjectDiff.FirstDifference(desired, observed) is { } difference)
        {
            actions.Add(new PlanAction.Apply(desired, observed, observed is null ? "it does not exist" : $"{difference} differs"));
        }
    }

    private static Verdict? SpecIsValid(NodeObservation observation)
    {
        IReadOnlyList<FieldError> errors = BeaconNodeValidator.Validate(observation.Node);
        return errors.Count == 0 ? null : Verdict.No(Reasons.SpecInvalid, $"{errors[0]}.");
    }

    private static Verdict? TestnetExists(NodeObservation observation) =>
        observation.Testnet is null
            ? Verdict.No(Reasons.ReferenceInvalid, $"spec.testnet: there is no testnet {observation.Node.Spec.Testnet} in this namespace.")
            : null;

    private static Verdict? ImageIsKnown(NodeObservation observation) =>
        Image(observation) is null
            ? Verdict.No(Reasons.SpecInvalid, "spec.image: is empty, so is the testnet's, and the operator was started without --beacon-image; give one of them.")
            : null;

    private static Verdict? KeysAreFree(NodeObservation observation)
    {
        if (observation.Node.Spec.KeysSecretRef is not { } keys)
        {
            return null;
        }

        BeaconNode? older = observation.Siblings
            .Where(sibling => sibling.Spec.KeysSecretRef?.Name == keys.Name && Seniority.IsOlder(sibling, observation.Node))
            .OrderBy(sibling => sibling.Metadata.CreationTimestamp)
            .FirstOrDefault();
        return older is null
            ? null
            : Verdict.No(Reasons.KeysInUse, $"spec.keysSecretRef: {older.Metadata.Name} signs with the keys of {keys.Name} already; two signers of one key are slashed.");
    }

    private static Verdict? SecretsAreUsable(NodeObservation observation) =>
        observation.SecretProblem is { } problem ? Verdict.No(Reasons.ReferenceInvalid, problem) : null;

    private static Verdict? IterationHasBegun(NodeObservation observation) =>
        Iteration(observation) is null ? Verdict.Unknown(Reasons.WaitingForPods, $"Testnet {observation.Node.Spec.Testnet} has not begun an iteration yet.") : null;

    private static string? Image(NodeObservation observation) =>
        observation.Node.Spec.Image is { Length: > 0 } own ? own
        : observation.Testnet?.Status?.Images?.Stable is { Length: > 0 } stable ? stable
        : observation.Testnet?.Spec.Image is { Length: > 0 } common ? common
        : observation.Settings.BeaconImage is { Length: > 0 } general ? general
        : null;

    private static int? Iteration(NodeObservation observation) => observation.Node.Spec.Iteration ?? observation.Testnet?.Status?.Iteration;

    private static BeaconNodeStatus Status(NodeObservation observation, Verdict accepted, DateTimeOffset now)
    {
        BeaconNode node = observation.Node;
        BeaconNodeStatus? stored = node.Status;
        Pod? pod = observation.Pod;
        NodeSnapshot? snapshot = observation.Snapshot is { } seen && seen.PodUid == pod?.Metadata.Uid ? observation.Snapshot : null;
        var verdicts = new Dictionary<string, Verdict>(StringComparer.Ordinal)
        {
            [ConditionTypes.Accepted] = accepted,
            [ConditionTypes.Ready] = Ready(observation, accepted, now),
            [ConditionTypes.Synced] = Synced(node, snapshot),
            [ConditionTypes.Connected] = Connected(observation, snapshot),
        };
        ContainerStatus? beacon = pod?.Status?.ContainerStatuses?.Find(status => status.Name == "beacon");
        return new BeaconNodeStatus
        {
            ObservedGeneration = node.Metadata.Generation,
            Conditions = StatusBuilder.Conditions(ConditionTypes.OfBeaconNode, verdicts, stored?.Conditions, node.Metadata.Generation, now),
            PodName = pod?.Metadata.Name,
            PeerId = observation.PeerId ?? stored?.PeerId,
            Enr = snapshot?.Enr ?? stored?.Enr,
            Head = snapshot?.HeadSlot is { } slot ? new HeadStatus { Slot = slot, Root = snapshot.HeadRoot } : stored?.Head,
            Justified = snapshot?.JustifiedEpoch ?? stored?.Justified,
            Finalized = snapshot?.FinalizedEpoch ?? stored?.Finalized,
            Peers = snapshot?.Peers ?? stored?.Peers,
            SyncDistance = snapshot?.SyncDistance ?? stored?.SyncDistance,
            Version = snapshot?.Version ?? stored?.Version,
            ImageID = beacon?.ImageID is { Length: > 0 } image ? image : stored?.ImageID,
            Validators = KeyCount(node) is { } keys ? new NodeValidators { Active = keys } : null,
            Restarts = pod?.Status?.ContainerStatuses?.Sum(status => status.RestartCount) ?? stored?.Restarts,
            SignFromEpoch = VolumeStep.SignFromEpoch(observation),
            LastSeen = snapshot?.LastSeen is { } last ? DateTimeOffset.FromUnixTimeSeconds(last.ToUnixTimeSeconds()) : stored?.LastSeen,
        };
    }

    private static Verdict Ready(NodeObservation observation, Verdict accepted, DateTimeOffset now) =>
        !accepted.IsTrue ? Verdict.No(Reasons.NotAccepted, accepted.Message)
        : observation.Node.Spec.Suspend ? Verdict.No(Reasons.SuspendRequested, "The node is suspended.")
        : VolumeStep.IsHeld(observation, now) && observation.StatefulSet is not null
            ? Verdict.No(Reasons.VolumeLost, $"The volume {Names.DataClaim(observation.Name)} is gone; another is made once the node has no pod.")
        : PodFacts.IsReady(observation.Pod) ? Verdict.Yes(Reasons.PodReady, "The pod is ready.")
        : Verdict.No(Reasons.PodsNotReady, (PodFacts.Problem(observation.Name, observation.Pod) ?? "The containers run, and the pod is not ready yet") + ".");

    private static Verdict Synced(BeaconNode node, NodeSnapshot? snapshot) =>
        node.Spec.Role == NodeRoles.Bootnode ? Verdict.Unknown(Reasons.NotApplicable, "A bootnode follows no chain.")
        : snapshot is null || !snapshot.IsReachable ? Verdict.Unknown(Reasons.NodeSilent, "The node does not answer.")
        : snapshot.IsSyncing is null ? Verdict.Unknown(Reasons.NodeSilent, "The node waits for its genesis.")
        : snapshot.IsSyncing == true ? Verdict.No(Reasons.CatchingUp, "The node is catching up with its peers.")
        : Verdict.Yes(Reasons.InSync, "The node has what its peers have.");

    private static Verdict Connected(NodeObservation observation, NodeSnapshot? snapshot) =>
        observation.Siblings.IsEmpty ? Verdict.Unknown(Reasons.NotApplicable, "The node is alone in its testnet.")
        : snapshot is null || !snapshot.IsReachable ? Verdict.Unknown(Reasons.NodeSilent, "The node does not answer.")
        : snapshot.Peers is null ? Verdict.Unknown(Reasons.NodeSilent, "The node has not told of a peer yet.")
        : snapshot.Peers == 0 ? Verdict.No(Reasons.NoPeers, "The node has no peer.")
        : Verdict.Yes(Reasons.HasPeers, "The node has peers.");

    private static int? KeyCount(BeaconNode node)
    {
        if (node.Metadata.Annotations?.GetValueOrDefault(Annotations.Keys) is not { } range)
        {
            return null;
        }

        string[] ends = range.Split('-');
        return ends.Length == 2 && int.TryParse(ends[0], out int first) && int.TryParse(ends[1], out int last) ? last - first + 1 : null;
    }
}
