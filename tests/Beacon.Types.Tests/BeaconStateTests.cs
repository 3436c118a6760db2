using Beacon.Ssz;

namespace Beacon.Types.Tests;

public sealed class BeaconStateTests
{
    private const int Validators = 32_768;

    [Fact]
    public void A_clone_after_some_slots_of_changes_costs_few_per_cent_of_a_full_state()
    {
        BeaconState state = MakeState(Validators);
        state.HashTreeRoot();
        BeaconState clone = state.Clone();
        for (ulong slot = 1; slot <= 8; slot++)
        {
            clone.Slot += 1;
            clone.BlockRoots[slot] = new(Enumerable.Repeat((byte)slot, 32).ToArray());
            clone.StateRoots[slot] = new(Enumerable.Repeat((byte)(slot + 100), 32).ToArray());
            clone.RandaoMixes[0] = clone.BlockRoots[slot];
            clone.Balances[slot * 1000] += new Gwei(1);
            clone.CurrentEpochAttestations.Add(PendingAttestation.CreateDefault());
        }

        (int nodes, int unshared) = CountUnshared(clone, state);
        Assert.True(unshared * 100 < nodes * 4, $"{unshared} of {nodes} nodes are not shared");
        Assert.NotEqual(state.HashTreeRoot(), clone.HashTreeRoot());
    }

    [Fact]
    public void The_root_after_changes_is_that_of_a_state_read_afresh()
    {
        BeaconState state = MakeState(1000);
        Root before = state.HashTreeRoot();
        BeaconState clone = state.Clone();
        clone.Slot += 1;
        clone.Validators[500] = clone.Validators[500] with { Slashed = true };
        clone.Validators.Add(clone.Validators[0]);
        clone.Balances.Add(new Gwei(1));
        clone.Balances[3] = new Gwei(7);
        clone.JustificationBits = clone.JustificationBits.ShiftedUp().With(0, true);
        clone.PreviousEpochAttestations = clone.CurrentEpochAttestations;
        clone.CurrentEpochAttestations = clone.CurrentEpochAttestations.CreateEmpty();
        clone.CurrentEpochAttestations.Add(PendingAttestation.CreateDefault());
        clone.FinalizedCheckpoint = clone.FinalizedCheckpoint with { Epoch = new(3) };
        byte[] bytes = new byte[clone.SszSize];
        clone.Serialize(bytes);
        Assert.Equal(BeaconState.Deserialize(bytes, ChainSpec.Mainnet).HashTreeRoot(), clone.HashTreeRoot());
        Assert.Equal(before, state.HashTreeRoot());
        Assert.False(state.Validators[500].Slashed);
        Assert.Equal(1000, state.Validators.Count);
    }

    [Fact]
    public void A_changed_copy_of_an_immutable_container_has_its_own_root()
    {
        Validator validator = new RandomValues(1).Make<Validator>() with { Slashed = false };
        Root root = validator.HashTreeRoot();
        Validator slashed = validator with { Slashed = true };
        Assert.NotEqual(root, slashed.HashTreeRoot());
        Assert.Equal(root, (slashed with { Slashed = false }).HashTreeRoot());
        Assert.Equal(validator, slashed with { Slashed = false });
    }

    /// <summary>Lists hash flat containers side by side; one by one must give the same, whichever of them have their root already.</summary>
    [Fact]
    public void Validators_hash_the_same_in_a_list_and_alone()
    {
        for (int count = 0; count < 70; count++)
        {
            RandomValues random = new(count);
            Validator[] validators = [.. Enumerable.Range(0, count).Select(_ => random.Make<Validator>())];
            byte[] chunks = [.. validators.SelectMany(validator => (validator with { }).HashTreeRoot().ToArray())];
            for (int i = 0; i < count; i += 3)
            {
                validators[i].HashTreeRoot();
            }

            Root expected = Merkle.MixInLength(Merkle.Merkleize(chunks, 40), (ulong)count);
            Assert.Equal(expected, PersistentList<Validator>.ListOf(1UL << 40, validators).HashTreeRoot());
            Assert.Equal(expected, SszCodec.RootOfList<Validator>(validators, 1UL << 40));
        }
    }

    [Fact]
    public void A_block_and_its_header_have_the_same_root()
    {
        SignedBeaconBlock block = new RandomValues(2).Make<SignedBeaconBlock>();
        Assert.Equal(block.Message.HashTreeRoot(), block.Message.ToHeader().HashTreeRoot());
        Assert.Equal(block.HashTreeRoot(), block.ToHeader().HashTreeRoot());
    }

    [Fact]
    public void A_historical_batch_hashes_like_the_vectors_of_the_state()
    {
        BeaconState state = MakeState(1);
        HistoricalBatch batch = new() { BlockRoots = state.BlockRoots, StateRoots = state.StateRoots };
        Assert.Equal(Hasher.Combine(state.BlockRoots.HashTreeRoot(), state.StateRoots.HashTreeRoot()), batch.HashTreeRoot());
    }

    private static (int Nodes, int Unshared) CountUnshared(BeaconState state, BeaconState other)
    {
        int nodes = 0;
        int shared = 0;
        void Count<T>(PersistentList<T> mine, PersistentList<T> theirs)
            where T : ISszSerializable<T>
        {
            (int all, int common) = mine.CountShared(theirs);
            nodes += all;
            shared += common;
        }

        Count(state.BlockRoots, other.BlockRoots);
        Count(state.StateRoots, other.StateRoots);
        Count(state.Validators, other.Validators);
        Count(state.Balances, other.Balances);
        Count(state.RandaoMixes, other.RandaoMixes);
        Count(state.Slashings, other.Slashings);
        Count(state.CurrentEpochAttestations, other.CurrentEpochAttestations);
        Count(state.PreviousEpochAttestations, other.PreviousEpochAttestations);
        Count(state.Eth1DataVotes, other.Eth1DataVotes);
        Count(state.HistoricalRoots, other.HistoricalRoots);
        return (nodes, nodes - shared);
    }

    private static BeaconState MakeState(int validators)
    {
        BeaconState state = BeaconState.CreateDefault(ChainSpec.Mainnet);
        Validator template = new RandomValues(3).Make<Validator>() with { Slashed = false };
        for (int i = 0; i < validators; i++)
        {
            state.Validators.Add(template with { EffectiveBalance = new Gwei((ulong)i) });
            state.Balances.Add(new Gwei((ulong)i));
        }

        for (int i = 0; i < state.BlockRoots.Count; i++)
        {
            state.BlockRoots[i] = Hasher.Hash(BitConverter.GetBytes(i));
            state.StateRoots[i] = Hasher.Hash(BitConverter.GetBytes(-i));
        }

        return state;
    }
}
