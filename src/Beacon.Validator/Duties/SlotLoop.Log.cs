using Beacon.Types;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Duties;

/// <content>Log messages; event ids 4740 to 4749.</content>
public sealed partial class SlotLoop
{
    private static partial class Log
    {
        [LoggerMessage(4740, LogLevel.Warning, "Slots {First} to {Current} were skipped: the process or its clock was late")]
        public static partial void SlotsMissed(ILogger logger, Slot first, Slot current);

        [LoggerMessage(4741, LogLevel.Warning, "Slot {Slot} is skipped: the work of earlier slots is not done")]
        public static partial void Overloaded(ILogger logger, Slot slot);

        [LoggerMessage(4742, LogLevel.Warning, "Duties for slot {Slot} could not be fetched: {Reason}")]
        public static partial void NoDuties(ILogger logger, Slot slot, string reason);

        [LoggerMessage(4743, LogLevel.Warning, "Events of {Node} stopped: {Reason}")]
        public static partial void EventsLost(ILogger logger, Uri node, string reason);

        [LoggerMessage(4744, LogLevel.Information, "The head of slot {Slot} changes duties; they are fetched again")]
        public static partial void DutiesChanged(ILogger logger, Slot slot);

        [LoggerMessage(4745, LogLevel.Information, "No duty is done before epoch {Epoch}: what these keys signed until then may have been lost with their slashing protection")]
        public static partial void SigningLater(ILogger logger, Epoch epoch);
    }
}
