using System.Net;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator;

/// <content>Log messages; event ids 4750 to 4759.</content>
public static partial class ValidatorClient
{
    private static partial class Log
    {
        [LoggerMessage(4750, LogLevel.Information, "Validator client for iteration {Iteration}, metrics on {EndPoint}")]
        public static partial void Started(ILogger logger, long iteration, IPEndPoint endPoint);

        [LoggerMessage(4751, LogLevel.Information, "Waiting for manifest.json in {Directory}")]
        public static partial void Waiting(ILogger logger, string directory);

        [LoggerMessage(4752, LogLevel.Information, "{Count} keys loaded, slashing protection in {Directory}")]
        public static partial void KeysLoaded(ILogger logger, int count, string directory);

        [LoggerMessage(4753, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(4754, LogLevel.Critical, "{Reason}")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(4755, LogLevel.Critical, "The validator client failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
