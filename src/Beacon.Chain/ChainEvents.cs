using System.Threading.Channels;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>Something that happened to the chain.</summary>
public abstract record ChainEvent
{
    private ChainEvent()
    {
    }

    /// <summary>A block was imported.</summary>
    public sealed record Block(Slot Slot, Root Root) : ChainEvent;

    /// <summary>A block passed the checks of its gossip topic.</summary>
    public sealed record BlockAccepted(Slot Slot, Root Root) : ChainEvent;

    /// <summary>The head changed.</summary>
    /// <param name="Slot">Slot of the head block.</param>
    /// <param name="Root">Root of the head block.</param>
    /// <param name="StateRoot">Root of the state after it.</param>
    /// <param name="EpochTransition">Whether it is the first head of its epoch.</param>
    /// <param name="PreviousDutyDependentRoot">Block that decides the attester duties of the head's epoch.</param>
    /// <param name="CurrentDutyDependentRoot">Block that decides the attester duties of the epoch after it.</param>
    public sealed record Head(
        Slot Slot, Root Root, Root StateRoot, bool EpochTransition, Root PreviousDutyDependentRoot, Root CurrentDutyDependentRoot) : ChainEvent;

    /// <summary>The head moved to a block that does not descend from the old head.</summary>
    /// <param name="Slot">Slot of the new head.</param>
    /// <param name="Depth">Slots between the common ancestor and the old head.</param>
    public sealed record Reorg(Slot Slot, ulong Depth, Root OldHead, Root NewHead, Root OldState, Root NewState, Epoch Epoch) : ChainEvent;

    /// <summary>A checkpoint was finalized.</summary>
    public sealed record Finalized(Checkpoint Checkpoint, Root StateRoot) : ChainEvent;

    /// <summary>An attestation was accepted.</summary>
    public sealed record AttestationAccepted(Attestation Attestation) : ChainEvent;

    /// <summary>A voluntary exit was accepted.</summary>
    public sealed record ExitAccepted(SignedVoluntaryExit Exit) : ChainEvent;

    /// <summary>A proposer slashing was accepted.</summary>
    public sealed record ProposerSlashingAccepted(ProposerSlashing Slashing) : ChainEvent;

    /// <summary>An attester slashing was accepted.</summary>
    public sealed record AttesterSlashingAccepted(AttesterSlashing Slashing) : ChainEvent;
}

/// <summary>Sends every event to every subscriber. A subscriber that is too slow loses its oldest events.</summary>
public sealed class ChainEvents
{
    /// <summary>Events a subscriber may be behind.</summary>
    public const int Capacity = 512;

    private readonly Lock _lock = new();
    private Subscription[] _subscriptions = [];

    /// <summary>Starts to receive events; dispose the subscription to end it.</summary>
    public Subscription Subscribe()
    {
        var subscription = new Subscription(this);
        lock (_lock)
        {
            _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

    internal void Publish(ChainEvent happened)
    {
        foreach (Subscription subscription in Volatile.Read(ref _subscriptions))
        {
            subscription.Write(happened);
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
        }
    }

    /// <summary>One receiver of events.</summary>
    public sealed class Subscription : IDisposable
    {
        private readonly ChainEvents _owner;
        private readonly Channel<ChainEvent> _channel = Channel.CreateBounded<ChainEvent>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        internal Subscription(ChainEvents owner) => _owner = owner;

        /// <summary>The events in their order.</summary>
        public ChannelReader<ChainEvent> Reader => _channel.Reader;

        /// <inheritdoc/>
        public void Dispose()
        {
            _owner.Remove(this);
            _channel.Writer.TryComplete();
        }

        internal void Write(ChainEvent happened) => _channel.Writer.TryWrite(happened);
    }
}
