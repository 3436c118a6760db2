using Microsoft.Extensions.Logging;

namespace Beacon.Validator;

/// <content>Log messages; event ids 4700 to 4709.</content>
public sealed partial class SigningGate
{
    private static partial class Log
    {
        [LoggerMessage(4700, LogLevel.Warning, "Nothing is signed: {Reason}")]
        public static partial void SigningRefused(ILogger logger, string reason);

        [LoggerMessage(4701, LogLevel.Information, "Signing is allowed again")]
        public static partial void SigningAllowed(ILogger logger);
    }
}
