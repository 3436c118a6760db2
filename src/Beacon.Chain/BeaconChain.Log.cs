using Beacon.Ssz;
using Microsoft.Extensions.Logging;

namespace Beacon.Chain;

/// <content>Log messages; event ids 4000 to 4099.</content>
public sealed partial class BeaconChain
{
    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Information, "Chain opened at head slot {Slot}, block {Root}, finalized epoch {FinalizedEpoch}, {Blocks} blocks in the tree")]
        public static partial void Opened(ILogger logger, ulong slot, Root root, ulong finalizedEpoch, int blocks);

        [LoggerMessage(4001, LogLevel.Information, "Block of slot {Slot} imported: {Root} by validator {Proposer} with {Attestations} attestations")]
        public static partial void Imported(ILogger logger, ulong slot, Root root, ulong proposer, int attestations);

        [LoggerMessage(4002, LogLevel.Warning, "Block of slot {Slot} is invalid: {Root}: {Reason}")]
        public static partial void InvalidBlock(ILogger logger, ulong slot, Root root, string reason);

        [LoggerMessage(4003, LogLevel.Warning, "Reorganisation over {Depth} slots: from slot {OldSlot} {OldRoot} to slot {NewSlot} {NewRoot}")]
        public static partial void Reorg(ILogger logger, ulong depth, ulong oldSlot, Root oldRoot, ulong newSlot, Root newRoot);

        [LoggerMessage(4004, LogLevel.Information, "Epoch {Epoch} finalized: {Root} ({Epochs} epochs at once)")]
        public static partial void Finalized(ILogger logger, ulong epoch, Root root, ulong epochs);

        [LoggerMessage(4005, LogLevel.Error, "Importing a block failed")]
        public static partial void ImportFailed(ILogger logger, Exception exception);
    }
}
