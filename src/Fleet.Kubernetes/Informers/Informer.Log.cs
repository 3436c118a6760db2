using Microsoft.Extensions.Logging;

namespace Fleet.Kubernetes;

/// <content>Log messages, event ids 3100 to 3119.</content>
public sealed partial class Informer<T>
{
    private static partial class Log
    {
        [LoggerMessage(3100, LogLevel.Debug, "Listed {Count} {Plural} at version {Version} ({Reason}).")]
        public static partial void Listed(ILogger logger, string plural, int count, string version, string reason);

        [LoggerMessage(3101, LogLevel.Information, "The watch of {Plural} is too old for the server; listing again.")]
        public static partial void Expired(ILogger logger, string plural);

        [LoggerMessage(3102, LogLevel.Warning, "Following {Plural} failed: {Message} Trying again (failure {Failures}).")]
        public static partial void Failed(ILogger logger, string plural, string message, int failures);

        [LoggerMessage(3103, LogLevel.Warning, "The watch of {Plural} was silent for {Seconds} s; renewing it.")]
        public static partial void Silent(ILogger logger, string plural, double seconds);

        [LoggerMessage(3104, LogLevel.Information, "An event of {Plural} has version {Version} after {Last} (repeated: {Repeated}).")]
        public static partial void OutOfOrder(ILogger logger, string plural, string version, string last, bool repeated);

        [LoggerMessage(3105, LogLevel.Error, "A handler failed on {Kind} {Key}.")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string kind, string key);
    }
}
