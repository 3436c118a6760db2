using System.Threading.Channels;
using Beacon.Ssz;
using Beacon.Storage;
using Beacon.Storage.RocksDb;
using Beacon.Types;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Chain.Tests;

public sealed class FinalityTests
{
    [Fact]
    public async Task A_chain_with_all_keys_finalizes_alone()
    {
        await using ChainHarness harness = ChainHarness.Start();
        using ChainEvents.Subscription events = harness.Chain.Events.Subscribe();
        await harness.RunSlotsAsync(1, 34);
        Assert.Equal(34UL, harness.Chain.Head.Slot.Value);
        Assert.Equal(2UL, harness.Chain.Head.Finalized.Epoch.Value);
        Assert.Equal(3UL, harness.Chain.Head.Justified.Epoch.Value);
        ChainEvent[] seen = [.. Read(events.Reader)];
        Assert.Equal(2UL, Assert.Single(seen.OfType<ChainEvent.Finalized>()).Checkpoint.Epoch.Value);
        Assert.Empty(seen.OfType<ChainEvent.Reorg>());
        Assert.Equal(34, seen.OfType<ChainEvent.Block>().Count());
        Assert.Equal(Enumerable.Range(1, 34).Select(static slot => (ulong)slot), seen.OfType<ChainEvent.Head>().Select(static head => head.Slot.Value));

        Participation participation = harness.Chain.Participation;
        Assert.Equal(32_000_000_000UL * ChainHarness.Validators, participation.Active.Value);
        Assert.Equal(participation.Active, participation.Target);
        Assert.Equal(participation.Active, participation.Head);
    }

    [Fact]
    public async Task A_chain_that_was_closed_goes_on_where_it_was()
    {
        string directory = Path.Combine(Path.GetTempPath(), "beacon-chain-" + Guid.NewGuid().ToString("n"));
        try
        {
            var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)ChainHarness.GenesisTime));
            ChainHead before;
            await using (ChainHarness first = ChainHarness.Start(RocksDbKeyValueStore.Open(directory), time))
            {
                await first.RunSlotsAsync(1, 36);
                before = first.Chain.Head;
            }

            await using ChainHarness second = ChainHarness.Start(RocksDbKeyValueStore.Open(directory), time);
            ChainHead after = second.Chain.Head;
            Assert.Equal(before.Root, after.Root);
            Assert.Equal(before.StateRoot, after.StateRoot);
            Assert.Equal(before.Finalized, after.Finalized);
            Assert.Equal(before.Justified, after.Justified);
            Assert.Equal(36, second.Chain.GetCanonicalRoots(new Slot(1), 100).Count);
            await second.RunSlotsAsync(37, 42);
            Assert.Equal(42UL, second.Chain.Head.Slot.Value);
            Assert.Equal(3UL, second.Chain.Head.Finalized.Epoch.Value);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_chain_that_stood_still_for_20_epochs_makes_a_block_at_once_and_finalizes_again()
    {
        await using ChainHarness harness = ChainHarness.Start();
        await harness.RunSlotsAsync(1, 10);
        const ulong Restart = 10 + (20 * 8);
        Assert.False(harness.Chain.SyncStatus.IsSyncing);
        await harness.RunSlotsAsync(Restart, Restart + 40);
        Assert.True(harness.Chain.Head.Finalized.Epoch.Value >= Restart / 8);
    }

    [Fact]
    public async Task Without_finality_states_stay_few_in_memory_and_on_disk_and_all_can_be_had_again()
    {
        var store = new UndisposedStore();
        const ulong Last = 48 * 8;
        Root middle;
        await using (ChainHarness harness = ChainHarness.Start(store))
        {
            await harness.RunSlotsAsync(1, Last, static _ => false);
            Assert.Equal((int)Last + 1, harness.Chain.TreeSize);
            Assert.InRange(harness.Chain.CachedStates, 1, 96 + 16);
            middle = harness.Chain.GetCanonicalRoot(new Slot(100))!.Value;
            Assert.Equal(harness.Chain.GetBlock(middle)!.Message.StateRoot, harness.Chain.GetStateOfBlock(middle)!.Clone().HashTreeRoot());
        }

        // Genesis, and the first block of every fourth epoch.
        Assert.Equal(1 + (48 / 4), BeaconDatabase.Open(store).StateBlockRoots.Count());
        await using ChainHarness again = ChainHarness.Start(store, new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)(ChainHarness.GenesisTime + Last))));
        Assert.Equal(Last, again.Chain.Head.Slot.Value);
        Assert.Equal(again.Chain.GetBlock(middle)!.Message.StateRoot, again.Chain.GetStateOfBlock(middle)!.Clone().HashTreeRoot());
    }

    [Fact]
    public async Task Every_state_of_the_chain_can_be_had_again()
    {
        await using ChainHarness harness = ChainHarness.Start();
        await harness.RunSlotsAsync(1, 40);
        foreach ((Slot slot, Root root) in harness.Chain.GetCanonicalRoots(new Slot(0), 41))
        {
            SignedBeaconBlock block = harness.Chain.GetBlock(root)!;
            Assert.Equal(slot, block.Message.Slot);
            Assert.Equal(block.Message.StateRoot, harness.Chain.GetStateOfBlock(root)!.Clone().HashTreeRoot());
            Assert.Equal(block.Message.StateRoot, harness.Chain.GetStateByRoot(block.Message.StateRoot)!.Clone().HashTreeRoot());
        }
    }

    [Fact]
    public void Another_genesis_on_the_same_database_is_refused()
    {
        var store = new MemoryKeyValueStore();
        var genesis = new StoredGenesis(new Root([.. Enumerable.Repeat((byte)1, 32)]), Root.Zero);
        var batch = new WriteBatch();
        BeaconDatabase.PutGenesis(batch, genesis);
        store.Write(batch);
        var format = new WriteBatch();
        format.Put(Column.Metadata, "format"u8, [1, 0, 0, 0]);
        store.Write(format);
        GenesisMismatchException exception = Assert.Throws<GenesisMismatchException>(() => ChainHarness.Start(store));
        Assert.Contains("another data directory", exception.Message);
    }

    private static IEnumerable<ChainEvent> Read(ChannelReader<ChainEvent> reader)
    {
        while (reader.TryRead(out ChainEvent? happened))
        {
            yield return happened;
        }
    }
}
