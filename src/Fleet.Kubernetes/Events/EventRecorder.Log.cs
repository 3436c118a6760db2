using Microsoft.Extensions.Logging;

namespace Fleet.Kubernetes;

/// <content>Log messages, event ids 3300 to 3319.</content>
public sealed partial class EventRecorder
{
    private static partial class Log
    {
        [LoggerMessage(3300, LogLevel.Debug, "The event {Reason} of {Name} could not be written: {Message}")]
        public static partial void WriteFailed(ILogger logger, string reason, string name, string message);
    }
}
