using System.Diagnostics.Metrics;
using Beacon.Chain;
using Beacon.Genesis;
using Beacon.Node.Api;
using Beacon.Types;
using Libp2p.Crypto;

namespace Beacon.Node;

/// <summary>The node's part of the network as the Beacon API sees it: its identity from the start, its peers once it has joined.</summary>
internal sealed class NodeNetwork(Identity identity, NodeOptions options) : INodeNetwork
{
    /// <inheritdoc/>
    public string PeerId { get; } = identity.PeerId.ToString();

    /// <inheritdoc/>
    public IReadOnlyList<string> P2pAddresses { get; } = [$"/ip4/{options.ListenAddress}/tcp/{options.P2pPort}/p2p/{identity.PeerId}"];

    /// <inheritdoc/>
    public string Enr => "";

    /// <inheritdoc/>
    public Metadata Metadata => Metadata.CreateDefault();

    /// <inheritdoc/>
    public IReadOnlyList<NodePeerInfo> Peers => [];

    /// <inheritdoc/>
    public void Subscribe(IReadOnlyList<CommitteeSubscription> subscriptions)
    {
    }

    /// <summary>Joins the network with a chain.</summary>
    public ValueTask<IAsyncDisposable> StartAsync(
        BeaconChain chain, Network files, Identity self, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IAsyncDisposable>(new NotJoined());

    /// <summary>Joins the network as a bootnode.</summary>
    public ValueTask<IAsyncDisposable> StartBootnodeAsync(
        Network files, Identity self, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IAsyncDisposable>(new NotJoined());

    private sealed class NotJoined : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
