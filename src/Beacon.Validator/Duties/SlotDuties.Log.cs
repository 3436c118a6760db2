using Beacon.Types;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Duties;

/// <content>Log messages; event ids 4730 to 4739.</content>
public sealed partial class SlotDuties
{
    private static partial class Log
    {
        [LoggerMessage(4730, LogLevel.Information, "Block of slot {Slot} published by validator {Validator} with {Attestations} attestations, {Delay:F0} ms into the slot")]
        public static partial void BlockPublished(ILogger logger, Slot slot, ValidatorIndex validator, int attestations, double delay);

        [LoggerMessage(4731, LogLevel.Debug, "{Count} attestations of slot {Slot} for {Head} published, {Delay:F0} ms into the slot")]
        public static partial void AttestationsPublished(ILogger logger, Slot slot, int count, string head, double delay);

        [LoggerMessage(4732, LogLevel.Warning, "Slashing protection refused {Count} attestations of slot {Slot}")]
        public static partial void AttestationsRefused(ILogger logger, Slot slot, int count);

        [LoggerMessage(4733, LogLevel.Warning, "The {Duty} of slot {Slot} was not signed: {Reason}")]
        public static partial void NotSigned(ILogger logger, string duty, Slot slot, string reason);

        [LoggerMessage(4734, LogLevel.Warning, "The {Duty} of slot {Slot} failed: {Reason}")]
        public static partial void DutyFailed(ILogger logger, string duty, Slot slot, string reason);
    }
}
