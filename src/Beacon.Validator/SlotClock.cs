using Beacon.Types;

namespace Beacon.Validator;

/// <summary>Turns time into slots, in milliseconds since genesis.</summary>
/// <param name="time">The clock.</param>
/// <param name="genesisTime">Unix time of slot 0, in seconds.</param>
/// <param name="spec">Slot duration and epoch length.</param>
public sealed class SlotClock(TimeProvider time, long genesisTime, ChainSpec spec)
{
    private readonly DateTimeOffset _genesis = DateTimeOffset.FromUnixTimeSeconds(genesisTime);

    /// <summary>Length of a slot.</summary>
    public TimeSpan SlotDuration { get; } = spec.Config.SlotDuration;

    /// <summary>The slot that time is in; null before genesis.</summary>
    public Slot? Current
    {
        get
        {
            TimeSpan since = time.GetUtcNow() - _genesis;
            return since < TimeSpan.Zero ? null : new Slot((ulong)(since.Ticks / SlotDuration.Ticks));
        }
    }

    /// <summary>The epoch of a slot.</summary>
    public Epoch EpochOf(Slot slot) => new(slot.Value / spec.Preset.SlotsPerEpoch);

    /// <summary>The first slot of an epoch.</summary>
    public Slot FirstSlotOf(Epoch epoch) => new(checked(epoch.Value * spec.Preset.SlotsPerEpoch));

    /// <summary>How long until a slot begins plus a fraction of it; negative when that is past.</summary>
    public TimeSpan Until(Slot slot, double fraction = 0) =>
        _genesis + TimeSpan.FromTicks(checked((long)slot.Value * SlotDuration.Ticks)) + (SlotDuration * fraction) - time.GetUtcNow();

    /// <summary>How long ago a slot began.</summary>
    public TimeSpan Since(Slot slot) => -Until(slot);

    /// <summary>Waits until a slot begins plus a fraction of it. Steps of the system clock are followed.</summary>
    public async Task WaitAsync(Slot slot, double fraction, CancellationToken cancellationToken)
    {
        // In pieces, so that a clock set forward is noticed soon.
        TimeSpan left;
        while ((left = Until(slot, fraction)) > TimeSpan.Zero)
        {
            TimeSpan piece = left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
            await Task.Delay(piece < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : piece, time, cancellationToken);
        }
    }
}
