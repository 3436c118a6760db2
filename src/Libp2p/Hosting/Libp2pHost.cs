using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Libp2p.Crypto;
using Libp2p.Identify;
using Libp2p.Multiformats;
using Libp2p.Multistream;
using Libp2p.Muxing;
using Libp2p.Ping;
using Libp2p.Protobuf;
using Libp2p.Transport;
using Microsoft.Extensions.Logging;

namespace Libp2p.Hosting;

/// <summary>Answers a stream a peer opened. The stream ends when the task does.</summary>
public delegate Task StreamHandler(PeerConnection connection, MuxedStream stream, CancellationToken cancellationToken);

/// <summary>A libp2p node: listens, dials, keeps one connection per peer and dispatches streams by protocol.</summary>
/// <remarks>Thread-safe. Events are raised on the thread that noticed; handlers must not block. Two connections to one peer (both dialled at
/// once) are resolved the same way on both sides: the one dialled by the smaller peer ID stays.</remarks>
public sealed partial class Libp2pHost : IAsyncDisposable
{
    private const string IdentifyProtocol = "/ipfs/id/1.0.0";
    private const string IdentifyPushProtocol = "/ipfs/id/push/1.0.0";
    private const int MaxIdentify = 64 * 1024;

    private readonly Libp2pOptions _options;
    private readonly Identity _identity;
    private readonly TimeProvider _time;
    private readonly ILogger<Libp2pHost> _logger;
    private readonly ConnectionUpgrader _upgrader;
    private readonly TcpTransport _transport;
    private readonly ConcurrentDictionary<string, StreamHandler> _handlers = new(StringComparer.Ordinal);
    private readonly Dictionary<PeerId, PeerConnection> _connections = [];
    private readonly ConcurrentDictionary<PeerId, Task<PeerConnection>> _dials = new();
    private readonly Lock _lock = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly CancellationTokenSource _stop = new();
    private int _pendingInbound;
    private bool _started;

    /// <summary>Makes a host that neither listens nor dials yet.</summary>
    public Libp2pHost(Libp2pOptions options, Identity identity, ILoggerFactory loggerFactory, TimeProvider time)
    {
        _options = options;
        _identity = identity;
        _time = time;
        _logger = loggerFactory.CreateLogger<Libp2pHost>();
        _transport = new TcpTransport(options.Resolver, options.BindAddress);
        _upgrader = new ConnectionUpgrader(options, identity, time);
        _handlers[IdentifyProtocol] = SendIdentifyAsync;
        _handlers[IdentifyPushProtocol] = ReceivePushAsync;
        _handlers[PingProtocol.ProtocolId] = (_, stream, ct) => PingProtocol.HandleAsync(stream, ct);
    }

    /// <summary>A peer is connected (or connected anew, when a connection replaced another).</summary>
    public event Action<PeerConnection>? PeerConnected;

    /// <summary>A connection ended, with the reason.</summary>
    public event Action<PeerConnection, string>? PeerDisconnected;

    /// <summary>A peer broke a protocol on one of its streams, with the reason; its connection ends.</summary>
    public event Action<PeerId, string>? PeerViolated;

    /// <summary>A peer said what it is, for the first time or anew.</summary>
    public event Action<PeerConnection>? PeerIdentified;

    /// <summary>Our peer ID.</summary>
    public PeerId LocalPeerId => _identity.PeerId;

    /// <summary>Addresses listened on, with the peer ID; announced ones where configured.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses { get; private set; } = [];

    /// <summary>Protocols answered here.</summary>
    public IReadOnlyCollection<string> Protocols => [.. _handlers.Keys];

    /// <summary>Present connections.</summary>
    public IReadOnlyList<PeerConnection> Connections
    {
        get
        {
            lock (_lock)
            {
                return [.. _connections.Values];
            }
        }
    }

    /// <summary>Answers streams of <paramref name="protocolId"/> from now on; connected peers are told.</summary>
    public void Handle(string protocolId, StreamHandler handler)
    {
        bool known = _handlers.ContainsKey(protocolId);
        _handlers[protocolId] = handler;
        if (_started && !known)
        {
            _ = PushIdentifyAsync();
        }
    }

    /// <summary>Opens the listening sockets.</summary>
    /// <exception cref="SocketException">An address is taken or not ours.</exception>
    public void Start()
    {
        var bound = new List<IPEndPoint>();
        foreach (IPEndPoint endPoint in _options.Listen)
        {
            Socket listener = TcpTransport.Listen(endPoint);
            _listeners.Add(listener);
            bound.Add((IPEndPoint)listener.LocalEndPoint!);
        }

        IEnumerable<Multiaddr> addresses = _options.Announce.Count > 0 ? _options.Announce : bound.Select(Multiaddr.FromEndPoint);
        ListenAddresses = [.. addresses.Select(a => a.WithPeerId(LocalPeerId))];
        _started = true;
        foreach (Socket listener in _listeners)
        {
            _accepting.Add(AcceptAsync(listener));
        }
    }

    /// <summary>The connection to <paramref name="peerId"/>, if there is one.</summary>
    public PeerConnection? Find(PeerId peerId)
    {
        lock (_lock)
        {
            return _connections.GetValueOrDefault(peerId);
        }
    }

    /// <summary>Connects to the peer named at the end of <paramref name="address"/>; an existing connection or dial is shared.</summary>
    /// <exception cref="FormatException">The address has no peer ID or no TCP port.</exception>
    /// <exception cref="IOException">No connection came about; the message says why.</exception>
    public async Task<PeerConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        PeerId peerId = address.PeerId ?? throw new FormatException($"{address} does not end with /p2p/…");
        if (peerId == LocalPeerId)
        {
            throw new IOException("a host does not dial itself");
        }

        if (Find(peerId) is { } existing)
        {
            return existing;
        }

        Task<PeerConnection> dial = _dials.GetOrAdd(peerId, static (_, state) => Task.Run(() => state.Host.DialCoreAsync(state.Address)), (Host: this, Address: address));
        try
        {
            return await dial.WaitAsync(cancellationToken);
        }
        finally
        {
            if (dial.IsCompleted)
            {
                _dials.TryRemove(new KeyValuePair<PeerId, Task<PeerConnection>>(peerId, dial));
            }
        }
    }

    /// <summary>Opens a stream to a connected peer for the first of <paramref name="protocolIds"/> it speaks.</summary>
    /// <exception cref="IOException">Not connected, or the connection broke.</exception>
    /// <exception cref="NotSupportedException">The peer speaks none of them.</exception>
    public Task<MuxedStream> OpenStreamAsync(PeerId peerId, IReadOnlyList<string> protocolIds, CancellationToken cancellationToken) =>
        (Find(peerId) ?? throw new IOException($"not connected to {peerId}")).OpenStreamAsync(protocolIds, cancellationToken);

    /// <summary>Round-trip time to a connected peer.</summary>
    public async Task<TimeSpan> PingAsync(PeerId peerId, CancellationToken cancellationToken)
    {
        await using MuxedStream stream = await OpenStreamAsync(peerId, [PingProtocol.ProtocolId], cancellationToken);
        return await PingProtocol.PingAsync(stream, _time, cancellationToken);
    }

    /// <summary>Ends the connection to a peer, if there is one.</summary>
    public async Task DisconnectAsync(PeerId peerId, string reason)
    {
        if (Find(peerId) is { } connection)
        {
            await connection.CloseAsync(reason);
        }
    }

    /// <summary>Ends <paramref name="connection"/>, which may have been replaced by another meanwhile.</summary>
    public Task DisconnectAsync(PeerConnection connection, string reason) => connection.CloseAsync(reason);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }

        await Task.WhenAll(Connections.Select(static c => c.CloseAsync("shutting down")));
        await Task.WhenAll(_accepting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<PeerConnection> DialCoreAsync(Multiaddr address)
    {
        using var limit = new CancellationTokenSource(_options.HandshakeTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        TcpConnection? tcp = null;
        try
        {
            tcp = await _transport.DialAsync(address, linked.Token);
            PeerConnection connection = await _upgrader.DialAsync(tcp, address, HandleStreamAsync, linked.Token);
            return await RegisterAsync(connection) ?? throw new IOException($"the connection to {address.PeerId} was given up for another one");
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or ProtocolViolationException or NotSupportedException)
        {
            tcp?.Abort();
            string cause = e is OperationCanceledException && !_stop.IsCancellationRequested ? $"no answer within {_options.HandshakeTimeout.TotalSeconds:F0} s" : e.Message;
            Log.DialFailed(_logger, address, cause);
            throw new IOException($"dialling {address} failed: {cause}", e);
        }
        finally
        {
            _dials.TryRemove(address.PeerId!, out _);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or a connection that was gone before it was taken: the listener itself lives on.
                Log.AcceptFailed(_logger, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time, CancellationToken.None);
                continue;
            }

            _ = Task.Run(() => UpgradeInboundAsync(socket));
        }
    }

    private string? Refuse(Socket socket)
    {
        if (Volatile.Read(ref _pendingInbound) > _options.MaxPendingInbound)
        {
            return "too many handshakes are pending";
        }

        IPAddress? address = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        lock (_lock)
        {
            if (_connections.Count >= _options.MaxConnections)
            {
                return "too many connections";
            }

            return _connections.Values.Count(c => c.RemoteEndPoint.Address.Equals(address)) >= _options.MaxConnectionsPerAddress
                ? "too many connections from this address"
                : null;
        }
    }

    private async Task UpgradeInboundAsync(Socket socket)
    {
        TcpConnection? tcp = null;
        Interlocked.Increment(ref _pendingInbound);
        try
        {
            if (Refuse(socket) is { } reason)
            {
                Log.InboundRefused(_logger, socket.RemoteEndPoint, reason);
                socket.Dispose();
                return;
            }

            using var limit = new CancellationTokenSource(_options.HandshakeTimeout, _time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
            tcp = new TcpConnection(socket);
            PeerConnection connection = await _upgrader.ListenAsync(tcp, HandleStreamAsync, linked.Token);
            await RegisterAsync(connection);
        }
        catch (Exception e)
        {
            // Whatever a stranger sends ends at most his own connection.
            Log.HandshakeFailed(_logger, tcp?.RemoteEndPoint, e.Message);
            tcp?.Abort();
            socket.Dispose();
        }
        finally
        {
            Interlocked.Decrement(ref _pendingInbound);
        }
    }

    /// <summary>Enters a connection into the table; returns the one that is to be used, or null when none is.</summary>
    private async Task<PeerConnection?> RegisterAsync(PeerConnection connection)
    {
        if (_stop.IsCancellationRequested || connection.PeerId == LocalPeerId || _options.Gate?.Invoke(connection.PeerId) == false)
        {
            await connection.CloseAsync("refused");
            return null;
        }

        PeerConnection? replaced = null;
        lock (_lock)
        {
            if (_connections.TryGetValue(connection.PeerId, out PeerConnection? existing) && !existing.Closed.IsCompleted)
            {
                if (KeepExisting(existing, connection))
                {
                    _ = connection.CloseAsync("another connection to this peer exists");
                    return existing;
                }

                replaced = existing;
            }

            _connections[connection.PeerId] = connection;
        }

        if (replaced is not null)
        {
            Log.Replaced(_logger, connection.PeerId);
            PeerDisconnected?.Invoke(replaced, "replaced by another connection");
            _ = replaced.CloseAsync("replaced by another connection");
        }

        Log.Connected(_logger, connection.PeerId, connection.RemoteAddress, connection.IsOutbound, connection.Muxer);
        PeerConnected?.Invoke(connection);
        connection.Session.Start();
        _ = WatchAsync(connection);
        _ = RequestIdentifyAsync(connection);
        return connection;
    }

    private bool KeepExisting(PeerConnection existing, PeerConnection incoming)
    {
        if (existing.IsOutbound == incoming.IsOutbound || _time.GetElapsedTime(existing.EstablishedTimestamp) > _options.SimultaneousDialWindow)
        {
            // The peer dials although we think it connected: it has lost the old connection.
            return false;
        }

        bool oursIsSmaller = LocalPeerId.CompareTo(existing.PeerId) < 0;
        return existing.IsOutbound == oursIsSmaller;
    }

    private async Task WatchAsync(PeerConnection connection)
    {
        string reason = await connection.Closed;
        bool current;
        lock (_lock)
        {
            current = _connections.TryGetValue(connection.PeerId, out PeerConnection? entry) && ReferenceEquals(entry, connection);
            if (current)
            {
                _connections.Remove(connection.PeerId);
            }
        }

        await connection.CloseAsync(reason);
        if (current)
        {
            Log.Disconnected(_logger, connection.PeerId, reason);
            PeerDisconnected?.Invoke(connection, reason);
        }
    }

    private async Task HandleStreamAsync(PeerConnection connection, MuxedStream stream)
    {
        try
        {
            string? protocol;
            using (var limit = new CancellationTokenSource(_options.NegotiationTimeout, _time))
            {
                protocol = await MultistreamSelect.ListenAsync(stream, _handlers.ContainsKey, () => _handlers.Keys, limit.Token);
            }

            if (protocol is not null && _handlers.TryGetValue(protocol, out StreamHandler? handler))
            {
                stream.Protocol = protocol;
                await handler(connection, stream, _stop.Token);
            }

            await stream.DisposeAsync();
        }
        catch (ProtocolViolationException e)
        {
            stream.Reset();
            Log.ProtocolViolation(_logger, connection.PeerId, stream.Protocol, e.Message);
            PeerViolated?.Invoke(connection.PeerId, e.Message);
            await connection.CloseAsync(e.Message);
        }
        catch (Exception e)
        {
            stream.Reset();
            Log.StreamFailed(_logger, connection.PeerId, stream.Protocol, e.Message);
        }
    }

    private IdentifyInfo Describe(PeerConnection connection) => new()
    {
        ProtocolVersion = _options.ProtocolVersion,
        AgentVersion = _options.AgentVersion,
        PublicKey = _identity.PublicKey,
        ListenAddresses = ListenAddresses,
        ObservedAddress = Multiaddr.FromEndPoint(connection.RemoteEndPoint),
        Protocols = _handlers.Keys.ToHashSet(StringComparer.Ordinal),
    };

    private async Task SendIdentifyAsync(PeerConnection connection, MuxedStream stream, CancellationToken cancellationToken) =>
        await LengthPrefixed.WriteAsync(stream.Output, Describe(connection).Encode(), cancellationToken);

    private async Task ReceivePushAsync(PeerConnection connection, MuxedStream stream, CancellationToken cancellationToken)
    {
        if (await LengthPrefixed.ReadAsync(stream.Input, MaxIdentify, cancellationToken) is { } message)
        {
            connection.SetInfo(IdentifyInfo.Decode(message, connection.Info));
            PeerIdentified?.Invoke(connection);
        }
    }

    private async Task RequestIdentifyAsync(PeerConnection connection)
    {
        IdentifyInfo? info = null;
        try
        {
            using var limit = new CancellationTokenSource(_options.NegotiationTimeout, _time);
            await using MuxedStream stream = await connection.OpenStreamAsync([IdentifyProtocol], limit.Token);
            await stream.Output.CompleteAsync();
            byte[]? message = await LengthPrefixed.ReadAsync(stream.Input, MaxIdentify, limit.Token);
            info = message is null ? null : IdentifyInfo.Decode(message);
        }
        catch (Exception e) when (e is IOException or ProtocolViolationException or OperationCanceledException or NotSupportedException or InvalidOperationException)
        {
            Log.IdentifyFailed(_logger, connection.PeerId, e.Message);
        }

        connection.SetInfo(info);
        if (info is not null && !connection.Closed.IsCompleted)
        {
            PeerIdentified?.Invoke(connection);
        }
    }

    private async Task PushIdentifyAsync()
    {
        foreach (PeerConnection connection in Connections)
        {
            if (connection.Info?.Protocols.Contains(IdentifyPushProtocol) != true)
            {
                continue;
            }

            try
            {
                using var limit = new CancellationTokenSource(_options.NegotiationTimeout, _time);
                await using MuxedStream stream = await connection.OpenStreamAsync([IdentifyPushProtocol], limit.Token);
                await LengthPrefixed.WriteAsync(stream.Output, Describe(connection).Encode(), limit.Token);
            }
            catch (Exception e) when (e is IOException or ProtocolViolationException or OperationCanceledException or NotSupportedException)
            {
                Log.IdentifyFailed(_logger, connection.PeerId, e.Message);
            }
        }
    }
}
