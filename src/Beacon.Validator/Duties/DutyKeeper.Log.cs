using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Duties;

/// <content>Log messages; event ids 4720 to 4729.</content>
public sealed partial class DutyKeeper
{
    private static partial class Log
    {
        [LoggerMessage(4720, LogLevel.Information, "{Found} of {Keys} keys are validators of this chain")]
        public static partial void KeysFound(ILogger logger, int found, int keys);
    }
}
