namespace Libp2p.Muxing;

/// <summary>Bounds of a multiplexed connection.</summary>
public sealed record MuxerOptions
{
    /// <summary>Most streams the other side may have open at once. <value>256 by default.</value></summary>
    public int MaxInboundStreams { get; init; } = 256;

    /// <summary>Most streams we open at once. <value>256 by default.</value></summary>
    public int MaxOutboundStreams { get; init; } = 256;

    /// <summary>Receive window of a stream once it is in use, in bytes (yamux). <value>1 MiB by default.</value></summary>
    public int MaxStreamWindow { get; init; } = 1 << 20;

    /// <summary>Unread bytes of a stream at which the connection pauses (mplex has no windows). <value>1 MiB by default.</value></summary>
    public int MplexStreamBuffer { get; init; } = 1 << 20;

    /// <summary>How long a full mplex stream may pause its connection before it is reset. <value>10 s by default.</value></summary>
    public TimeSpan MplexStallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Control frames waiting to be written at which the connection is given up. <value>2,048 by default.</value></summary>
    public int MaxQueuedControlFrames { get; init; } = 2048;

    /// <summary>Time between yamux pings. <value>10 s by default.</value></summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a ping or a write to the socket may take before the connection is given up. <value>20 s by default.</value></summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
