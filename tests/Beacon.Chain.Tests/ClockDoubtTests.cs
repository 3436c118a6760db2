namespace Beacon.Chain.Tests;

public sealed class ClockDoubtTests
{
    private const ulong Slot = 1000;
    private const long FourHours = 4 * 3600 * 1000;

    [Fact]
    public void A_head_near_the_clock_is_never_in_doubt()
    {
        var doubt = new ClockDoubt(Slot, 8, startedMs: 300_000);
        Assert.Equal(0UL, doubt.Distance(headSlot: 44, hasPeers: false, 300_000));
        Assert.Equal(0UL, doubt.Distance(headSlot: 44, hasPeers: true, 300_999));
        Assert.NotEqual(0UL, doubt.Distance(headSlot: 43, hasPeers: false, 300_000));
    }

    [Fact]
    public void After_a_long_sleep_it_waits_for_a_peer_and_some_slots_and_then_goes_on()
    {
        var doubt = new ClockDoubt(Slot, 8, startedMs: FourHours);
        Assert.Equal(14_390UL, doubt.Distance(headSlot: 10, hasPeers: false, FourHours));
        Assert.NotEqual(0UL, doubt.Distance(headSlot: 10, hasPeers: true, FourHours + 500));
        Assert.NotEqual(0UL, doubt.Distance(headSlot: 10, hasPeers: true, FourHours + 3499));
        Assert.Equal(0UL, doubt.Distance(headSlot: 10, hasPeers: true, FourHours + 3500));
    }

    [Fact]
    public void Whoever_has_no_peer_goes_on_after_ten_seconds()
    {
        var doubt = new ClockDoubt(Slot, 8, startedMs: FourHours);
        Assert.NotEqual(0UL, doubt.Distance(headSlot: 10, hasPeers: false, FourHours + 9999));
        Assert.Equal(0UL, doubt.Distance(headSlot: 10, hasPeers: false, FourHours + 10_000));
    }

    [Fact]
    public void A_clock_that_is_ahead_of_the_blocks_that_come_is_not_believed()
    {
        var doubt = new ClockDoubt(Slot, 8, startedMs: FourHours);
        Assert.NotEqual(0UL, doubt.Distance(headSlot: 10, hasPeers: true, FourHours));
        for (ulong slot = 11; slot < 100; slot++)
        {
            long now = FourHours + ((long)(slot - 10) * (long)Slot);
            doubt.OnBlock(slot, now);
            Assert.NotEqual(0UL, doubt.Distance(slot, hasPeers: true, now + 999));
        }

        // Nobody makes blocks any more: then the clock is as good as any.
        Assert.Equal(0UL, doubt.Distance(99, hasPeers: true, FourHours + 100_000));
    }

    [Fact]
    public void Who_has_caught_up_is_in_sync_at_once()
    {
        var doubt = new ClockDoubt(Slot, 8, startedMs: FourHours);
        doubt.OnBlock(20, FourHours);
        Assert.NotEqual(0UL, doubt.Distance(headSlot: 20, hasPeers: true, FourHours));
        Assert.Equal(0UL, doubt.Distance(headSlot: 14_399, hasPeers: true, FourHours));
    }
}
