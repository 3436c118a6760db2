using Microsoft.Extensions.Logging;

namespace Fleet.Kubernetes;

/// <content>Log messages, event ids 3200 to 3219.</content>
public sealed partial class Controller
{
    private static partial class Log
    {
        [LoggerMessage(3200, LogLevel.Information, "Controller {Controller} started with {Workers} workers.")]
        public static partial void Started(ILogger logger, string controller, int workers);

        [LoggerMessage(3201, LogLevel.Information, "{Controller} does not accept {Key}: {Reason}")]
        public static partial void Rejected(ILogger logger, string controller, string key, string reason);

        [LoggerMessage(3202, LogLevel.Warning, "{Controller} did not finish {Key} within {Seconds} s.")]
        public static partial void TimedOut(ILogger logger, string controller, string key, double seconds);

        [LoggerMessage(3203, LogLevel.Debug, "{Controller} met a conflict on {Key}: {Message}")]
        public static partial void Conflict(ILogger logger, string controller, string key, string message);

        [LoggerMessage(3204, LogLevel.Warning, "{Controller} could not finish {Key}: {Message}")]
        public static partial void Refused(ILogger logger, string controller, string key, string message);

        [LoggerMessage(3206, LogLevel.Warning, "{Controller} is contradicted on {Key} again and again; listing everything anew.")]
        public static partial void Doubtful(ILogger logger, string controller, string key);

        [LoggerMessage(3205, LogLevel.Error, "{Controller} failed on {Key}.")]
        public static partial void Failed(ILogger logger, Exception exception, string controller, string key);
    }
}
