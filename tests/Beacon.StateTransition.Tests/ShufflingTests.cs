using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

public sealed class ShufflingTests
{
    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(2, 90)]
    [InlineData(3, 90)]
    [InlineData(255, 10)]
    [InlineData(256, 10)]
    [InlineData(257, 10)]
    [InlineData(1000, 90)]
    public void Shuffling_a_list_agrees_with_shuffling_each_position(int count, int rounds)
    {
        byte[] seed = System.Security.Cryptography.SHA256.HashData([(byte)count, (byte)rounds]);
        int[] list = [.. Enumerable.Range(0, count)];
        Shuffling.ShuffleList<int>(list, seed, rounds);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (int)Shuffling.ComputeShuffledIndex((ulong)i, (ulong)count, seed, rounds)), list);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(67)]
    [InlineData(300)]
    public void Every_active_validator_has_the_assignment_that_its_committee_shows(int validators)
    {
        ChainSpec spec = ChainSpec.Minimal;
        CachedBeaconState state = new(spec, RandomStates.Genesis(spec, validators));
        int seen = 0;
        CommitteeShuffling shuffling = Accessors.GetShuffling(state, new Epoch(0));
        for (ulong slot = 0; slot < spec.Preset.SlotsPerEpoch; slot++)
        {
            for (ulong index = 0; index < shuffling.CommitteesPerSlot; index++)
            {
                ReadOnlySpan<ValidatorIndex> committee = Accessors.GetBeaconCommittee(state, new Slot(slot), new CommitteeIndex(index));
                for (int position = 0; position < committee.Length; position++, seen++)
                {
                    CommitteeAssignment? assignment = ValidatorDuties.GetCommitteeAssignment(state, new Epoch(0), committee[position]);
                    Assert.Equal(new CommitteeAssignment(new Slot(slot), new CommitteeIndex(index), position, committee.Length), assignment);
                }
            }
        }

        Assert.Equal(validators, seen);
        Assert.Null(ValidatorDuties.GetCommitteeAssignment(state, new Epoch(0), new ValidatorIndex((ulong)validators)));
    }

    [Fact]
    public void A_committee_that_does_not_exist_is_refused()
    {
        CachedBeaconState state = new(ChainSpec.Minimal, RandomStates.Genesis(ChainSpec.Minimal, 64));
        Assert.Equal(
            InvalidReason.AttestationCommitteeIndex,
            Assert.Throws<StateTransitionException>(() => Accessors.GetBeaconCommittee(state, new Slot(0), new CommitteeIndex(2)).Length).Reason);
        Assert.Equal(
            InvalidReason.SlotOutOfRange,
            Assert.Throws<StateTransitionException>(() => Accessors.GetBeaconCommittee(state, new Slot(16), new CommitteeIndex(0)).Length).Reason);
    }
}
