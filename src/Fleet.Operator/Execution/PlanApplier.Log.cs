using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Execution;

/// <content>Log messages, event ids 1000 to 1019.</content>
internal sealed partial class PlanApplier
{
    [LoggerMessage(1000, LogLevel.Debug, "Applies {Kind} {Key}: {Why}.")]
    private static partial void LogApply(ILogger logger, string kind, ObjectKey key, string why);

    [LoggerMessage(1001, LogLevel.Debug, "Creates {Kind} {Key}: {Why}.")]
    private static partial void LogCreate(ILogger logger, string kind, ObjectKey key, string why);

    [LoggerMessage(1002, LogLevel.Information, "Deletes {Kind} {Key}: {Why}.")]
    private static partial void LogDelete(ILogger logger, string kind, ObjectKey key, string why);

    [LoggerMessage(1003, LogLevel.Information, "Writes the genesis of {Testnet}, iteration {Iteration}, at {GenesisTime}: {Why}.")]
    private static partial void LogGenesis(ILogger logger, ObjectKey testnet, int iteration, DateTimeOffset genesisTime, string why);

    [LoggerMessage(1004, LogLevel.Information, "Postpones a deletion for {Testnet} until the local copies are fresh: {Why}.")]
    private static partial void LogPostponed(ILogger logger, ObjectKey testnet, string why);
}
