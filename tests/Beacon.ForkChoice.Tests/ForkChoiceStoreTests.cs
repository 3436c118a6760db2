using Beacon.Ssz;
using static Beacon.ForkChoice.Tests.ForkChoiceScript;

namespace Beacon.ForkChoice.Tests;

public sealed class ForkChoiceStoreTests
{
    /// <summary>Late enough in a slot that a block gets no boost.</summary>
    private const ulong Late = 1500;

    [Fact]
    public void Without_blocks_the_anchor_is_the_head() => new ForkChoiceScript().Run(Head("genesis"));

    [Fact]
    public void A_longer_chain_is_followed_without_votes() => new ForkChoiceScript().Run(
        Tick(3), Block("a", 1, "genesis"), Block("b", 2, "a"), Head("b"));

    [Fact]
    public void Equal_weights_are_decided_by_the_greater_root() => new ForkChoiceScript().Run(
        Tick(2), Block("a", 1, "genesis"), Block("b", 1, "genesis"), Head("b"));

    [Fact]
    public void Votes_outweigh_length_and_move_when_newer() => new ForkChoiceScript().Run(
        Tick(4), Block("a", 1, "genesis"), Block("b", 1, "genesis"), Block("c", 2, "b"),
        Vote(2, "a", 0, 1), Head("a"), Weight("a", 2), Weight("genesis", 2),
        Vote(3, "c", 2, 3), Weight("c", 2), Weight("b", 2), Head("c"),
        Tick(9), Vote(8, "c", 1), Head("c"), Weight("a", 1), Weight("b", 3));

    [Fact]
    public void A_second_vote_of_the_same_epoch_is_ignored() => new ForkChoiceScript().Run(
        Tick(4), Block("a", 1, "genesis"), Block("b", 1, "genesis"),
        Vote(2, "a", 0), Vote(3, "b", 0), Weight("a", 1), Weight("b", 0));

    [Fact]
    public void A_timely_block_has_the_boost_until_the_slot_ends() => new ForkChoiceScript().Run(
        Tick(1, Late), Block("z", 1, "genesis"), Boosted(null),
        Tick(2), Block("a", 2, "genesis"), Boosted("a"), Head("a"), Weight("a", 0.2),
        Tick(3), Boosted(null), Head("z"), Weight("a", 0));

    [Fact]
    public void The_first_timely_block_keeps_the_boost() => new ForkChoiceScript().Run(
        Tick(2), Block("a", 2, "genesis"), Block("b", 2, "genesis"), Boosted("a"), Head("a"));

    [Fact]
    public void A_block_after_a_third_of_its_slot_is_not_timely() => new ForkChoiceScript().Run(
        Tick(2, 999), Block("a", 2, "genesis"), Boosted("a"), Tick(3, 1000), Block("b", 3, "a"), Boosted(null));

    [Fact]
    public void The_boost_of_40_per_cent_outweighs_a_smaller_vote() => new ForkChoiceScript(validators: 64).Run(
        Tick(3), Block("z", 1, "genesis"), Vote(2, "z", 0, 1), Tick(4), Block("a", 4, "genesis"), Head("a"),
        Weight("a", 64.0 / 8 * 0.4), Tick(5), Head("z"));

    [Fact]
    public void Equivocators_have_no_weight_before_or_after() => new ForkChoiceScript().Run(
        Tick(4), Block("a", 1, "genesis"), Block("b", 1, "genesis"), Vote(2, "a", 0, 1), Vote(2, "b", 2), Head("a"),
        Equivocation(0, 1), Weight("a", 0), Head("b"), Tick(9), Vote(8, "a", 0), Weight("a", 0));

    [Fact]
    public void A_leaf_with_an_old_voting_source_is_filtered_out() => new ForkChoiceScript().Run(
        Tick(8), Block("a", 1, "genesis"), Block("z", 8, "genesis"),
        Tick(16), Block("b", 16, "a", justified: At(1, "a")), Justified(At(1, "a")),
        Tick(32), Head("b"), Block("c", 32, "a", justified: At(1, "a")), Block("d", 32, "z"), Head("c"));

    [Fact]
    public void A_viable_parent_of_only_unviable_leaves_is_no_head() => new ForkChoiceScript().Run(
        Tick(4), Block("a", 1, "genesis"), Block("b", 2, "a"),
        Tick(40), Block("c", 40, "b", justified: At(4, "b")), Justified(At(4, "b")), Block("d", 40, "b"), Block("e", 40, "d"),
        Vote(39, "b", 0), Head("c"));

    [Fact]
    public void Unrealized_justification_is_pulled_up_at_the_next_epoch() => new ForkChoiceScript().Run(
        Tick(9), Block("a", 8, "genesis"), Block("b", 9, "a", unrealized: At(1, "a")), Justified(At(0, "genesis")),
        Tick(15), Justified(At(0, "genesis")), Tick(16), Justified(At(1, "a")));

    [Fact]
    public void Unrealized_justification_of_a_past_epoch_counts_at_once() => new ForkChoiceScript().Run(
        Tick(16), Block("a", 8, "genesis"), Block("b", 9, "a", unrealized: At(1, "a")), Justified(At(1, "a")));

    [Fact]
    public void A_jump_over_several_slots_ticks_through_each_epoch_start() => new ForkChoiceScript().Run(
        Tick(9), Block("a", 8, "genesis"), Block("b", 9, "a", unrealized: At(1, "a"), unrealizedFinalized: At(1, "a")),
        Tick(29, 100), Justified(At(1, "a")), Finalized(At(1, "a")));

    [Fact]
    public void Time_never_moves_back() => new ForkChoiceScript().Run(
        Tick(5), Tick(3), script => Assert.Equal(5UL, script.Store.CurrentSlot.Value));

    [Fact]
    public void Blocks_are_refused_by_the_rule_they_break() => new ForkChoiceScript().Run(
        Tick(20), Block("a", 8, "genesis"), Block("x", 7, "genesis"), Block("b", 16, "a", finalized: At(1, "a"), justified: At(1, "a")),
        Refused(Block("q", 21, "b"), "future"),
        Refused(Block("q", 9, "nobody"), "parent is unknown"),
        Refused(Block("q", 8, "genesis"), "not after the finalized slot"),
        Refused(Block("q", 17, "x"), "does not descend from the finalized block"));

    [Fact]
    public void Attestations_are_refused_by_the_rule_they_break() => new ForkChoiceScript().Run(
        Tick(9), Block("a", 1, "genesis"), Block("b", 8, "a"),
        Refused(Vote(9, "b", 0), "slot is not over"),
        Refused(script => script.Store.OnAttestation(Data(8, RootOf("b"), At(0, "genesis")), [0], false), "not of the attestation's epoch"),
        Refused(script => script.Store.OnAttestation(Data(8, RootOf("b"), At(1, "q")), [0], false), "target is unknown"),
        Refused(script => script.Store.OnAttestation(Data(8, RootOf("q"), At(1, "b")), [0], false), "voted for is unknown"),
        Refused(script => script.Store.OnAttestation(Data(7, RootOf("b"), At(0, "genesis")), [0], false), "later than the attestation"),
        Refused(script => script.Store.OnAttestation(Data(8, RootOf("b"), At(1, "a")), [0], false), "not an ancestor"),
        Tick(24),
        Refused(script => script.Store.OnAttestation(Data(1, RootOf("a"), At(0, "genesis")), [0], false), "neither of the current nor of the previous"),
        script => script.Store.OnAttestation(Data(1, RootOf("a"), At(0, "genesis")), [0], isFromBlock: true),
        Weight("a", 1));

    [Fact]
    public void Pruning_keeps_what_descends_from_the_finalized_block_and_all_weights() => new ForkChoiceScript().Run(
        Tick(20), Block("a", 8, "genesis"), Block("x", 9, "genesis"), Block("b", 16, "a", finalized: At(1, "a"), justified: At(1, "a")),
        Block("c", 17, "a", finalized: At(1, "a"), justified: At(1, "a")), Vote(16, "b", 0, 1), Vote(17, "c", 2), Head("b"),
        Prune("genesis", "x"), Prune(), Head("b"), Weight("a", 3), Weight("b", 2), Weight("c", 1),
        Tick(25), Vote(24, "c", 0, 1), Head("c"), Weight("b", 0), Weight("c", 3));

    [Fact]
    public void Changed_votes_are_handed_out_once() => new ForkChoiceScript().Run(
        Tick(4), Block("a", 1, "genesis"), Vote(2, "a", 0, 3),
        script => Assert.Equal([0UL, 3UL], script.Store.TakeChangedVotes().Order()),
        script => Assert.Empty(script.Store.TakeChangedVotes()));

    [Fact]
    public void A_store_rebuilt_from_its_blocks_and_votes_has_the_same_head_and_weights()
    {
        ForkChoiceScript original = new ForkChoiceScript().Run(
            Tick(20), Block("a", 8, "genesis"), Block("b", 16, "a", justified: At(1, "a")), Block("c", 17, "a", justified: At(1, "a")),
            Vote(17, "b", 0, 1), Vote(17, "c", 2), Head("b"));
        ForkChoiceScript restored = new ForkChoiceScript().Run(Tick(20));
        foreach (ForkChoiceBlock block in original.Store.Blocks)
        {
            restored.Store.RestoreBlock(block);
        }

        foreach ((ulong validator, LatestMessage message) in original.Store.LatestMessages)
        {
            restored.Store.RestoreVote(validator, message);
        }

        restored.Run(Head("b"), Weight("b", 2), Weight("c", 1), Justified(At(1, "a")));
        Assert.Empty(restored.Store.TakeChangedVotes());
    }

    [Fact]
    public void Random_trees_have_the_head_that_the_specification_computes()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var script = new ForkChoiceScript(validators: 16);
            var names = new List<(string Name, ulong Slot)> { ("genesis", 0) };
            for (ulong slot = 1; slot < 40; slot++)
            {
                script.Run(Tick(slot, random.Next(2) == 0 ? 0 : Late));
                if (random.Next(4) > 0)
                {
                    (string parent, _) = names[random.Next(Math.Max(0, names.Count - 4), names.Count)];
                    string name = $"b{random.Next(1000)}-{slot}";
                    script.Run(Block(name, slot, parent));
                    names.Add((name, slot));
                }

                (string target, ulong targetSlot) = names[random.Next(names.Count)];
                if (targetSlot <= slot - 1)
                {
                    script.Run(Vote(slot - 1, target, (ulong)random.Next(16), (ulong)random.Next(16)));
                }

                if (random.Next(12) == 0)
                {
                    script.Run(Equivocation((ulong)random.Next(16)));
                }

                Assert.Equal(NaiveHead(script), script.Store.GetHead());
            }
        }
    }

    /// <summary>The spec's get_head written down literally, for trees without justification.</summary>
    private static Root NaiveHead(ForkChoiceScript script)
    {
        ForkChoiceStore store = script.Store;
        Root head = store.JustifiedCheckpoint.Root;
        while (true)
        {
            List<ForkChoiceBlock> children = store.Blocks.Where(block => block.ParentRoot == head).ToList();
            if (children.Count == 0)
            {
                return head;
            }

            head = children.OrderBy(child => Weigh(child)).ThenBy(child => child.Root).Last().Root;
        }

        ulong Weigh(ForkChoiceBlock block)
        {
            ulong weight = 0;
            foreach ((ulong validator, LatestMessage message) in store.LatestMessages)
            {
                if (!store.EquivocatingIndices.Contains(validator) && store.GetAncestor(message.Root, block.Slot) == block.Root)
                {
                    weight += script.Balances[validator];
                }
            }

            if (!store.ProposerBoostRoot.IsZero && store.GetAncestor(store.ProposerBoostRoot, block.Slot) == block.Root)
            {
                weight += (ulong)script.Balances.Length * 32_000_000_000 / 8 * 40 / 100;
            }

            return weight;
        }
    }
}
