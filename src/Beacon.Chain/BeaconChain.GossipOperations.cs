using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <content>Exits and slashings from gossip and from the Beacon API.</content>
public sealed partial class BeaconChain
{
    /// <summary>Checks a message of topic <c>voluntary_exit</c> and keeps an accepted one for a block.</summary>
    public GossipVerdict OnGossipVoluntaryExit(SignedVoluntaryExit exit) => Count("voluntary_exit", CheckExit(exit));

    /// <summary>Checks a message of topic <c>proposer_slashing</c> and keeps an accepted one for a block.</summary>
    public GossipVerdict OnGossipProposerSlashing(ProposerSlashing slashing) => Count("proposer_slashing", CheckProposerSlashing(slashing));

    /// <summary>Checks a message of topic <c>attester_slashing</c>; an accepted one counts in fork choice at once and is kept for a block.</summary>
    public GossipVerdict OnGossipAttesterSlashing(AttesterSlashing slashing) => Count("attester_slashing", CheckAttesterSlashing(slashing));

    /// <summary>Checks an exit from the Beacon API and publishes it.</summary>
    public async Task<GossipVerdict> PublishAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = CheckExit(exit);
        if (verdict.IsAccepted && _publisher is { } publisher)
        {
            await publisher.PublishAsync(exit, cancellationToken);
        }

        return verdict;
    }

    /// <summary>Checks a slashing from the Beacon API and publishes it.</summary>
    public async Task<GossipVerdict> PublishAsync(ProposerSlashing slashing, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = CheckProposerSlashing(slashing);
        if (verdict.IsAccepted && _publisher is { } publisher)
        {
            await publisher.PublishAsync(slashing, cancellationToken);
        }

        return verdict;
    }

    /// <summary>Checks a slashing from the Beacon API and publishes it.</summary>
    public async Task<GossipVerdict> PublishAsync(AttesterSlashing slashing, CancellationToken cancellationToken)
    {
        GossipVerdict verdict = CheckAttesterSlashing(slashing);
        if (verdict.IsAccepted && _publisher is { } publisher)
        {
            await publisher.PublishAsync(slashing, cancellationToken);
        }

        return verdict;
    }

    private GossipVerdict CheckExit(SignedVoluntaryExit exit)
    {
        if (OperationPool.ContainsExit(exit.Message.ValidatorIndex))
        {
            return GossipVerdict.Ignore("exit_seen");
        }

        if (TryApply(state => BlockProcessing.ProcessVoluntaryExit(state, exit, Individually())) is { } reason)
        {
            // A validator that is leaving already is no offence of the sender: the exit may just have been included.
            return reason == InvalidReason.ExitAlreadyInitiated ? GossipVerdict.Ignore("exit_seen") : GossipVerdict.Reject(reason.ToString());
        }

        if (!OperationPool.Add(exit))
        {
            return GossipVerdict.Ignore("exit_seen");
        }

        Events.Publish(new ChainEvent.ExitAccepted(exit));
        return GossipVerdict.Accept;
    }

    private GossipVerdict CheckProposerSlashing(ProposerSlashing slashing)
    {
        if (OperationPool.ContainsProposerSlashing(slashing.SignedHeader1.Message.ProposerIndex))
        {
            return GossipVerdict.Ignore("slashing_seen");
        }

        if (TryApply(state => BlockProcessing.ProcessProposerSlashing(state, slashing, Individually())) is { } reason)
        {
            return reason == InvalidReason.ProposerSlashingNotSlashable ? GossipVerdict.Ignore("slashing_seen") : GossipVerdict.Reject(reason.ToString());
        }

        if (!OperationPool.Add(slashing))
        {
            return GossipVerdict.Ignore("slashing_seen");
        }

        Events.Publish(new ChainEvent.ProposerSlashingAccepted(slashing));
        return GossipVerdict.Accept;
    }

    private GossipVerdict CheckAttesterSlashing(AttesterSlashing slashing)
    {
        HashSet<ulong> known = OperationPool.AttesterSlashedIndices();
        if (Pools.OperationPool.SlashedBy(slashing).All(known.Contains))
        {
            return GossipVerdict.Ignore("slashing_seen");
        }

        if (TryApply(state => BlockProcessing.ProcessAttesterSlashing(state, slashing, Individually())) is { } reason)
        {
            return reason == InvalidReason.AttesterSlashingNobodySlashed ? GossipVerdict.Ignore("slashing_seen") : GossipVerdict.Reject(reason.ToString());
        }

        lock (_forkChoiceLock)
        {
            ApplyEquivocation(slashing);
        }

        if (!OperationPool.Add(slashing))
        {
            return GossipVerdict.Ignore("slashing_seen");
        }

        Events.Publish(new ChainEvent.AttesterSlashingAccepted(slashing));
        return GossipVerdict.Accept;
    }

    private GossipVerdict Count(string topic, GossipVerdict verdict)
    {
        Metrics.CountGossip(topic, verdict);
        return verdict;
    }

    private static SignatureVerifier Individually() => new(SignatureVerification.Individual);

    /// <summary>Tries an operation on a copy of the head's state, moved to the current epoch; null when it is possible.</summary>
    private InvalidReason? TryApply(Action<CachedBeaconState> operation)
    {
        try
        {
            operation(HeadStateAt(EpochOf(Clock.CurrentSlot)).Clone());
            return null;
        }
        catch (StateTransitionException exception)
        {
            return exception.Reason;
        }
        catch (ArithmeticException)
        {
            return InvalidReason.ArithmeticOverflow;
        }
    }
}
