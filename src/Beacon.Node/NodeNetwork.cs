using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Beacon.Chain;
using Beacon.Genesis;
using Beacon.Networking;
using Beacon.Networking.Peers;
using Beacon.Node.Api;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using Libp2p.Crypto;

namespace Beacon.Node;

/// <summary>The node's part of the network as the Beacon API sees it: its identity from the start, its peers once it has joined.</summary>
internal sealed partial class NodeNetwork(Identity identity, NodeOptions options, ILogger<NodeNetwork> logger) : INodeNetwork
{
    private const int AttestationSubnets = (int)PresetLimits.AttestationSubnetCount;

    private readonly string _configured = $"/{(options.ListenAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip4")}/{options.ListenAddress}/tcp/{options.P2pPort}/p2p/{identity.PeerId}";
    private BeaconNetwork? _network;
    private BootnodeNetwork? _bootnode;
    private BeaconChain? _chain;

    /// <inheritdoc/>
    public string PeerId { get; } = identity.PeerId.ToString();

    /// <inheritdoc/>
    public IReadOnlyList<string> P2pAddresses =>
        (Volatile.Read(ref _network)?.Identity.Addresses ?? Volatile.Read(ref _bootnode)?.Addresses) is { Count: > 0 } bound ? [.. bound.Select(static address => address.ToString())] : [_configured];

    /// <inheritdoc/>
    public string Enr => "";

    /// <inheritdoc/>
    public Metadata Metadata => Volatile.Read(ref _network)?.Identity.Metadata ?? new Metadata { SeqNumber = 0, Attnets = Bitvector.Create(AttestationSubnets) };

    /// <inheritdoc/>
    public IReadOnlyList<NodePeerInfo> Peers
    {
        get
        {
            IReadOnlyList<PeerInfo> peers = Volatile.Read(ref _network)?.ListPeers() ?? Volatile.Read(ref _bootnode)?.ListPeers() ?? [];
            return [.. peers.Select(static peer => new NodePeerInfo(
                peer.PeerId.ToString(),
                peer.Address.ToString(),
                peer.State switch
                {
                    PeerState.Connected => "connected",
                    PeerState.Connecting => "connecting",
                    PeerState.Disconnecting => "disconnecting",
                    _ => "disconnected",
                },
                peer.IsOutbound ? "outbound" : "inbound",
                peer.Agent.Length > 0 ? peer.Agent : null))];
        }
    }

    /// <inheritdoc/>
    public void Subscribe(IReadOnlyList<CommitteeSubscription> subscriptions)
    {
        if (Volatile.Read(ref _network) is not { } network || _chain is not { } chain)
        {
            return;
        }

        // Only aggregators need to hear their subnet; a mere attester publishes to it. Duties are known at most one epoch ahead.
        ulong last = chain.Clock.CurrentSlot.Value + (2 * chain.Spec.Preset.SlotsPerEpoch);
        foreach (CommitteeSubscription subscription in subscriptions.Where(subscription => subscription.IsAggregator && subscription.Slot.Value <= last))
        {
            ulong subnet = ValidatorDuties.ComputeSubnetForAttestation(chain.Spec, subscription.CommitteesAtSlot, subscription.Slot, subscription.Committee);
            network.PrepareSubnet((int)subnet, subscription.Slot);
        }
    }

    /// <summary>Joins the network with a chain.</summary>
    /// <exception cref="NodeException">The port cannot be opened.</exception>
    public Joined Join(BeaconChain chain, Network files, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        var network = new BeaconNetwork(chain, OptionsFor(files), identity, new PeersFile(options.PeersFile, InvalidPeersFile), loggers, meters, time);
        Open(network.Start);
        _chain = chain;
        Volatile.Write(ref _network, network);
        return new Joined(network.RunAsync, network);
    }

    /// <summary>Joins the network as a bootnode.</summary>
    /// <exception cref="NodeException">The port cannot be opened.</exception>
    public Joined JoinAsBootnode(Network files, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        var bootnode = new BootnodeNetwork(OptionsFor(files), identity, new PeersFile(options.PeersFile, InvalidPeersFile), loggers, meters, time);
        Open(bootnode.Start);
        Volatile.Write(ref _bootnode, bootnode);
        return new Joined(bootnode.RunAsync, bootnode);
    }

    private NetworkOptions OptionsFor(Network files) => new()
    {
        ProtocolId = files.Manifest.ProtocolId,
        ListenAddress = options.ListenAddress,
        Port = options.P2pPort,
        AgentVersion = BeaconNode.Version,
        Receiver = options.Parts.Receiver,
        Publisher = options.Parts.Publisher,
    };

    private void Open(Action start)
    {
        try
        {
            start();
        }
        catch (SocketException exception)
        {
            throw new NodeException(
                ExitCodes.BadConfiguration,
                $"Port {options.P2pPort} cannot be opened on {options.ListenAddress} ({exception.Message}); choose another by --p2p-port or end the process that has it.",
                exception);
        }
    }

    private void InvalidPeersFile(string reason) => Log.InvalidPeers(logger, options.PeersFile, reason);

    private static partial class Log
    {
        [LoggerMessage(4110, LogLevel.Warning, "The peers file {Path} cannot be used and the peers known before stay: {Reason}")]
        public static partial void InvalidPeers(ILogger logger, string path, string reason);
    }
}

/// <summary>A network that was joined: runs until it is disposed, and says goodbye then.</summary>
internal sealed class Joined : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IAsyncDisposable _network;

    public Joined(Func<CancellationToken, Task> run, IAsyncDisposable network)
    {
        _network = network;
        Running = run(_stop.Token);
    }

    /// <summary>Ends when the network was asked to stop, or fails.</summary>
    public Task Running { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _network.DisposeAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
