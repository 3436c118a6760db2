using Libp2p.Multiformats;
using Microsoft.Extensions.Logging;

namespace Beacon.Networking;

public sealed partial class BeaconNetwork
{
    private static partial class Log
    {
        [LoggerMessage(5201, LogLevel.Information, "Listening at {Address} with protocol ID {ProtocolId}", EventName = "Listening")]
        public static partial void Listening(ILogger logger, Multiaddr? address, string protocolId);

        [LoggerMessage(5202, LogLevel.Information, "Peer {PeerId} {Name} is on our chain: head slot {HeadSlot}, finalized epoch {FinalizedEpoch}", EventName = "PeerWelcome")]
        public static partial void PeerWelcome(ILogger logger, PeerId peerId, string name, ulong headSlot, ulong finalizedEpoch);

        [LoggerMessage(5203, LogLevel.Information, "Peer {PeerId} is a stranger ({Reason}) and was disconnected", EventName = "PeerRefused")]
        public static partial void PeerRefused(ILogger logger, PeerId peerId, string reason);

        [LoggerMessage(5204, LogLevel.Information, "Peer {PeerId} was disconnected: {Reason}", EventName = "PeerDropped")]
        public static partial void PeerDropped(ILogger logger, PeerId peerId, string reason);

        [LoggerMessage(5205, LogLevel.Debug, "A request to {PeerId} failed: {Cause}", EventName = "RequestFailed")]
        public static partial void RequestFailed(ILogger logger, PeerId peerId, string cause);

        [LoggerMessage(5206, LogLevel.Information, "Peer {PeerId} left: {Reason}", EventName = "PeerLeft")]
        public static partial void PeerLeft(ILogger logger, PeerId peerId, string reason);

        [LoggerMessage(5207, LogLevel.Warning, "Subnet subscriptions could not be kept", EventName = "SubnetsFailed")]
        public static partial void SubnetsFailed(ILogger logger, Exception exception);

        [LoggerMessage(5208, LogLevel.Debug, "A message of {Topic} from {PeerId} was rejected: {Reason}", EventName = "GossipRejected")]
        public static partial void GossipRejected(ILogger logger, string topic, PeerId peerId, string reason);
    }
}
