using Beacon.Chain;
using Beacon.Types;

namespace Beacon.Faulty;

/// <summary>Loses a share of the messages in both directions, evenly.</summary>
internal sealed class GossipDrop(Trigger trigger, int percent)
{
    private int _messages;

    public IGossipReceiver Decorate(IGossipReceiver inner) => new Receiver(this, inner);

    public IGossipPublisher Decorate(IGossipPublisher inner) => new Publisher(this, inner);

    /// <summary>Whether the next message is lost. 37 and 100 have no common divisor, so in 100 messages exactly the share is.</summary>
    private bool Drops() => trigger.IsActive && (uint)Interlocked.Increment(ref _messages) * 37 % 100 < percent;

    private sealed class Receiver(GossipDrop drop, IGossipReceiver inner) : IGossipReceiver
    {
        private static readonly GossipVerdict Dropped = GossipVerdict.Ignore("planted");

        public Task<GossipVerdict> OnGossipBlockAsync(SignedBeaconBlock block, CancellationToken cancellationToken) =>
            drop.Drops() ? Task.FromResult(Dropped) : inner.OnGossipBlockAsync(block, cancellationToken);

        public Task<GossipVerdict> OnGossipAttestationAsync(Attestation attestation, int subnet, CancellationToken cancellationToken) =>
            drop.Drops() ? Task.FromResult(Dropped) : inner.OnGossipAttestationAsync(attestation, subnet, cancellationToken);

        public Task<GossipVerdict> OnGossipAggregateAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken) =>
            drop.Drops() ? Task.FromResult(Dropped) : inner.OnGossipAggregateAsync(aggregate, cancellationToken);

        public GossipVerdict OnGossipVoluntaryExit(SignedVoluntaryExit exit) => drop.Drops() ? Dropped : inner.OnGossipVoluntaryExit(exit);

        public GossipVerdict OnGossipProposerSlashing(ProposerSlashing slashing) => drop.Drops() ? Dropped : inner.OnGossipProposerSlashing(slashing);

        public GossipVerdict OnGossipAttesterSlashing(AttesterSlashing slashing) => drop.Drops() ? Dropped : inner.OnGossipAttesterSlashing(slashing);
    }

    private sealed class Publisher(GossipDrop drop, IGossipPublisher inner) : IGossipPublisher
    {
        public ValueTask PublishAsync(SignedBeaconBlock block, CancellationToken cancellationToken) =>
            drop.Drops() ? ValueTask.CompletedTask : inner.PublishAsync(block, cancellationToken);

        public ValueTask PublishAsync(Attestation attestation, int subnet, CancellationToken cancellationToken) =>
            drop.Drops() ? ValueTask.CompletedTask : inner.PublishAsync(attestation, subnet, cancellationToken);

        public ValueTask PublishAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken) =>
            drop.Drops() ? ValueTask.CompletedTask : inner.PublishAsync(aggregate, cancellationToken);

        public ValueTask PublishAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken) =>
            drop.Drops() ? ValueTask.CompletedTask : inner.PublishAsync(exit, cancellationToken);

        public ValueTask PublishAsync(ProposerSlashing slashing, CancellationToken cancellationToken) =>
            drop.Drops() ? ValueTask.CompletedTask : inner.PublishAsync(slashing, cancellationToken);

        public ValueTask PublishAsync(AttesterSlashing slashing, CancellationToken cancellationToken) =>
            drop.Drops() ? ValueTask.CompletedTask : inner.PublishAsync(slashing, cancellationToken);
    }
}
