using Libp2p.Hosting;
using Libp2p.Multiformats;
using Libp2p.Muxing;
using Libp2p.Protobuf;
using Microsoft.Extensions.Logging;

namespace Libp2p.Gossipsub;

/// <summary>gossipsub 1.1 over a host: topics, meshes, gossip and scores.</summary>
/// <remarks>One lock guards all state; nothing waits while it is held. Validators run outside it, a bounded number at once.
/// Messages are unsigned (StrictNoSign); peer exchange is off.</remarks>
public sealed partial class GossipsubRouter : IAsyncDisposable
{
    private readonly Libp2pHost _host;
    private readonly GossipsubOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<GossipsubRouter> _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<PeerId, GossipPeer> _peers = [];
    private readonly Dictionary<string, GossipValidator> _validators = [];
    private readonly Dictionary<string, HashSet<PeerId>> _mesh = [];
    private readonly Dictionary<string, Fanout> _fanout = [];
    private readonly Dictionary<(PeerId Peer, string Topic), long> _backoff = [];
    private readonly MessageCache _cache;
    private readonly SeenMessages _seen;
    private readonly PeerScores _scores;
    private readonly SemaphoreSlim _validations;
    private readonly CancellationTokenSource _stop = new();
    private Task _heartbeat = Task.CompletedTask;

    /// <summary>Makes a router and answers its protocols on <paramref name="host"/>. Call <see cref="Start"/> after that.</summary>
    public GossipsubRouter(Libp2pHost host, GossipsubOptions options, ILoggerFactory loggerFactory, TimeProvider time)
    {
        _host = host;
        _options = options;
        _time = time;
        _logger = loggerFactory.CreateLogger<GossipsubRouter>();
        _cache = new MessageCache(options.HistoryLength, options.HistoryGossip);
        _seen = new SeenMessages(options.SeenTtl, options.MaxSeen, time);
        _scores = new PeerScores(options.Score, time);
        _validations = new SemaphoreSlim(options.MaxConcurrentValidations, options.MaxConcurrentValidations);
        host.PeerConnected += OnConnected;
        host.PeerDisconnected += OnDisconnected;
        foreach (string protocol in options.ProtocolIds)
        {
            host.Handle(protocol, ReadAsync);
        }
    }

    /// <summary>A message was validated: its topic, its sender, the result.</summary>
    public event Action<GossipMessage, ValidationResult>? Validated;

    /// <summary>Topics subscribed.</summary>
    public IReadOnlyList<string> Topics
    {
        get
        {
            lock (_lock)
            {
                return [.. _mesh.Keys];
            }
        }
    }

    /// <summary>Starts the heartbeat.</summary>
    public void Start() => _heartbeat = HeartbeatLoopAsync(_stop.Token);

    /// <summary>Lets a connected peer take part.</summary>
    public void Admit(PeerId peerId)
    {
        GossipPeer? peer;
        lock (_lock)
        {
            peer = _peers.GetValueOrDefault(peerId);
        }

        if (peer is not null)
        {
            AdmitCore(peer);
        }
    }

    /// <summary>Subscribes a topic; its messages go to <paramref name="validator"/> and on to the mesh when it accepts them.</summary>
    public void Subscribe(string topic, GossipValidator validator)
    {
        lock (_lock)
        {
            _validators[topic] = validator;
            if (!_mesh.TryAdd(topic, []))
            {
                return;
            }

            byte[] announcement = RpcWriter.Subscriptions([(true, topic)]);
            foreach (GossipPeer peer in _peers.Values)
            {
                if (peer.Admitted)
                {
                    peer.Send(announcement);
                }
            }

            IEnumerable<PeerId> first = _fanout.Remove(topic, out Fanout? fanout) ? fanout.Peers : [];
            var grafts = new MeshChanges();
            foreach (PeerId id in first.Concat(Candidates(topic).Select(static p => p.Id)).Distinct().Take(_options.D).ToList())
            {
                if (_peers.TryGetValue(id, out GossipPeer? peer) && peer.Topics.Contains(topic))
                {
                    Graft(peer, topic, grafts);
                }
            }

            Send(grafts);
        }
    }

    /// <summary>Leaves a topic.</summary>
    public void Unsubscribe(string topic)
    {
        lock (_lock)
        {
            _validators.Remove(topic);
            if (!_mesh.Remove(topic, out HashSet<PeerId>? members))
            {
                return;
            }

            byte[] announcement = RpcWriter.Subscriptions([(false, topic)]);
            foreach (GossipPeer peer in _peers.Values)
            {
                if (peer.Admitted)
                {
                    peer.Send(announcement);
                }
            }

            byte[] prune = RpcWriter.MeshChanges([], [(topic, _options.UnsubscribeBackoff)]);
            foreach (PeerId id in members)
            {
                SetBackoff(id, topic, _options.UnsubscribeBackoff);
                _scores.Pruned(id, topic);
                _peers.GetValueOrDefault(id)?.Send(prune);
            }
        }
    }

    /// <summary>Publishes an own message; returns to how many peers it was queued (0 also for one that was seen before).</summary>
    public int Publish(string topic, ReadOnlyMemory<byte> data)
    {
        if (data.Length > _options.MaxMessageBytes)
        {
            throw new ArgumentException($"a message of {data.Length} bytes, at most {_options.MaxMessageBytes} are allowed", nameof(data));
        }

        var id = new MessageId(_options.MessageId(topic, data).Id);
        byte[] frame = RpcWriter.Message(topic, data.Span);
        lock (_lock)
        {
            if (!_seen.Add(id))
            {
                return 0;
            }

            _cache.Put(id, topic, frame);
            int sent = 0;
            foreach (GossipPeer peer in Recipients(topic))
            {
                sent += peer.Send(frame) ? 1 : 0;
            }

            return sent;
        }
    }

    /// <summary>Peers in the mesh of a topic.</summary>
    public IReadOnlyList<PeerId> MeshPeers(string topic)
    {
        lock (_lock)
        {
            return _mesh.TryGetValue(topic, out HashSet<PeerId>? members) ? [.. members] : [];
        }
    }

    /// <summary>Peers that subscribe a topic and take part.</summary>
    public IReadOnlyList<PeerId> TopicPeers(string topic)
    {
        lock (_lock)
        {
            return [.. _peers.Values.Where(p => p.Admitted && p.Topics.Contains(topic)).Select(static p => p.Id)];
        }
    }

    /// <summary>Present score of a peer.</summary>
    public double Score(PeerId peerId)
    {
        lock (_lock)
        {
            return _scores.Score(peerId);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _host.PeerConnected -= OnConnected;
        _host.PeerDisconnected -= OnDisconnected;
        await _stop.CancelAsync();
        await _heartbeat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            foreach (GossipPeer peer in _peers.Values)
            {
                peer.Close();
            }

            _peers.Clear();
        }
    }

    private void OnConnected(PeerConnection connection)
    {
        var peer = new GossipPeer(connection, _options.MaxQueuedRpcs, _options.MaxQueuedBytes);
        lock (_lock)
        {
            _peers[peer.Id] = peer;
            _scores.AddPeer(peer.Id, connection.RemoteEndPoint.Address);
        }

        if (!_options.RequireAdmission)
        {
            AdmitCore(peer);
        }
    }

    private void OnDisconnected(PeerConnection connection, string reason)
    {
        lock (_lock)
        {
            if (!_peers.TryGetValue(connection.PeerId, out GossipPeer? peer) || !ReferenceEquals(peer.Connection, connection))
            {
                return;
            }

            _peers.Remove(connection.PeerId);
            peer.Close();
            foreach (HashSet<PeerId> members in _mesh.Values)
            {
                members.Remove(peer.Id);
            }

            foreach (Fanout fanout in _fanout.Values)
            {
                fanout.Peers.Remove(peer.Id);
            }

            _scores.RemovePeer(peer.Id);
        }
    }

    private void AdmitCore(GossipPeer peer)
    {
        lock (_lock)
        {
            if (!peer.Admission.TrySetResult(true))
            {
                return;
            }

            if (_mesh.Count > 0)
            {
                peer.Send(RpcWriter.Subscriptions(_mesh.Keys.Select(static t => (true, t))));
            }
        }

        _ = WriteAsync(peer);
    }

    /// <summary>Opens our stream to a peer and writes what is queued for it.</summary>
    private async Task WriteAsync(GossipPeer peer)
    {
        try
        {
            await using MuxedStream stream = await peer.Connection.OpenStreamAsync(_options.ProtocolIds, _stop.Token);
            while (await peer.Queue.WaitToReadAsync(_stop.Token))
            {
                while (peer.Queue.TryRead(out byte[]? frame))
                {
                    peer.Sent(frame);
                    await stream.Output.WriteAsync(frame, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or ProtocolViolationException or OperationCanceledException or NotSupportedException or InvalidOperationException)
        {
            Log.WriterEnded(_logger, peer.Id, e.Message);
            lock (_lock)
            {
                peer.Close();
                foreach (HashSet<PeerId> members in _mesh.Values)
                {
                    members.Remove(peer.Id);
                }
            }
        }
    }

    /// <summary>Reads a peer's stream; waits for its admission before the first RPC.</summary>
    private async Task ReadAsync(PeerConnection connection, MuxedStream stream, CancellationToken cancellationToken)
    {
        GossipPeer? peer;
        lock (_lock)
        {
            peer = _peers.GetValueOrDefault(connection.PeerId);
        }

        if (peer is null || !ReferenceEquals(peer.Connection, connection) || !await peer.Admission.Task.WaitAsync(cancellationToken))
        {
            stream.Reset();
            return;
        }

        while (await LengthPrefixed.ReadAsync(stream.Input, _options.MaxRpcBytes, cancellationToken) is { } bytes)
        {
            bool graylisted;
            lock (_lock)
            {
                graylisted = _scores.Score(peer.Id) < _options.Score.GraylistThreshold;
            }

            if (!graylisted)
            {
                await HandleAsync(peer, Rpc.Decode(bytes, _options), cancellationToken);
            }
        }
    }

    private sealed class Fanout(long lastPublished)
    {
        public HashSet<PeerId> Peers { get; } = [];

        public long LastPublished { get; set; } = lastPublished;
    }

    private static partial class Log
    {
        [LoggerMessage(5101, LogLevel.Debug, "The gossip stream to {PeerId} ended: {Cause}", EventName = "GossipWriterEnded")]
        public static partial void WriterEnded(ILogger logger, PeerId peerId, string cause);

        [LoggerMessage(5102, LogLevel.Error, "A validator of {Topic} failed", EventName = "GossipValidatorFailed")]
        public static partial void ValidatorFailed(ILogger logger, Exception exception, string topic);

        [LoggerMessage(5103, LogLevel.Error, "A gossip heartbeat failed", EventName = "GossipHeartbeatFailed")]
        public static partial void HeartbeatFailed(ILogger logger, Exception exception);
    }
}
