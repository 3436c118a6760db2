using Beacon.Ssz;
using Beacon.Types;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Chain.Tests;

/// <summary>A chain that begins at a finalized block of another one.</summary>
public sealed class CheckpointAnchorTests
{
    [Theory]
    [InlineData(0UL)]
    [InlineData(16UL)]
    public async Task A_chain_from_a_checkpoint_goes_on_like_the_one_it_was_taken_from(ulong gap)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)ChainHarness.GenesisTime));
        await using ChainHarness full = ChainHarness.Start(time: time);
        await RunAsync(full, 1, 34, gap);
        CheckpointAnchor anchor = Take(full);
        Assert.Equal((2UL, gap == 16 ? 15UL : 16UL), (anchor.Checkpoint.Epoch.Value, anchor.Block.Message.Slot.Value));

        var store = new UndisposedStore();
        await using (ChainHarness young = ChainHarness.Start(store, time, new ChainOptions { Anchor = anchor, DutyGroups = [new("all", 0, 31)] }))
        {
            Assert.Equal((anchor.Checkpoint.Root, anchor.Checkpoint), (young.Chain.Head.Root, young.Chain.Head.Finalized));

            // Alone it knows that the others are ahead; nobody signs on a head of long ago.
            Assert.True(young.Chain.SyncStatus.IsSyncing);
            await CatchUpAsync(full, young);
            Assert.False(young.Chain.SyncStatus.IsSyncing);
            Assert.Equal(full.Chain.Head.Root, young.Chain.Head.Root);
            await RunAsync(full, 35, 50, 0);
            await CatchUpAsync(full, young);
            Assert.Equal((full.Chain.Head.Root, full.Chain.Head.Finalized, full.Chain.Head.Justified), (young.Chain.Head.Root, young.Chain.Head.Finalized, young.Chain.Head.Justified));
            Assert.Equal(4UL, young.Chain.Head.Finalized.Epoch.Value);
            AssertHistory(full, young, anchor);
        }

        // Once there is a database, an anchor is of no use.
        await using ChainHarness again = ChainHarness.Start(store, time, new ChainOptions { Anchor = anchor });
        Assert.Equal((full.Chain.Head.Root, full.Chain.Head.Finalized), (again.Chain.Head.Root, again.Chain.Head.Finalized));
        AssertHistory(full, again, anchor);
        await again.RunSlotsAsync(51, 60);
        Assert.Equal(60UL, again.Chain.Head.Slot.Value);
    }

    [Fact]
    public async Task What_a_state_no_longer_remembers_is_unknown_and_not_taken_for_genesis()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)ChainHarness.GenesisTime));
        await using ChainHarness full = ChainHarness.Start(time: time);
        await full.RunSlotsAsync(1, 114);
        CheckpointAnchor anchor = Take(full);
        Assert.Equal(96UL, anchor.Block.Message.Slot.Value);
        await using ChainHarness young = ChainHarness.Start(time: time, options: new ChainOptions { Anchor = anchor });

        // The state has the roots of 64 slots; peers whose finalized block is older cannot be said to be on another chain.
        Assert.Equal(full.Chain.GetCanonicalRootAtOrBefore(new Slot(40)), young.Chain.GetCanonicalRootAtOrBefore(new Slot(40)));
        Assert.Null(young.Chain.GetCanonicalRootAtOrBefore(new Slot(20)));
        Assert.Equal(full.Chain.GenesisBlockRoot, young.Chain.GetCanonicalRootAtOrBefore(new Slot(0)));
        Assert.Null(young.Chain.GetStateAtSlot(new Slot(40)));
    }

    [Fact]
    public async Task Pieces_that_do_not_belong_together_are_refused_with_the_reason()
    {
        await using ChainHarness full = ChainHarness.Start();
        await full.RunSlotsAsync(1, 34);
        Checkpoint finalized = full.Chain.Head.Finalized;
        SignedBeaconBlock block = full.Chain.GetBlock(finalized.Root)!;
        BeaconState state = full.Chain.GetStateOfBlock(finalized.Root)!.State;
        BeaconState other = full.Chain.Head.State.State;
        SignedBeaconBlock head = full.Chain.GetBlock(full.Chain.Head.Root)!;
        Assert.Contains("but the finalized checkpoint is", Refusal(finalized, head, state));
        Assert.Contains("is not the state", Refusal(finalized, block, other));
        Assert.Contains("signature", Refusal(finalized, block with { Signature = head.Signature }, state));
        Assert.Contains("behind the start of the finalized epoch", Refusal(new Checkpoint { Epoch = new Epoch(1), Root = finalized.Root }, block, state));
        Assert.Contains("has not begun", Refusal(new Checkpoint { Epoch = new Epoch(9), Root = finalized.Root }, block, state));

        string Refusal(Checkpoint checkpoint, SignedBeaconBlock anchor, BeaconState after)
        {
            CheckpointException exception = Assert.Throws<CheckpointException>(
                () => CheckpointAnchor.Verify(full.Spec, Genesis(full), checkpoint, anchor, after, full.Chain.Head.Slot, full.Chain.Clock.CurrentSlot));
            Assert.False(exception.IsOtherChain);
            return exception.Message;
        }
    }

    internal static CheckpointAnchor Take(ChainHarness from)
    {
        Checkpoint finalized = from.Chain.Head.Finalized;
        return CheckpointAnchor.Verify(
            from.Spec, Genesis(from), finalized, from.Chain.GetBlock(finalized.Root)!, from.Chain.GetStateOfBlock(finalized.Root)!.State, from.Chain.Head.Slot, from.Chain.Clock.CurrentSlot);
    }

    private static BeaconState Genesis(ChainHarness harness) => harness.Chain.GetStateOfBlock(harness.Chain.GenesisBlockRoot)!.State;

    private static async Task RunAsync(ChainHarness harness, ulong first, ulong last, ulong gap)
    {
        for (ulong slot = first; slot <= last; slot++)
        {
            if (slot == gap)
            {
                harness.MoveTo(slot, 400);
                foreach (Attestation attestation in harness.Attest(slot))
                {
                    Assert.Equal(GossipVerdict.Accept, await harness.Chain.PublishAsync(attestation, CancellationToken.None));
                }
            }
            else
            {
                await harness.RunSlotsAsync(slot, slot);
            }
        }
    }

    private static async Task CatchUpAsync(ChainHarness from, ChainHarness to)
    {
        foreach ((Slot _, Root root) in from.Chain.GetCanonicalRoots(new Slot(to.Chain.Head.Slot.Value + 1), 1000))
        {
            ImportResult result = await to.Chain.ImportAsync(from.Chain.GetBlock(root)!, CancellationToken.None);
            Assert.True(result.IsInChain, result.Reason);
        }
    }

    /// <summary>Blocks are there from the anchor on and at genesis, roots also before, as far as the anchor's state has them.</summary>
    private static void AssertHistory(ChainHarness full, ChainHarness young, CheckpointAnchor anchor)
    {
        ulong first = anchor.Block.Message.Slot.Value;
        Assert.Equal(first, young.Chain.OldestBlockSlot.Value);
        Assert.Equal(full.Chain.GetCanonicalRoots(new Slot(first), 1000), young.Chain.GetCanonicalRoots(new Slot(first), 1000));
        Assert.All(young.Chain.GetCanonicalRoots(new Slot(first), 1000), block => Assert.NotNull(young.Chain.GetBlock(block.Root)));
        for (ulong slot = 0; slot < first; slot++)
        {
            Assert.Equal(full.Chain.GetCanonicalRoot(new Slot(slot)), young.Chain.GetCanonicalRoot(new Slot(slot)));
        }

        Assert.NotNull(young.Chain.GetBlock(young.Chain.GenesisBlockRoot));
        Assert.Null(young.Chain.GetBlock(young.Chain.GetCanonicalRoot(new Slot(3))!.Value));
        Assert.Null(young.Chain.GetStateAtSlot(new Slot(3)));
        Assert.NotNull(young.Chain.GetStateAtSlot(new Slot(first + 3)));
    }
}
