using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain.Tests;

public sealed class SyncStatusTests
{
    private static readonly Root Unknown = new([.. Enumerable.Repeat((byte)9, 32)]);

    [Fact]
    public async Task Only_a_peer_ahead_with_something_we_lack_makes_us_unsynced()
    {
        await using ChainHarness harness = ChainHarness.Start();
        await harness.RunSlotsAsync(1, 2);
        harness.MoveTo(200);
        Assert.False(harness.Chain.SyncStatus.IsSyncing);

        var view = new FixedView();
        harness.Chain.Attach(view, new NoPublisher());
        ChainHead head = harness.Chain.Head;
        Assert.False(IsSyncing(new PeerChainStatus(new Epoch(0), Root.Zero, head.Slot, head.Root)));
        Assert.False(IsSyncing(new PeerChainStatus(new Epoch(0), Root.Zero, new Slot(3), Unknown)));
        Assert.False(IsSyncing(new PeerChainStatus(new Epoch(0), Root.Zero, new Slot(9), head.Root)));
        Assert.True(IsSyncing(new PeerChainStatus(new Epoch(0), Root.Zero, new Slot(9), Unknown)));
        Assert.True(IsSyncing(new PeerChainStatus(new Epoch(1), Unknown, new Slot(9), Unknown)));
        Assert.Equal(7UL, harness.Chain.SyncStatus.SyncDistance);

        bool IsSyncing(PeerChainStatus peer)
        {
            view.Peers = [peer];
            return harness.Chain.SyncStatus.IsSyncing;
        }
    }

    private sealed class FixedView : INetworkView
    {
        public IReadOnlyList<PeerChainStatus> Peers { get; set; } = [];
    }

    private sealed class NoPublisher : IGossipPublisher
    {
        public ValueTask PublishAsync(SignedBeaconBlock block, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(Attestation attestation, int subnet, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(ProposerSlashing slashing, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(AttesterSlashing slashing, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
