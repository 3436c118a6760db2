using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>What a peer said of its chain (the p2p Status).</summary>
public readonly record struct PeerChainStatus(Epoch FinalizedEpoch, Root FinalizedRoot, Slot HeadSlot, Root HeadRoot);

/// <summary>What the chain needs to know of the network. Implemented by networking; a node alone has <see cref="Alone"/>.</summary>
public interface INetworkView
{
    /// <summary>Last Status of every connected peer that shares our chain.</summary>
    IReadOnlyList<PeerChainStatus> Peers { get; }

    /// <summary>A node without peers.</summary>
    static INetworkView Alone { get; } = new NoPeers();

    private sealed class NoPeers : INetworkView
    {
        public IReadOnlyList<PeerChainStatus> Peers => [];
    }
}

/// <summary>What messages from the network are given to, decoded: checks them and says what becomes of them. Implemented by the chain.</summary>
public interface IGossipReceiver
{
    /// <summary>Checks a block of <c>beacon_block</c>; an accepted one is imported in the background.</summary>
    Task<GossipVerdict> OnGossipBlockAsync(SignedBeaconBlock block, CancellationToken cancellationToken);

    /// <summary>Checks an attestation of <c>beacon_attestation_{subnet}</c>.</summary>
    Task<GossipVerdict> OnGossipAttestationAsync(Attestation attestation, int subnet, CancellationToken cancellationToken);

    /// <summary>Checks an aggregate of <c>beacon_aggregate_and_proof</c>.</summary>
    Task<GossipVerdict> OnGossipAggregateAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken);

    /// <summary>Checks an exit of <c>voluntary_exit</c>.</summary>
    GossipVerdict OnGossipVoluntaryExit(SignedVoluntaryExit exit);

    /// <summary>Checks a slashing of <c>proposer_slashing</c>.</summary>
    GossipVerdict OnGossipProposerSlashing(ProposerSlashing slashing);

    /// <summary>Checks a slashing of <c>attester_slashing</c>.</summary>
    GossipVerdict OnGossipAttesterSlashing(AttesterSlashing slashing);
}

/// <summary>Where messages that start at this node go. Implemented by networking; publishing never fails the caller.</summary>
public interface IGossipPublisher
{
    /// <summary>Publishes on <c>beacon_block</c>.</summary>
    ValueTask PublishAsync(SignedBeaconBlock block, CancellationToken cancellationToken);

    /// <summary>Publishes on <c>beacon_attestation_{subnet}</c>.</summary>
    ValueTask PublishAsync(Attestation attestation, int subnet, CancellationToken cancellationToken);

    /// <summary>Publishes on <c>beacon_aggregate_and_proof</c>.</summary>
    ValueTask PublishAsync(SignedAggregateAndProof aggregate, CancellationToken cancellationToken);

    /// <summary>Publishes on <c>voluntary_exit</c>.</summary>
    ValueTask PublishAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken);

    /// <summary>Publishes on <c>proposer_slashing</c>.</summary>
    ValueTask PublishAsync(ProposerSlashing slashing, CancellationToken cancellationToken);

    /// <summary>Publishes on <c>attester_slashing</c>.</summary>
    ValueTask PublishAsync(AttesterSlashing slashing, CancellationToken cancellationToken);
}

/// <summary>How far the node is.</summary>
/// <param name="HeadSlot">Slot of the head.</param>
/// <param name="SyncDistance">Slots between the head and the best head a peer has that we lack, or 0.</param>
/// <param name="IsSyncing">A connected peer is ahead of us with something we lack.</param>
public readonly record struct SyncStatus(Slot HeadSlot, ulong SyncDistance, bool IsSyncing);
