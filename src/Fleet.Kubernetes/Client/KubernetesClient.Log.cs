using Microsoft.Extensions.Logging;

namespace Fleet.Kubernetes;

/// <content>Log messages, event ids 3000 to 3019.</content>
public sealed partial class KubernetesClient
{
    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Debug, "The API server answered {Code} to {Path}; waiting {Seconds} s as it asked.")]
        public static partial void Throttled(ILogger logger, int code, string path, double seconds);

        [LoggerMessage(3001, LogLevel.Debug, "Reading {Path} again on another connection: {Reason}")]
        public static partial void AskedAgain(ILogger logger, string path, string reason);
    }
}
