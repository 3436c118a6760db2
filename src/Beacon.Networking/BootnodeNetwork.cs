using Beacon.Networking.Peers;
using Libp2p.Crypto;
using Libp2p.Hosting;
using Libp2p.Multiformats;
using Microsoft.Extensions.Logging;

namespace Beacon.Networking;

/// <summary>A bootnode: listens, identifies itself with the network's protocol ID and stays connected with listed peers. It has no chain.</summary>
public sealed partial class BootnodeNetwork : IAsyncDisposable
{
    private static readonly TimeSpan IdentifyPatience = TimeSpan.FromSeconds(10);
    private readonly Libp2pHost _host;
    private readonly ProtocolNames _names;
    private readonly Dialler _dialler;
    private readonly PeerScoreBook _scores;
    private readonly ILogger<BootnodeNetwork> _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Makes a bootnode of a network.</summary>
    public BootnodeNetwork(
        NetworkOptions options, Identity identity, IPeerSource peers, ILoggerFactory loggers, System.Diagnostics.Metrics.IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _logger = loggers.CreateLogger<BootnodeNetwork>();
        _names = new ProtocolNames(options.ProtocolId);
        _scores = new PeerScoreBook(time, id => _dialler?.Listed.ContainsKey(id) == true);
        _host = new Libp2pHost(BeaconNetwork.HostOptions(options, _names, id => !_scores.IsAway(id)), identity, loggers, time);
        _dialler = new Dialler(_host, peers, _scores.IsAway, time);
        Metrics = new NetworkMetrics(meters);
        _host.PeerConnected += connection => _ = CheckAsync(connection);
        meters.Create(new System.Diagnostics.Metrics.MeterOptions("Beacon.Networking.Bootnode"))
            .CreateObservableGauge("libp2p_peers", () => _host.Connections.Count, description: "Peers connected.");
    }

    /// <summary>Instruments.</summary>
    public NetworkMetrics Metrics { get; }

    /// <summary>Our peer ID.</summary>
    public PeerId PeerId => _host.LocalPeerId;

    /// <summary>Where we listen, with our peer ID.</summary>
    public IReadOnlyList<Multiaddr> Addresses => _host.ListenAddresses;

    /// <summary>Connected and listed peers.</summary>
    public IReadOnlyList<PeerInfo> ListPeers()
    {
        IReadOnlyDictionary<PeerId, ListedPeer> listed = _dialler.Listed;
        var connected = _host.Connections.ToDictionary(static c => c.PeerId);
        return
        [
            .. connected.Values.Select(c => new PeerInfo(
                c.PeerId, listed.GetValueOrDefault(c.PeerId)?.Name ?? "", c.RemoteAddress, PeerState.Connected, c.IsOutbound, c.Info?.AgentVersion ?? "", false, null, 0)),
            .. listed.Values.Where(p => !connected.ContainsKey(p.PeerId)).Select(static p => new PeerInfo(
                p.PeerId, p.Name, p.Addresses[0], PeerState.Disconnected, true, "", p.IsBootnode, null, 0)),
        ];
    }

    /// <summary>Binds the port and begins to answer.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address is taken or not ours.</exception>
    public void Start()
    {
        _dialler.Refresh();
        _host.Start();
    }

    /// <summary>Dials listed peers until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            await _dialler.RunAsync(linked.Token);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _host.DisposeAsync();
    }

    private async Task CheckAsync(PeerConnection connection)
    {
        try
        {
            Libp2p.Identify.IdentifyInfo? info = await connection.Identified.WaitAsync(IdentifyPatience, _time, _stop.Token);
            bool ours = info is not null && (info.ProtocolVersion == _names.IdentifyVersion || info.Protocols.Contains(_names.Status));
            if (!ours && !connection.Closed.IsCompleted)
            {
                Metrics.CountRefused(RefusalReason.Protocol);
                Log.Refused(_logger, connection.PeerId);
                _scores.KeepAway(connection.PeerId, TimeSpan.FromMinutes(1));
                await _host.DisconnectAsync(connection, "protocol");
            }
        }
        catch (TimeoutException)
        {
            await _host.DisconnectAsync(connection, "no identify");
        }
        catch (OperationCanceledException)
        {
            // We are stopping.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5401, LogLevel.Information, "Peer {PeerId} is of another network and was disconnected", EventName = "BootnodeRefused")]
        public static partial void Refused(ILogger logger, PeerId peerId);
    }
}
