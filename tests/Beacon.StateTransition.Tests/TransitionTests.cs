using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

public sealed class TransitionTests
{
    private static readonly ChainSpec Spec = ChainSpec.Minimal;

    [Fact]
    public void A_chain_with_everybody_attesting_justifies_and_finalizes()
    {
        CachedBeaconState state = new(Spec, RandomStates.Genesis(Spec, 64));
        TestChain.Extend(state, 5 * 8);
        Assert.Equal(3UL, state.State.FinalizedCheckpoint.Epoch.Value);
        Assert.Equal(4UL, state.State.CurrentJustifiedCheckpoint.Epoch.Value);
        Assert.All(state.State.Balances, static balance => Assert.True(balance.Value > 32_000_000_000));
    }

    [Fact]
    public void Caches_carried_along_are_those_made_from_the_state_alone()
    {
        CachedBeaconState carried = new(Spec, RandomStates.Genesis(Spec, 70));
        for (int step = 0; step < 30; step++)
        {
            TestChain.Extend(carried, 1);
            CachedBeaconState fresh = new(Spec, carried.State.Clone());
            for (ulong epoch = SpecMath.SaturatingSub(fresh.Epoch.Epoch.Value, 1); epoch <= fresh.Epoch.Epoch.Value + 1; epoch++)
            {
                Assert.Equal(Accessors.GetShuffling(fresh, new Epoch(epoch)).Shuffled, Accessors.GetShuffling(carried, new Epoch(epoch)).Shuffled);
                Assert.Equal(Accessors.GetActiveValidatorIndices(fresh, new Epoch(epoch)), Accessors.GetActiveValidatorIndices(carried, new Epoch(epoch)));
            }

            Assert.Equal(Accessors.GetBeaconProposerIndex(fresh), Accessors.GetBeaconProposerIndex(carried));
            Assert.Equal(fresh.Epoch.TotalActiveBalance, carried.Epoch.TotalActiveBalance);
            Assert.Equal(fresh.ExitQueue, carried.ExitQueue);
        }
    }

    [Fact]
    public void A_clone_and_its_origin_do_not_see_each_others_changes()
    {
        CachedBeaconState origin = new(Spec, RandomStates.Genesis(Spec, 64));
        TestChain.Extend(origin, 6);
        CachedBeaconState clone = origin.Clone();
        Root before = origin.HashTreeRoot();
        Mutators.SlashValidator(clone, new ValidatorIndex(3));
        TestChain.Extend(clone, 12);
        Assert.Equal(before, origin.HashTreeRoot());
        Assert.NotEqual(before, clone.HashTreeRoot());
        CachedBeaconState again = origin.Clone();
        Mutators.SlashValidator(again, new ValidatorIndex(3));
        TestChain.Extend(again, 12);
        Assert.Equal(clone.HashTreeRoot(), again.HashTreeRoot());
    }

    [Fact]
    public void Exits_beyond_the_churn_limit_wait_for_the_next_epoch()
    {
        CachedBeaconState state = new(Spec, RandomStates.Genesis(Spec, 64));
        for (ulong i = 0; i < 5; i++)
        {
            Mutators.InitiateValidatorExit(state, new ValidatorIndex(i));
            Mutators.InitiateValidatorExit(state, new ValidatorIndex(i));
        }

        Assert.Equal([5UL, 5UL, 6UL, 6UL, 7UL], state.State.Validators.Take(5).Select(static validator => validator.ExitEpoch.Value));
        Assert.Equal(ExitQueue.Of(state.State), state.ExitQueue);
    }

    [Fact]
    public void Stake_on_its_way_out_is_told_by_whether_it_was_slashed_until_it_has_left()
    {
        CachedBeaconState state = new(Spec, RandomStates.Genesis(Spec, 64));
        Assert.Equal(new ExitingStake(default, default, default, default, default), ExitingStake.Gather(state, new Epoch(0)));
        for (ulong i = 0; i < 3; i++)
        {
            Mutators.SlashValidator(state, new ValidatorIndex(i));
            Mutators.InitiateValidatorExit(state, new ValidatorIndex(i + 10));
        }

        ulong each = Spec.Preset.MaxEffectiveBalance.Value;
        ulong delay = Spec.Config.MinValidatorWithdrawabilityDelay;
        Assert.Equal(
            new ExitingStake(
                new ExitingValidators(3, new Gwei(3 * each), new Epoch(5), new Epoch(7)),
                new ExitingValidators(3, new Gwei(3 * each), new Epoch(5), new Epoch(7)),
                new Epoch(5 + delay), new Epoch(7 + delay), new Gwei(3 * each)),
            ExitingStake.Gather(state, new Epoch(1)));
        ExitingStake later = ExitingStake.Gather(state, new Epoch(5));
        Assert.Equal((2UL, 2UL, 6UL, 6UL), (later.Slashed.Count, later.Unslashed.Count, later.Slashed.FirstExit.Value, later.Unslashed.FirstExit.Value));
        Assert.Equal((0UL, 0UL), (ExitingStake.Gather(state, new Epoch(7)).Slashed.Count, ExitingStake.Gather(state, new Epoch(7)).Unslashed.Count));
    }

    [Fact]
    public void A_state_cannot_be_moved_back_or_stay()
    {
        CachedBeaconState state = new(Spec, RandomStates.Genesis(Spec, 16));
        Transition.ProcessSlots(state, new Slot(3));
        Assert.Equal(InvalidReason.SlotNotAhead, Assert.Throws<StateTransitionException>(() => Transition.ProcessSlots(state, new Slot(3))).Reason);
        Assert.Equal(InvalidReason.SlotNotAhead, Assert.Throws<StateTransitionException>(() => Transition.ProcessSlots(state, new Slot(2))).Reason);
    }

    [Fact]
    public void A_chain_without_active_validators_has_no_proposer()
    {
        CachedBeaconState state = new(Spec, RandomStates.Genesis(Spec, 0));
        Assert.Equal(InvalidReason.NoActiveValidators, Assert.Throws<StateTransitionException>(() => Accessors.GetBeaconProposerIndex(state)).Reason);
    }

    [Fact]
    public void Keys_known_from_another_fork_are_not_taken_for_those_of_this_state()
    {
        ValidatorKeys keys = new();
        BeaconState first = RandomStates.Genesis(Spec, 3);
        BeaconState second = RandomStates.Genesis(Spec, 3);
        (second.Validators[1], second.Validators[2]) = (second.Validators[2], second.Validators[1]);
        keys.AddAll(first);
        keys.AddAll(second);
        BeaconState shorter = RandomStates.Genesis(Spec, 2);
        foreach ((BeaconState state, int position) in ((BeaconState, int)[])[(first, 2), (second, 1)])
        {
            Assert.True(keys.TryGetIndex(state, first.Validators[2].Pubkey, out int index));
            Assert.Equal(position, index);
        }

        Assert.False(keys.TryGetIndex(shorter, first.Validators[2].Pubkey, out _));
    }

    [Fact]
    public void A_wrong_signature_in_a_batch_is_reported_with_its_own_reason()
    {
        CachedBeaconState state = new(Spec, TestChain.SignedGenesis(Spec, 16));
        Transition.ProcessSlots(state, new Slot(1));
        SignedBeaconBlock good = TestChain.SignedBlock(state);
        Transition.ApplyAtSlot(state.Clone(), good, new SignatureVerifier(SignatureVerification.Batch));
        SignedBeaconBlock badReveal = TestChain.Resign(state, good.Message with { Body = good.Message.Body with { RandaoReveal = good.Signature } });
        SignedBeaconBlock badSignature = good with { Signature = good.Message.Body.RandaoReveal };
        SignedBeaconBlock malformed = good with { Signature = default };
        foreach (SignatureVerification mode in (SignatureVerification[])[SignatureVerification.Individual, SignatureVerification.Batch])
        {
            Assert.Equal(InvalidReason.RandaoReveal, Reason(badReveal, mode));
            Assert.Equal(InvalidReason.BlockSignature, Reason(badSignature, mode));
            Assert.Equal(InvalidReason.BlockSignature, Reason(malformed, mode));
        }

        Transition.ApplyAtSlot(state.Clone(), badReveal, new SignatureVerifier(SignatureVerification.None), verifyStateRoot: false);

        InvalidReason Reason(SignedBeaconBlock block, SignatureVerification mode) =>
            Assert.Throws<StateTransitionException>(() => Transition.ApplyAtSlot(state.Clone(), block, new SignatureVerifier(mode), verifyStateRoot: false)).Reason;
    }

    [Fact]
    public void Twelve_thousand_slots_without_a_block_leave_a_state_that_goes_on()
    {
        CachedBeaconState state = new(Spec, RandomStates.Genesis(Spec, 16));
        Transition.ProcessSlots(state, new Slot(12_000));
        Assert.Equal(12_000UL, state.Slot.Value);
        Assert.True(AttestationDeltas.IsInInactivityLeak(state));
        Assert.All(state.State.Balances, static balance => Assert.True(balance.Value < 32_000_000_000));
        TestChain.Extend(state, 1);
        Assert.Equal(12_001UL, state.Slot.Value);
    }

    [Theory]
    [InlineData("1110", 10, 10, 0, 3UL)]
    [InlineData("0000", 0, 10, 0, 0UL)]
    [InlineData("1100", 0, 10, 1, 3UL)]
    public void Weighing_needs_no_state(string bits, ulong previousTarget, ulong currentTarget, ulong finalizedBefore, ulong finalizedAfter)
    {
        Checkpoint At(ulong epoch) => new() { Epoch = new Epoch(epoch), Root = Hasher.Hash([(byte)epoch]) };
        JustificationChange before = new(Bitvector.Of([.. bits.Select(static c => c == '1')]), At(2), At(3), At(finalizedBefore));
        JustificationChange after = JustificationChange.Weigh(before, new Gwei(12), At(3), new Gwei(previousTarget), At(4), new Gwei(currentTarget));
        Assert.Equal(finalizedAfter, after.Finalized.Epoch.Value);
        Assert.Equal(At(3), after.PreviousJustified);
        Assert.Equal(4UL, after.CurrentJustified.Epoch.Value);
    }
}
