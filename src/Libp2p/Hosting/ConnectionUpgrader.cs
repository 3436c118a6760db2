using Libp2p.Crypto;
using Libp2p.Mplex;
using Libp2p.Multiformats;
using Libp2p.Multistream;
using Libp2p.Muxing;
using Libp2p.Noise;
using Libp2p.Transport;
using Libp2p.Yamux;

namespace Libp2p.Hosting;

/// <summary>Makes a <see cref="PeerConnection"/> of a TCP connection: noise, then a muxer, each agreed on by multistream-select.</summary>
internal sealed class ConnectionUpgrader(Libp2pOptions options, Identity identity, TimeProvider time)
{
    /// <summary>Upgrades a connection we dialled.</summary>
    public async Task<PeerConnection> DialAsync(TcpConnection tcp, Multiaddr address, Func<PeerConnection, MuxedStream, Task> onInbound, CancellationToken cancellationToken)
    {
        if (await MultistreamSelect.DialAsync(tcp, [NoiseHandshake.ProtocolId], cancellationToken) is null)
        {
            throw new NotSupportedException("the other side does not speak noise");
        }

        NoiseChannel channel = await NoiseHandshake.DialAsync(tcp, identity, address.PeerId, cancellationToken);
        string muxer = await MultistreamSelect.DialAsync(channel, options.Muxers, cancellationToken)
            ?? throw new NotSupportedException("the other side speaks no muxer known here");
        return Establish(tcp, channel, muxer, address, onInbound);
    }

    /// <summary>Upgrades a connection we accepted.</summary>
    public async Task<PeerConnection> ListenAsync(TcpConnection tcp, Func<PeerConnection, MuxedStream, Task> onInbound, CancellationToken cancellationToken)
    {
        string? security = await MultistreamSelect.ListenAsync(
            tcp, static p => p == NoiseHandshake.ProtocolId, static () => [NoiseHandshake.ProtocolId], cancellationToken);
        if (security is null)
        {
            throw new NotSupportedException("the other side closed before it chose noise");
        }

        NoiseChannel channel = await NoiseHandshake.ListenAsync(tcp, identity, cancellationToken);
        string muxer = await MultistreamSelect.ListenAsync(channel, p => options.Muxers.Contains(p), () => options.Muxers, cancellationToken)
            ?? throw new NotSupportedException("the other side closed before it chose a muxer");
        return Establish(tcp, channel, muxer, null, onInbound);
    }

    private PeerConnection Establish(TcpConnection tcp, NoiseChannel channel, string muxer, Multiaddr? dialled, Func<PeerConnection, MuxedStream, Task> onInbound)
    {
        var peerId = PeerId.FromPublicKey(channel.RemoteKey);
        var connection = new PeerConnection(tcp, channel, peerId, dialled is not null, time.GetTimestamp(), dialled) { Muxer = muxer };
        bool dialler = dialled is not null;
        Task OnStream(MuxedStream stream) => onInbound(connection, stream);
        connection.Session = muxer == MplexSession.ProtocolId
            ? new MplexSession(channel, dialler, options.Muxer, time, OnStream)
            : new YamuxSession(channel, dialler, options.Muxer, time, OnStream);
        return connection;
    }
}
