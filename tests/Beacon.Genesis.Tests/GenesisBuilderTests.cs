using Beacon.Crypto.Keys;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Genesis.Tests;

public sealed class GenesisBuilderTests
{
    private static readonly ChainSpec Spec = GenesisSamples.Spec;

    [Fact]
    public void The_same_keys_and_iteration_give_the_same_state()
    {
        BeaconState first = GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time);
        BeaconState second = GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time);
        Assert.Equal(first.HashTreeRoot(), second.HashTreeRoot());
        Assert.Equal(GenesisSamples.Time, first.GenesisTime);
        Assert.Equal(16UL, first.Eth1Data.DepositCount);
        Assert.Equal(16UL, first.Eth1DepositIndex);
        Assert.Equal(GenesisSamples.Identity.Eth1BlockHash, first.Eth1Data.BlockHash);
        Assert.All(first.RandaoMixes, static mix => Assert.Equal(GenesisSamples.Identity.Eth1BlockHash, mix));
    }

    [Fact]
    public void Keys_and_lists_give_the_state_of_deposits_proved_and_verified_as_the_specification_says()
    {
        DepositData[] data = GenesisBuilder.SignDeposits(Spec, GenesisSamples.Keys, GenesisSamples.Identity);
        DepositTree tree = new();
        Deposit[] deposits = [.. data.Select(tree.Append)];
        CachedBeaconState expected = GenesisStates.InitializeBeaconStateFromEth1(Spec, GenesisSamples.Identity.Eth1BlockHash, GenesisSamples.Time, deposits);
        Assert.Equal(expected.HashTreeRoot(), GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time).HashTreeRoot());
        Assert.Equal(expected.HashTreeRoot(), GenesisBuilder.FromDeposits(Spec, data, GenesisSamples.Identity, GenesisSamples.Time).HashTreeRoot());
    }

    [Theory]
    [InlineData("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", 2)]
    [InlineData("another testnet with the same mnemonic", 1)]
    public void Iterations_and_testnets_with_the_same_keys_share_no_scope(string uid, int iteration)
    {
        BeaconState first = GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time);
        BeaconState other = GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, new GenesisIdentity(uid, iteration), GenesisSamples.Time);
        NetworkManifest firstManifest = NetworkFiles.Build(Spec, first, 1, "/a/1").Manifest;
        NetworkManifest otherManifest = NetworkFiles.Build(Spec, other, iteration, "/a/2").Manifest;
        Assert.NotEqual(firstManifest.GenesisValidatorsRoot, otherManifest.GenesisValidatorsRoot);
        Assert.NotEqual(firstManifest.ForkDigest, otherManifest.ForkDigest);
        Assert.NotEqual(firstManifest.GenesisRoot, otherManifest.GenesisRoot);
        Assert.NotEqual(first.Eth1Data.BlockHash, other.Eth1Data.BlockHash);
        Assert.Equal(first.Validators.Select(static v => v.Pubkey), other.Validators.Select(static v => v.Pubkey));
    }

    [Fact]
    public void Validator_0_carries_the_iteration_and_the_others_their_withdrawal_key()
    {
        BeaconState state = GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time);
        Assert.Equal(GenesisSamples.Identity.FirstWithdrawalCredentials, state.Validators[0].WithdrawalCredentials);
        Assert.Equal(0, state.Validators[0].WithdrawalCredentials.AsSpan()[0]);
        Assert.Equal(GenesisBuilder.WithdrawalCredentials(GenesisSamples.Keys[1].Withdrawal), state.Validators[1].WithdrawalCredentials);
    }

    [Fact]
    public void Derived_keys_are_those_of_the_paths()
    {
        byte[] seed = new byte[64];
        for (int i = 0; i < 3; i++)
        {
            using Crypto.SecretKey signing = KeyDerivation.Derive(seed, KeyDerivation.SigningPath((uint)i));
            using Crypto.SecretKey withdrawal = KeyDerivation.Derive(seed, KeyDerivation.WithdrawalPath((uint)i));
            Assert.Equal(signing.ToPublicKey(), GenesisSamples.Keys[i].Signing.ToPublicKey());
            Assert.Equal(withdrawal.ToPublicKey(), GenesisSamples.Keys[i].Withdrawal);
        }

        Assert.Equal(GenesisSamples.Keys[5].Signing.ToPublicKey(), GenesisBuilder.DeriveKeys(seed, 5, 1)[0].Signing.ToPublicKey());
    }

    [Fact]
    public void A_key_given_twice_is_refused()
    {
        GenesisException error = Assert.Throws<GenesisException>(() => GenesisBuilder.FromKeys(
            GenesisSamples.SpecFor(2), [GenesisSamples.Keys[0], GenesisSamples.Keys[0]], GenesisSamples.Identity, GenesisSamples.Time));
        Assert.Contains("Validators 0 and 1 have the same key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_keys_are_refused() =>
        Assert.Throws<GenesisException>(() => GenesisBuilder.FromKeys(Spec, [], GenesisSamples.Identity, GenesisSamples.Time));

    [Fact]
    public void A_users_deposits_give_active_validators_and_the_iterations_root()
    {
        DepositData[] deposits = [.. GenesisSamples.Keys.Select(static key => Sign(key, Spec.Preset.MaxEffectiveBalance))];
        BeaconState first = GenesisBuilder.FromDeposits(Spec, deposits, GenesisSamples.Identity, GenesisSamples.Time);
        BeaconState second = GenesisBuilder.FromDeposits(Spec, deposits, GenesisSamples.Identity with { Iteration = 2 }, GenesisSamples.Time);
        Assert.NotEqual(first.GenesisValidatorsRoot, second.GenesisValidatorsRoot);
        Assert.Equal(first.Validators.HashTreeRoot(), first.GenesisValidatorsRoot);
        Assert.True(GenesisStates.IsValidGenesisState(Spec, first));
    }

    [Fact]
    public void Top_ups_count_towards_the_balance_of_a_key()
    {
        DepositData[] deposits = [Sign(GenesisSamples.Keys[0], new Gwei(16_000_000_000)), Sign(GenesisSamples.Keys[0], new Gwei(16_000_000_000))];
        BeaconState state = GenesisBuilder.FromDeposits(GenesisSamples.SpecFor(1), deposits, GenesisSamples.Identity, GenesisSamples.Time);
        Assert.Single(state.Validators);
        Assert.Equal(2UL, state.Eth1DepositIndex);
    }

    [Fact]
    public void A_balance_too_small_to_be_active_is_refused_by_name()
    {
        DepositData[] deposits = [Sign(GenesisSamples.Keys[0], Spec.Preset.MaxEffectiveBalance), Sign(GenesisSamples.Keys[1], new Gwei(31_000_000_000))];
        GenesisException error = Assert.Throws<GenesisException>(
            () => GenesisBuilder.FromDeposits(GenesisSamples.SpecFor(2), deposits, GenesisSamples.Identity, GenesisSamples.Time));
        Assert.Contains("Validator 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("31000000000 Gwei", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deposit_signed_for_another_fork_version_is_refused_by_name()
    {
        DepositData[] deposits = [Sign(GenesisSamples.Keys[0], Spec.Preset.MaxEffectiveBalance), Sign(GenesisSamples.Keys[1], Spec.Preset.MaxEffectiveBalance, ChainSpec.Mainnet)];
        GenesisException error = Assert.Throws<GenesisException>(
            () => GenesisBuilder.FromDeposits(GenesisSamples.SpecFor(2), deposits, GenesisSamples.Identity, GenesisSamples.Time));
        Assert.Contains("deposit 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_block_on_genesis_needs_no_deposits()
    {
        CachedBeaconState state = new(Spec, GenesisBuilder.FromKeys(Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time));
        Root genesisRoot = GenesisStates.GenesisBlock(state.State).HashTreeRoot();
        Transition.ProcessSlots(state, new Slot(1));
        BeaconBlock block = BeaconBlock.CreateDefault() with
        {
            Slot = new Slot(1),
            ProposerIndex = Accessors.GetBeaconProposerIndex(state),
            ParentRoot = genesisRoot,
            Body = BeaconBlockBody.CreateDefault() with { Eth1Data = state.State.Eth1Data },
        };
        Transition.ProcessBlock(state, block, new SignatureVerifier(SignatureVerification.None));
        Assert.Equal(genesisRoot, state.State.LatestBlockHeader.ParentRoot);
    }

    private static DepositData Sign(GenesisKey key, Gwei amount, ChainSpec? spec = null)
    {
        BlsPublicKey pubkey = new(key.Signing.ToPublicKey().ToBytes());
        Root credentials = GenesisBuilder.WithdrawalCredentials(key.Withdrawal);
        Root root = SignatureSets.DepositSigningRoot(spec ?? Spec, pubkey, credentials, amount);
        return new DepositData
        {
            Pubkey = pubkey,
            WithdrawalCredentials = credentials,
            Amount = amount,
            Signature = new BlsSignature(key.Signing.Sign(root.AsSpan()).ToBytes()),
        };
    }
}
