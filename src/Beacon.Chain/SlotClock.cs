using Beacon.Types;

namespace Beacon.Chain;

/// <summary>Time since genesis in milliseconds, and the slots it falls into.</summary>
public interface ISlotClock
{
    /// <summary>Unix time of slot 0 in milliseconds.</summary>
    ulong GenesisTimeMs { get; }

    /// <summary>Length of a slot in milliseconds.</summary>
    ulong SlotDurationMs { get; }

    /// <summary>Milliseconds since genesis; negative before it.</summary>
    long NowMs { get; }

    /// <summary>The current slot; 0 before genesis.</summary>
    Slot CurrentSlot { get; }

    /// <summary>Milliseconds since genesis at which a slot begins.</summary>
    long StartOf(Slot slot);

    /// <summary>Waits until a point in time, given in milliseconds since genesis.</summary>
    Task WaitUntilAsync(long sinceGenesisMs, CancellationToken cancellationToken);
}

/// <summary>The slot clock over a <see cref="TimeProvider"/>'s UTC time.</summary>
/// <remarks>Waits in pieces of at most a second, so that a clock that is set anew shows within one.</remarks>
public sealed class SlotClock(TimeProvider time, ulong genesisTimeMs, ulong slotDurationMs) : ISlotClock
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public ulong GenesisTimeMs { get; } = genesisTimeMs;

    /// <inheritdoc/>
    public ulong SlotDurationMs { get; } = slotDurationMs;

    /// <inheritdoc/>
    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds() - checked((long)GenesisTimeMs);

    /// <inheritdoc/>
    public Slot CurrentSlot => new(NowMs <= 0 ? 0 : (ulong)NowMs / SlotDurationMs);

    /// <inheritdoc/>
    public long StartOf(Slot slot) => checked((long)(slot.Value * SlotDurationMs));

    /// <inheritdoc/>
    public async Task WaitUntilAsync(long sinceGenesisMs, CancellationToken cancellationToken)
    {
        while (true)
        {
            double exact = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds - GenesisTimeMs;
            double remaining = sinceGenesisMs - exact;
            if (remaining <= 0)
            {
                return;
            }

            TimeSpan wait = TimeSpan.FromMilliseconds(Math.Ceiling(remaining));
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, cancellationToken);
        }
    }
}
