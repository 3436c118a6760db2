using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Probing;

/// <content>Log messages, event ids 1040 to 1049.</content>
internal sealed partial class NodeProbe
{
    [LoggerMessage(1040, LogLevel.Error, "Asking {Node} ended.")]
    private static partial void LogFailed(ILogger logger, Exception exception, ObjectKey node);

    [LoggerMessage(1041, LogLevel.Warning, "More than {Capacity} nodes; {Node} is not asked.")]
    private static partial void LogFull(ILogger logger, int capacity, ObjectKey node);
}
