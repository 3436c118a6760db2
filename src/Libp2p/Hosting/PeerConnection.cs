using System.Net;
using Libp2p.Identify;
using Libp2p.Multiformats;
using Libp2p.Multistream;
using Libp2p.Muxing;
using Libp2p.Noise;
using Libp2p.Transport;

namespace Libp2p.Hosting;

/// <summary>An established, authenticated and multiplexed connection to a peer.</summary>
public sealed class PeerConnection
{
    private readonly TcpConnection _tcp;
    private readonly NoiseChannel _channel;
    private readonly TaskCompletionSource<IdentifyInfo?> _identified = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IdentifyInfo? _info;

    internal PeerConnection(TcpConnection tcp, NoiseChannel channel, PeerId peerId, bool outbound, long establishedAt, Multiaddr? dialled)
    {
        _tcp = tcp;
        _channel = channel;
        PeerId = peerId;
        IsOutbound = outbound;
        EstablishedTimestamp = establishedAt;
        RemoteAddress = dialled ?? Multiaddr.FromEndPoint(tcp.RemoteEndPoint);
        RemoteEndPoint = tcp.RemoteEndPoint;
        LocalEndPoint = tcp.LocalEndPoint;
    }

    /// <summary>The peer, proved by the handshake.</summary>
    public PeerId PeerId { get; }

    /// <summary>True when we dialled.</summary>
    public bool IsOutbound { get; }

    /// <summary>The address dialled, or the socket's for inbound connections.</summary>
    public Multiaddr RemoteAddress { get; }

    /// <summary>The peer's end of the socket.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Our end of the socket.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>What the peer said of itself; null until it did.</summary>
    public IdentifyInfo? Info => Volatile.Read(ref _info);

    /// <summary>Ends with <see cref="Info"/>, or with null when the peer does not identify itself.</summary>
    public Task<IdentifyInfo?> Identified => _identified.Task;

    /// <summary>Ends with the reason when the connection is over.</summary>
    public Task<string> Closed => Session.Closed;

    /// <summary>Muxer in use.</summary>
    public string Muxer { get; internal set; } = "";

    /// <summary>Open streams.</summary>
    public int StreamCount => Session.StreamCount;

    internal MuxerSession Session { get; set; } = null!;

    internal long EstablishedTimestamp { get; }

    /// <summary>Opens a stream for the first of <paramref name="protocols"/> the peer speaks.</summary>
    /// <exception cref="NotSupportedException">The peer speaks none of them.</exception>
    /// <exception cref="IOException">The connection is over or has too many streams.</exception>
    public async Task<MuxedStream> OpenStreamAsync(IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        MuxedStream stream = Session.OpenStream();
        try
        {
            string? protocol = await MultistreamSelect.DialAsync(stream, protocols, cancellationToken);
            stream.Protocol = protocol ?? throw new NotSupportedException($"{PeerId} speaks none of {string.Join(", ", protocols)}");
            return stream;
        }
        catch
        {
            stream.Reset();
            throw;
        }
    }

    internal void SetInfo(IdentifyInfo? info)
    {
        if (info is not null)
        {
            Volatile.Write(ref _info, info);
        }

        _identified.TrySetResult(info);
    }

    /// <summary>Ends the connection, politely where possible.</summary>
    internal async Task CloseAsync(string reason)
    {
        Task closing = Session.CloseAsync(reason).AsTask();
        await Session.Closed;
        _tcp.Abort();
        await closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _channel.Dispose();
        _identified.TrySetResult(null);
    }
}
