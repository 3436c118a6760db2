namespace Libp2p.Muxing;

/// <summary>A stream ended abruptly: reset by a side, or its connection went away.</summary>
public sealed class StreamResetException(string message) : IOException(message);
