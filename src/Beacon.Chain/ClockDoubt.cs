namespace Beacon.Chain;

/// <summary>Whether a head that lies far behind the clock means that the chain stood still, or that the clock is wrong or blocks are still to come.</summary>
/// <remarks>
/// A chain that slept goes on when its validators sign, though nobody has a newer block. A node whose clock is hours ahead sees the same: an old head, and
/// nobody ahead of it. What it signed then would be for epochs of the far future, and slashing protection would keep its keys from signing until those
/// come. The difference is that blocks keep coming, of slots that are long past. So a node that starts far behind waits for its first peer and some
/// slots more, and one that gets past blocks does not believe its clock for a while.
/// </remarks>
/// <param name="slotMs">Length of a slot in milliseconds.</param>
/// <param name="slotsPerEpoch">Slots in an epoch.</param>
/// <param name="startedMs">When the chain was opened, in milliseconds since genesis.</param>
internal sealed class ClockDoubt(ulong slotMs, ulong slotsPerEpoch, long startedMs)
{
    /// <summary>Slots in which a chain that goes on has a block, most likely.</summary>
    private const int SlotsAfterFirstPeer = 3;

    /// <summary>Slots for which a past block is remembered.</summary>
    private const int SlotsAfterPastBlock = 8;

    /// <summary>Epochs behind the clock from which on it is in doubt: by fewer a wrong clock keeps keys from signing for no longer than that.</summary>
    private const ulong FarEpochs = 32;

    /// <summary>How long a node that nobody connects to waits: it may be the only one.</summary>
    private const long AloneMs = 10_000;

    private long _settledAtMs = startedMs + AloneMs;
    private int _hasMetPeer;

    /// <summary>A block was imported.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="nowMs">Milliseconds since genesis.</param>
    public void OnBlock(ulong slot, long nowMs)
    {
        if (IsFar(slot, nowMs))
        {
            Interlocked.Exchange(ref _settledAtMs, nowMs + ((long)slotMs * SlotsAfterPastBlock));
        }
    }

    /// <summary>Slots that the head may be behind because the clock is wrong or blocks are still to come; 0: the clock is believed.</summary>
    /// <param name="headSlot">Slot of the head.</param>
    /// <param name="hasPeers">Whether a peer has told its status.</param>
    /// <param name="nowMs">Milliseconds since genesis.</param>
    public ulong Distance(ulong headSlot, bool hasPeers, long nowMs)
    {
        if (!IsFar(headSlot, nowMs))
        {
            return 0;
        }

        if (hasPeers && Interlocked.Exchange(ref _hasMetPeer, 1) == 0)
        {
            long settled = nowMs + ((long)slotMs * SlotsAfterFirstPeer);
            if (settled < Interlocked.Read(ref _settledAtMs))
            {
                Interlocked.Exchange(ref _settledAtMs, settled);
            }
        }

        return nowMs < Interlocked.Read(ref _settledAtMs) ? ((ulong)nowMs / slotMs) - headSlot : 0;
    }

    private bool IsFar(ulong slot, long nowMs) => nowMs > 0 && (ulong)nowMs / slotMs > slot + (FarEpochs * slotsPerEpoch);
}
