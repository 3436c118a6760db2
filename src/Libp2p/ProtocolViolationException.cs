namespace Libp2p;

/// <summary>What came over the wire breaks a protocol's rules or a bound. The connection or stream it came on is closed.</summary>
public sealed class ProtocolViolationException(string message, Exception? innerException = null) : Exception(message, innerException);
