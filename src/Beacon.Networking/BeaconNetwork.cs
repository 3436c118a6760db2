using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Beacon.Chain;
using Beacon.Networking.Gossip;
using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Beacon.Networking.Sync;
using Beacon.Types;
using Libp2p.Crypto;
using Libp2p.Gossipsub;
using Libp2p.Hosting;
using Libp2p.Multiformats;
using Microsoft.Extensions.Logging;

namespace Beacon.Networking;

/// <summary>The network side of a beacon node: peers, gossip, requests and sync for one chain.</summary>
/// <remarks>Make it, <see cref="Start"/> it (binds the port), then await <see cref="RunAsync"/>. Attaches itself to the chain.
/// Thread-safe.</remarks>
public sealed partial class BeaconNetwork : INetworkView, IGossipPublisher, IAsyncDisposable
{
    private readonly BeaconChain _chain;
    private readonly IGossipReceiver _receiver;
    private readonly NetworkOptions _options;
    private readonly ProtocolNames _names;
    private readonly Libp2pHost _host;
    private readonly GossipsubRouter _gossip;
    private readonly GossipTopics _topics;
    private readonly RequestClient _client;
    private readonly RateLimiter _limiter;
    private readonly PeerScoreBook _scores;
    private readonly Dialler _dialler;
    private readonly RangeSync _rangeSync;
    private readonly ParentFetcher _parents;
    private readonly TimeProvider _time;
    private readonly ILogger<BeaconNetwork> _logger;
    private readonly ConcurrentDictionary<PeerId, PeerSession> _sessions = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Makes the network of a chain.</summary>
    public BeaconNetwork(
        BeaconChain chain, NetworkOptions options, Identity identity, IPeerSource peers, ILoggerFactory loggers, IMeterFactory meters, TimeProvider time)
    {
        _chain = chain;
        _receiver = options.Receiver(chain);
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger<BeaconNetwork>();
        _names = new ProtocolNames(options.ProtocolId);
        _topics = new GossipTopics(chain.ForkDigest);
        _limiter = new RateLimiter(time);
        Metrics = new NetworkMetrics(meters);
        _scores = new PeerScoreBook(time, IsListed);
        _host = new Libp2pHost(HostOptions(options, _names, id => !_scores.IsAway(id)), identity, loggers, time);
        _client = new RequestClient(_names, chain.Spec.Config, Metrics, time);
        _gossip = new GossipsubRouter(_host, GossipOptions(chain.Spec, _names), loggers, time);
        _dialler = new Dialler(_host, peers, _scores.IsAway, time);
        _rangeSync = new RangeSync(chain, this, loggers.CreateLogger<RangeSync>(), time, options.SyncBatchSlots);
        _parents = new ParentFetcher(chain, this);
        _metadata = new Metadata { SeqNumber = 0, Attnets = Ssz.Bitvector.Create((int)chain.Spec.Config.AttestationSubnetCount) };
        _host.PeerConnected += OnConnected;
        _host.PeerDisconnected += OnDisconnected;
        _host.PeerViolated += (peer, why) => Blame(peer, PeerOffence.Serious, why);
        _gossip.Validated += OnValidated;
        HandleRequests();
        chain.Attach(this, options.Publisher(this));
        Metrics.Observe(this);
    }

    /// <summary>Instruments.</summary>
    public NetworkMetrics Metrics { get; }

    /// <summary>Last Status of every connected peer on our chain.</summary>
    public IReadOnlyList<PeerChainStatus> Peers =>
        [.. GoodSessions().Select(static s => s.Status).OfType<Status>().Select(static s => new PeerChainStatus(s.FinalizedEpoch, s.FinalizedRoot, s.HeadSlot, s.HeadRoot))];

    /// <summary>This node as the Beacon API shows it.</summary>
    public NetworkIdentity Identity => new(_host.LocalPeerId, _host.ListenAddresses, Volatile.Read(ref _metadata));

    /// <summary>Connected peers that share our chain.</summary>
    public int PeerCount => _sessions.Values.Count(static s => s.IsGood);

    /// <summary>Whether range sync is at work.</summary>
    public bool IsRangeSyncing => _rangeSync.IsRunning;

    /// <summary>Binds the port and begins to answer.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address is taken or not ours.</exception>
    public void Start()
    {
        _dialler.Refresh();
        SubscribeTopics();
        _host.Start();
        _gossip.Start();
        Log.Listening(_logger, _host.ListenAddresses.Count > 0 ? _host.ListenAddresses[0] : null, _names.ProtocolId);
    }

    /// <summary>Dials, syncs and keeps subnets until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        Task[] loops =
        [
            Task.Run(() => _dialler.RunAsync(linked.Token), CancellationToken.None),
            Task.Run(() => _rangeSync.RunAsync(linked.Token), CancellationToken.None),
            Task.Run(() => _parents.RunAsync(linked.Token), CancellationToken.None),
            Task.Run(() => KeepSubnetsAsync(linked.Token), CancellationToken.None),
        ];
        try
        {
            await await Task.WhenAny(loops);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || _stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await linked.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Peers: connected ones, and listed ones that are not.</summary>
    public IReadOnlyList<PeerInfo> ListPeers()
    {
        IReadOnlyDictionary<PeerId, ListedPeer> listed = _dialler.Listed;
        var peers = new List<PeerInfo>();
        foreach (PeerSession session in _sessions.Values)
        {
            peers.Add(new PeerInfo(
                session.PeerId,
                listed.GetValueOrDefault(session.PeerId)?.Name ?? "",
                session.Connection.RemoteAddress,
                session.IsGood || session.IsBootnode ? PeerState.Connected : PeerState.Connecting,
                session.Connection.IsOutbound,
                session.Connection.Info?.AgentVersion ?? "",
                session.IsBootnode,
                session.Status,
                _scores.Score(session.PeerId)));
        }

        foreach (ListedPeer peer in listed.Values)
        {
            if (!_sessions.ContainsKey(peer.PeerId))
            {
                peers.Add(new PeerInfo(peer.PeerId, peer.Name, peer.Addresses[0], PeerState.Disconnected, true, "", peer.IsBootnode, null, _scores.Score(peer.PeerId)));
            }
        }

        return peers;
    }

    /// <summary>Numbers of peers by state.</summary>
    public PeerCounts CountPeers()
    {
        ILookup<PeerState, PeerInfo> byState = ListPeers().ToLookup(static p => p.State);
        return new PeerCounts(byState[PeerState.Disconnected].Count(), byState[PeerState.Connecting].Count(), byState[PeerState.Connected].Count(), byState[PeerState.Disconnecting].Count());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(GoodSessions().Select(s => _client.GoodbyeAsync(s.Connection, GoodbyeShutdown, CancellationToken.None)));
        await _gossip.DisposeAsync();
        await _host.DisposeAsync();
    }

    internal IEnumerable<PeerSession> GoodSessions() => _sessions.Values.Where(static s => s.IsGood && !s.Connection.Closed.IsCompleted);

    internal RequestClient Client => _client;

    internal bool IsListed(PeerId peer) => _dialler.Listed.ContainsKey(peer);

    internal IEnumerable<Measurement<int>> MeshSizes() =>
        _gossip.Topics.Select(t => new Measurement<int>(_gossip.MeshPeers(t).Count, new KeyValuePair<string, object?>("topic", ShortName(t))));

    internal static Libp2pOptions HostOptions(NetworkOptions options, ProtocolNames names, Func<PeerId, bool> gate)
    {
        var host = new Libp2pOptions
        {
            Listen = [new IPEndPoint(options.ListenAddress, options.Port)],
            BindAddress = options.ListenAddress.Equals(IPAddress.Any) || options.ListenAddress.Equals(IPAddress.IPv6Any) ? null : options.ListenAddress,
            Announce = options.Announce,
            ProtocolVersion = names.IdentifyVersion,
            AgentVersion = options.AgentVersion,
            MaxConnections = options.MaxConnections,
            MaxConnectionsPerAddress = options.MaxConnections,
            Gate = gate,
        };
        host = options.Resolver is null ? host : host with { Resolver = options.Resolver };
        return options.Muxers is null ? host : host with { Muxers = options.Muxers };
    }

    private static GossipsubOptions GossipOptions(ChainSpec spec, ProtocolNames names)
    {
        var ids = new MessageIds(spec.Config);
        TimeSpan slot = spec.Config.SlotDuration;
        TimeSpan epoch = slot * spec.Preset.SlotsPerEpoch;
        int maxMessage = checked((int)spec.Config.MaxPayloadSize);
        return new GossipsubOptions
        {
            ProtocolIds = names.Gossip,
            MessageId = ids.Compute,
            RequireAdmission = true,
            Heartbeat = slot < TimeSpan.FromMilliseconds(700) ? slot : TimeSpan.FromMilliseconds(700),
            SeenTtl = epoch * 2,
            MaxMessageBytes = maxMessage + (maxMessage / 6) + 1024,
            MaxRpcBytes = maxMessage + (maxMessage / 6) + (1 << 20),
            Score = ScoreOptions(slot, epoch),
        };
    }

    /// <summary>Scores by topic weights of the specification's reference; P3 stays off: a small net has too few messages to judge silence.</summary>
    private static PeerScoreOptions ScoreOptions(TimeSpan slot, TimeSpan epoch)
    {
        double Decay(TimeSpan time) => Math.Pow(0.01, slot / time);
        TopicScoreOptions Options(double weight, double firstWeight, double firstCap) => new()
        {
            TopicWeight = weight,
            TimeInMeshQuantum = slot,
            FirstDeliveriesWeight = firstWeight,
            FirstDeliveriesCap = firstCap,
            FirstDeliveriesDecay = Decay(epoch * 20),
            InvalidDecay = Decay(epoch * 50),
            InvalidWeight = -140 / weight / 20,
        };
        TopicScoreOptions block = Options(0.5, 1, 23);
        TopicScoreOptions aggregate = Options(0.5, 0.33, 179);
        TopicScoreOptions operation = Options(0.05, 1.8, 127);
        TopicScoreOptions attestation = Options(1.0 / 64, 0.95, 24);
        return new PeerScoreOptions
        {
            DecayInterval = slot,
            Topic = topic => ShortName(topic) switch
            {
                "beacon_block" => block,
                "beacon_aggregate_and_proof" => aggregate,
                "voluntary_exit" or "proposer_slashing" or "attester_slashing" => operation,
                _ => attestation,
            },
        };
    }

    private static string ShortName(string topic)
    {
        string[] parts = topic.Split('/');
        string name = parts.Length == 5 ? parts[3] : topic;
        return name.StartsWith("beacon_attestation_", StringComparison.Ordinal) ? "beacon_attestation" : name;
    }
}
