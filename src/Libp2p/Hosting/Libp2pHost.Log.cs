using System.Net;
using Libp2p.Multiformats;
using Microsoft.Extensions.Logging;

namespace Libp2p.Hosting;

public sealed partial class Libp2pHost
{
    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Debug, "Dialling {Address} failed: {Cause}", EventName = "DialFailed")]
        public static partial void DialFailed(ILogger logger, Multiaddr address, string cause);

        [LoggerMessage(5002, LogLevel.Warning, "Accepting a connection failed: {Cause}", EventName = "AcceptFailed")]
        public static partial void AcceptFailed(ILogger logger, string cause);

        [LoggerMessage(5003, LogLevel.Debug, "Connection from {EndPoint} refused: {Reason}", EventName = "InboundRefused")]
        public static partial void InboundRefused(ILogger logger, EndPoint? endPoint, string reason);

        [LoggerMessage(5004, LogLevel.Debug, "Handshake with {EndPoint} failed: {Cause}", EventName = "HandshakeFailed")]
        public static partial void HandshakeFailed(ILogger logger, EndPoint? endPoint, string cause);

        [LoggerMessage(5005, LogLevel.Debug, "Connected to {PeerId} at {Address} (outbound: {Outbound}, {Muxer})", EventName = "Connected")]
        public static partial void Connected(ILogger logger, PeerId peerId, Multiaddr address, bool outbound, string muxer);

        [LoggerMessage(5006, LogLevel.Debug, "Disconnected from {PeerId}: {Reason}", EventName = "Disconnected")]
        public static partial void Disconnected(ILogger logger, PeerId peerId, string reason);

        [LoggerMessage(5007, LogLevel.Debug, "A newer connection to {PeerId} replaces the one before", EventName = "Replaced")]
        public static partial void Replaced(ILogger logger, PeerId peerId);

        [LoggerMessage(5008, LogLevel.Debug, "{PeerId} broke the rules of {Protocol}: {Cause}", EventName = "ProtocolViolation")]
        public static partial void ProtocolViolation(ILogger logger, PeerId peerId, string protocol, string cause);

        [LoggerMessage(5009, LogLevel.Debug, "A stream of {PeerId} for '{Protocol}' failed: {Cause}", EventName = "StreamFailed")]
        public static partial void StreamFailed(ILogger logger, PeerId peerId, string protocol, string cause);

        [LoggerMessage(5010, LogLevel.Debug, "Identify with {PeerId} failed: {Cause}", EventName = "IdentifyFailed")]
        public static partial void IdentifyFailed(ILogger logger, PeerId peerId, string cause);
    }
}
