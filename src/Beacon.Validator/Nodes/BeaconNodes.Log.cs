using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Nodes;

/// <content>Log messages; event ids 4710 to 4719.</content>
public sealed partial class BeaconNodes
{
    private static partial class Log
    {
        [LoggerMessage(4710, LogLevel.Information, "Beacon node {Node} is ready")]
        public static partial void NodeReady(ILogger logger, Uri node);

        [LoggerMessage(4711, LogLevel.Warning, "Beacon node {Node} cannot be used: {Problem}")]
        public static partial void NodeNotReady(ILogger logger, Uri node, string problem);
    }
}
