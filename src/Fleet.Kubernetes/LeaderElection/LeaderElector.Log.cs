using Microsoft.Extensions.Logging;

namespace Fleet.Kubernetes;

/// <content>Log messages, event ids 3400 to 3419.</content>
public sealed partial class LeaderElector
{
    private static partial class Log
    {
        [LoggerMessage(3400, LogLevel.Information, "{Identity} leads {Lease} in term {Term}.")]
        public static partial void Won(ILogger logger, string identity, string lease, long term);

        [LoggerMessage(3401, LogLevel.Warning, "{Identity} no longer leads {Lease}: {Why}")]
        public static partial void Lost(ILogger logger, string identity, string lease, string why);

        [LoggerMessage(3402, LogLevel.Information, "{Lease} is held by {Holder}.")]
        public static partial void HeldByOther(ILogger logger, string lease, string holder);

        [LoggerMessage(3403, LogLevel.Warning, "{Lease} could not be read or written: {Message} Trying again.")]
        public static partial void Failed(ILogger logger, string lease, string message);

        [LoggerMessage(3404, LogLevel.Information, "{Identity} handed {Lease} over.")]
        public static partial void Released(ILogger logger, string identity, string lease);
    }
}
