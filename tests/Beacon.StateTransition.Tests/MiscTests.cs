using System.Numerics;
using System.Reflection;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

public sealed class MiscTests
{
    [Theory]
    [InlineData(0UL, 0UL)]
    [InlineData(1UL, 1UL)]
    [InlineData(3UL, 1UL)]
    [InlineData(4UL, 2UL)]
    [InlineData(4503599761588225UL, 67108865UL)]
    [InlineData(4503599761588224UL, 67108864UL)]
    [InlineData(18446744065119617025UL, 4294967295UL)]
    [InlineData(18446744065119617024UL, 4294967294UL)]
    [InlineData(ulong.MaxValue, 4294967295UL)]
    public void Square_roots_are_exact(ulong n, ulong root) => Assert.Equal(root, SpecMath.IntegerSquareRoot(n));

    // The table of phase0/weak-subjectivity.md: average balance in ETH, validators, epochs.
    [Theory]
    [InlineData(28, 32768, 504)]
    [InlineData(28, 65536, 752)]
    [InlineData(28, 131072, 1248)]
    [InlineData(28, 262144, 2241)]
    [InlineData(28, 524288, 2241)]
    [InlineData(28, 1048576, 2241)]
    [InlineData(32, 32768, 665)]
    [InlineData(32, 65536, 1075)]
    [InlineData(32, 131072, 1894)]
    [InlineData(32, 262144, 3532)]
    [InlineData(32, 524288, 3532)]
    [InlineData(32, 1048576, 3532)]
    public void Weak_subjectivity_periods_are_those_of_the_specifications_table(ulong balance, ulong validators, ulong epochs)
    {
        ulong churn = Math.Max(4, validators / 65536);
        Assert.Equal(epochs, WeakSubjectivity.ComputePeriod(ChainSpec.Mainnet, validators, new Gwei(balance * validators * 1_000_000_000), churn));
    }

    [Fact]
    public void Subscribed_subnets_are_those_of_the_specification_for_256_bit_node_ids()
    {
        ChainSpec spec = ChainSpec.Minimal;
        Random random = new(7);
        byte[] node = new byte[32];
        for (int i = 0; i < 50; i++)
        {
            random.NextBytes(node);
            ulong epoch = (ulong)random.Next(0, 100_000);
            BigInteger id = new(node, isUnsigned: true, isBigEndian: true);
            ulong prefix = (ulong)(id >> (256 - 6));
            ulong offset = (ulong)(id % spec.Config.EpochsPerSubnetSubscription);
            byte[] seed = System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes((epoch + offset) / spec.Config.EpochsPerSubnetSubscription));
            ulong permutated = Shuffling.ComputeShuffledIndex(prefix, 64, seed, spec.Preset.ShuffleRoundCount);
            Assert.Equal([permutated % 64, (permutated + 1) % 64], Misc.ComputeSubscribedSubnets(spec, node, new Epoch(epoch)));
        }
    }

    [Fact]
    public void Signing_roots_and_domains_are_those_of_their_containers()
    {
        Root genesis = Hasher.Hash([1]);
        ForkVersion version = ForkVersion.Parse("0x00000001");
        Domain domain = Misc.ComputeDomain(DomainType.BeaconAttester, version, genesis);
        Root forkData = new ForkData { CurrentVersion = version, GenesisValidatorsRoot = genesis }.HashTreeRoot();
        Assert.Equal([1, 0, 0, 0, .. forkData.ToArray()[..28]], domain.ToArray());
        Assert.Equal(forkData.ToArray()[..4], Misc.ComputeForkDigest(version, genesis).ToArray());
        Root expected = new SigningData { ObjectRoot = new Epoch(5).HashTreeRoot(), Domain = domain }.HashTreeRoot();
        Assert.Equal(expected, Misc.ComputeSigningRoot(new Epoch(5), domain));
    }

    [Fact]
    public void A_domain_follows_the_fork_of_the_messages_epoch()
    {
        CachedBeaconState state = new(ChainSpec.Minimal, RandomStates.Genesis(ChainSpec.Minimal, 16));
        state.State.Fork = new Fork { PreviousVersion = ForkVersion.Parse("0x00000001"), CurrentVersion = ForkVersion.Parse("0x01000001"), Epoch = new Epoch(3) };
        Root root = state.State.GenesisValidatorsRoot;
        Assert.Equal(Misc.ComputeDomain(DomainType.Randao, state.State.Fork.PreviousVersion, root), Accessors.GetDomain(state, DomainType.Randao, new Epoch(2)));
        Assert.Equal(Misc.ComputeDomain(DomainType.Randao, state.State.Fork.CurrentVersion, root), Accessors.GetDomain(state, DomainType.Randao, new Epoch(3)));
    }

    // Every function of phase0/beacon-chain.md at the pinned tag that is not a piece of SSZ or BLS, and weak-subjectivity.md's one.
    [Theory]
    [InlineData("is_active_validator")]
    [InlineData("is_eligible_for_activation_queue")]
    [InlineData("is_eligible_for_activation")]
    [InlineData("is_slashable_validator")]
    [InlineData("is_slashable_attestation_data")]
    [InlineData("is_valid_indexed_attestation")]
    [InlineData("is_valid_merkle_branch")]
    [InlineData("compute_shuffled_index")]
    [InlineData("compute_proposer_index")]
    [InlineData("compute_epoch_at_slot")]
    [InlineData("compute_start_slot_at_epoch")]
    [InlineData("compute_activation_exit_epoch")]
    [InlineData("compute_fork_data_root")]
    [InlineData("compute_fork_digest")]
    [InlineData("compute_domain")]
    [InlineData("compute_signing_root")]
    [InlineData("get_current_epoch")]
    [InlineData("get_previous_epoch")]
    [InlineData("get_block_root")]
    [InlineData("get_block_root_at_slot")]
    [InlineData("get_randao_mix")]
    [InlineData("get_active_validator_indices")]
    [InlineData("get_validator_churn_limit")]
    [InlineData("get_seed")]
    [InlineData("get_committee_count_per_slot")]
    [InlineData("get_beacon_committee")]
    [InlineData("get_beacon_proposer_index")]
    [InlineData("get_total_balance")]
    [InlineData("get_total_active_balance")]
    [InlineData("get_domain")]
    [InlineData("get_indexed_attestation")]
    [InlineData("get_attesting_indices")]
    [InlineData("increase_balance")]
    [InlineData("decrease_balance")]
    [InlineData("initiate_validator_exit")]
    [InlineData("slash_validator")]
    [InlineData("process_slots")]
    [InlineData("process_epoch")]
    [InlineData("process_justification_and_finalization")]
    [InlineData("get_finality_delay")]
    [InlineData("is_in_inactivity_leak")]
    [InlineData("process_rewards_and_penalties")]
    [InlineData("process_registry_updates")]
    [InlineData("process_slashings")]
    [InlineData("process_eth1_data_reset")]
    [InlineData("process_effective_balance_updates")]
    [InlineData("process_slashings_reset")]
    [InlineData("process_randao_mixes_reset")]
    [InlineData("process_historical_roots_update")]
    [InlineData("process_participation_record_updates")]
    [InlineData("process_block")]
    [InlineData("process_block_header")]
    [InlineData("process_randao")]
    [InlineData("process_eth1_data")]
    [InlineData("process_operations")]
    [InlineData("process_proposer_slashing")]
    [InlineData("process_attester_slashing")]
    [InlineData("process_attestation")]
    [InlineData("get_validator_from_deposit")]
    [InlineData("apply_deposit")]
    [InlineData("process_deposit")]
    [InlineData("process_voluntary_exit")]
    public void Every_function_of_the_specification_has_its_method(string function)
    {
        string name = string.Concat(function.Split('_').Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));
        MethodInfo[] methods =
        [
            .. typeof(Transition).Assembly.GetTypes().SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Where(method => method.Name == name),
        ];
        Assert.NotEmpty(methods);
        Assert.Contains(methods, static method => method.GetCustomAttributes<SpecAttribute>().Any());
    }
}
