using System.Security.Cryptography;
using Beacon.Crypto;
using Beacon.Crypto.Keys;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>The keys of one validator at genesis.</summary>
/// <param name="Signing">Signs the deposit and later the duties.</param>
/// <param name="Withdrawal">What the withdrawal credential commits to.</param>
public sealed record GenesisKey(SecretKey Signing, PublicKey Withdrawal);

/// <summary>Genesis states from keys or from deposits. Deterministic: the same input gives the same root everywhere.</summary>
public static class GenesisBuilder
{
    /// <summary>Derives the keys of a range of validators from a mnemonic's seed (EIP-2334 paths).</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="first">Index of the first validator.</param>
    /// <param name="count">Number of validators.</param>
    /// <remarks>PERF: three derivations per validator, in parallel.</remarks>
    public static GenesisKey[] DeriveKeys(byte[] seed, int first, int count) =>
        Derive(seed, first, count, static withdrawal => new GenesisKey(KeyDerivation.DeriveChild(withdrawal, 0), withdrawal.ToPublicKey()));

    /// <summary>Derives the signing keys alone of a range of validators, for those who only sign.</summary>
    /// <inheritdoc cref="DeriveKeys" path="/param"/>
    public static SecretKey[] DeriveSigningKeys(byte[] seed, int first, int count) => Derive(seed, first, count, static withdrawal => KeyDerivation.DeriveChild(withdrawal, 0));

    private static T[] Derive<T>(byte[] seed, int first, int count, Func<SecretKey, T> select)
    {
        T[] keys = new T[count];
        using SecretKey purpose = KeyDerivation.Derive(seed, "m/12381/3600");
        Parallel.For(0, count, i =>
        {
            using SecretKey account = KeyDerivation.DeriveChild(purpose, checked((uint)(first + i)));
            using SecretKey withdrawal = KeyDerivation.DeriveChild(account, 0);
            keys[i] = select(withdrawal);
        });
        return keys;
    }

    /// <summary>Deposits of the maximum effective balance, signed with the keys. Validator 0 gets the iteration's own withdrawal credential.</summary>
    /// <param name="spec">Preset and configuration; deposits bind its GENESIS_FORK_VERSION.</param>
    /// <param name="keys">One entry per validator, in order.</param>
    /// <param name="identity">The iteration.</param>
    /// <exception cref="GenesisException">No keys, or one key twice.</exception>
    public static DepositData[] SignDeposits(ChainSpec spec, IReadOnlyList<GenesisKey> keys, GenesisIdentity identity)
    {
        if (keys.Count == 0)
        {
            throw new GenesisException("A genesis needs at least one validator key; give some.");
        }

        DepositData[] deposits = new DepositData[keys.Count];
        Parallel.For(0, keys.Count, i =>
        {
            BlsPublicKey pubkey = new(keys[i].Signing.ToPublicKey().ToBytes());
            Root credentials = i == 0 ? identity.FirstWithdrawalCredentials : WithdrawalCredentials(keys[i].Withdrawal);
            Root signingRoot = SignatureSets.DepositSigningRoot(spec, pubkey, credentials, spec.Preset.MaxEffectiveBalance);
            deposits[i] = new DepositData
            {
                Pubkey = pubkey,
                WithdrawalCredentials = credentials,
                Amount = spec.Preset.MaxEffectiveBalance,
                Signature = new BlsSignature(keys[i].Signing.Sign(signingRoot.AsSpan()).ToBytes()),
            };
        });

        Dictionary<BlsPublicKey, int> seen = new(deposits.Length);
        for (int i = 0; i < deposits.Length; i++)
        {
            if (!seen.TryAdd(deposits[i].Pubkey, i))
            {
                throw new GenesisException($"Validators {seen[deposits[i].Pubkey]} and {i} have the same key {deposits[i].Pubkey}; give each its own.");
            }
        }

        return deposits;
    }

    /// <summary>The genesis state of validators whose keys are at hand.</summary>
    /// <param name="spec">Preset and the configuration made by <see cref="GenesisConfig"/>.</param>
    /// <param name="keys">One entry per validator, in order.</param>
    /// <param name="identity">The iteration.</param>
    /// <param name="genesisTime">Unix seconds.</param>
    /// <exception cref="GenesisException">No keys, a key twice, or a time the configuration does not permit.</exception>
    public static BeaconState FromKeys(ChainSpec spec, IReadOnlyList<GenesisKey> keys, GenesisIdentity identity, ulong genesisTime)
    {
        DepositData[] deposits = SignDeposits(spec, keys, identity);
        BeaconState state = GenesisStates.FromTrustedDeposits(spec, identity.Eth1BlockHash, Eth1Timestamp(spec, genesisTime), deposits).State;
        return Checked(spec, state);
    }

    /// <summary>The genesis state of a user's own deposits. Afterwards validator 0 gets the iteration's withdrawal credential.</summary>
    /// <param name="spec">Preset and the configuration made by <see cref="GenesisConfig"/>.</param>
    /// <param name="deposits">The deposits, in order.</param>
    /// <param name="identity">The iteration.</param>
    /// <param name="genesisTime">Unix seconds.</param>
    /// <exception cref="GenesisException">A signature is wrong, a balance too small to be active, or a time the configuration does not permit.</exception>
    public static BeaconState FromDeposits(ChainSpec spec, IReadOnlyList<DepositData> deposits, GenesisIdentity identity, ulong genesisTime)
    {
        if (deposits.Count == 0)
        {
            throw new GenesisException("The deposit list is empty; a genesis needs at least one deposit.");
        }

        // The specification ignores a deposit with a wrong signature; in a list that a person wrote it is a mistake.
        int wrong = Array.IndexOf(GenesisStates.VerifySignatures(spec, deposits), false);
        if (wrong >= 0)
        {
            throw new GenesisException(
                $"The signature of deposit {wrong} (key {deposits[wrong].Pubkey}) is not valid for GENESIS_FORK_VERSION {spec.Config.GenesisForkVersion}; "
                + "make the deposit data for this fork version.");
        }

        BeaconState state = GenesisStates.FromTrustedDeposits(spec, identity.Eth1BlockHash, Eth1Timestamp(spec, genesisTime), deposits).State;
        state.Validators[0] = state.Validators[0] with { WithdrawalCredentials = identity.FirstWithdrawalCredentials };
        state.GenesisValidatorsRoot = state.Validators.HashTreeRoot();
        return Checked(spec, state);
    }

    /// <summary>The withdrawal credential of a BLS key.</summary>
    [Spec("phase0/validator.md#bls_withdrawal_prefix")]
    public static Root WithdrawalCredentials(PublicKey withdrawal)
    {
        byte[] hash = SHA256.HashData(withdrawal.ToBytes());
        hash[0] = PresetLimits.BlsWithdrawalPrefix;
        return new Root(hash);
    }

    private static ulong Eth1Timestamp(ChainSpec spec, ulong genesisTime) => genesisTime >= spec.Config.GenesisDelay
        ? genesisTime - spec.Config.GenesisDelay
        : throw new GenesisException($"Genesis time {genesisTime} is less than GENESIS_DELAY ({spec.Config.GenesisDelay} s) after 1970; choose a later one.");

    private static BeaconState Checked(ChainSpec spec, BeaconState state)
    {
        int index = 0;
        foreach (Validator validator in state.Validators)
        {
            if (!Predicates.IsActiveValidator(validator, new Epoch(PresetLimits.GenesisEpoch)))
            {
                throw new GenesisException(
                    $"Validator {index} (key {validator.Pubkey}) has {state.Balances[index].Value} Gwei; below {spec.Preset.MaxEffectiveBalance.Value} Gwei it would not be "
                    + "active at genesis. Raise its deposit or leave it out.");
            }

            index++;
        }

        return GenesisStates.IsValidGenesisState(spec, state)
            ? state
            : throw new GenesisException(
                $"The configuration does not permit this genesis: time {state.GenesisTime} (MIN_GENESIS_TIME {spec.Config.MinGenesisTime}) with {state.Validators.Count} "
                + $"validators (MIN_GENESIS_ACTIVE_VALIDATOR_COUNT {spec.Config.MinGenesisActiveValidatorCount}).");
    }
}
