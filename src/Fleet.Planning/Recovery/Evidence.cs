namespace Fleet.Planning.Recovery;

/// <summary>What is known well enough to be held against a chain.</summary>
internal static class Evidence
{
    /// <summary>Whether nodes with two thirds of our stake answer, or are known not to start.</summary>
    public static bool IsObserved(ChainHealth health, RecoveryHistory history)
    {
        long known = health.Nodes.Sum(node => node.Answers || IsUnstartable(node, history, health.At) ? (long)node.Keys : 0);
        return !health.Camps.IsEmpty ? known * 3 >= health.OwnKeys * 2L
            : health.Nodes.Any(node => node.Keys > 0) && health.Nodes.All(node => node.Keys == 0 || IsUnstartable(node, history, health.At));
    }

    /// <summary>Whether a node does not run although it was made anew, or must not sign any more. One that runs and is silent proves nothing.</summary>
    public static bool IsUnstartable(NodeHealth node, RecoveryHistory history, DateTimeOffset now) =>
        !node.Answers && (node.Facts.HasLostKeys || (node.Facts.Process != ProcessState.Running && HasFailed(node, history, LadderSteps.Restart, now)));

    /// <summary>Whether a node's votes do not come back: it does not start or stay up, or the others answer and it does not, although it was made anew.</summary>
    public static bool IsLost(NodeHealth node, RecoveryHistory history, DateTimeOffset now) =>
        node.Facts.HasLostKeys || ((!node.Answers || node.State == NodeState.Crashing) && HasFailed(node, history, LadderSteps.Restart, now));

    /// <summary>Whether a step was taken for a node and its time is over.</summary>
    public static bool HasFailed(NodeHealth node, RecoveryHistory history, string kind, DateTimeOffset now) =>
        history.Steps.Any(step => step.Node == node.Name && step.Kind == kind && step.Until <= now);

    /// <summary>Keys of our nodes whose votes are gone for good.</summary>
    public static int LostKeys(RecoveryHistory history) => history.Health!.Nodes.Sum(node => IsLost(node, history, history.At) ? node.Keys : 0);

    /// <summary>Active validators that are not ours and do not vote: what is missing of the votes beyond our own that are missing. The slashed are not absent.</summary>
    public static int AbsentOutside(ChainHealth health)
    {
        if (health.OutsideKeys == 0 || health.IsStandingStill || health.SilentKeys is not { } silent)
        {
            return 0;
        }

        int ours = health.UnwantedKeys + health.Nodes.Sum(node => node.State == NodeState.Up ? 0 : node.Keys);
        return Math.Clamp(silent - ours, 0, health.OutsideKeys);
    }

    /// <summary>Whether the chain would finalize if the user's own spec still ran all nodes that were begun with.</summary>
    public static bool IsUsersChoice(ChainHealth health)
    {
        if (health.UnwantedKeys == 0)
        {
            return false;
        }

        double voting = health.IsStandingStill || health.Participation is null
            ? (double)health.Nodes.Sum(node => node.State == NodeState.Up ? node.Keys : 0) / health.ActiveKeys
            : health.Participation.Value;
        return voting + ((double)health.UnwantedKeys / health.ActiveKeys) >= 2.0 / 3;
    }

    /// <summary>
    /// Whether nodes with most of the keys that answer, at least two, follow a chain that goes past the epoch of a justified block and has justified less: along one
    /// chain justification never goes back, so that chain is without it.
    /// </summary>
    public static bool IsRejected(ChainHealth health, JustifiedBlock block)
    {
        long past = (block.Epoch + 2) * health.Clock.SlotsPerEpoch;
        NodeHealth[] answering = [.. health.Nodes.Where(node => node.IsWitness && node.State != NodeState.Syncing)];
        NodeHealth[] against = [.. answering.Where(node => node.Snapshot!.HeadSlot >= past && node.Snapshot.JustifiedEpoch < block.Epoch)];
        return against.Length > 1 && against.Sum(node => node.Keys) * 2L > answering.Sum(node => node.Keys);
    }
}
