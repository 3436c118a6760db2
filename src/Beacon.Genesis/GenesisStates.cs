using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>The specification's genesis.</summary>
public static class GenesisStates
{
    // Large enough that a pairing is shared by many, small enough that both cores get some.
    private const int BatchSize = 64;

    /// <summary>The state after all deposits, with everyone who paid enough active from the beginning.</summary>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="eth1BlockHash">Seeds the randao mixes.</param>
    /// <param name="eth1Timestamp">Unix seconds; genesis is GENESIS_DELAY later.</param>
    /// <param name="deposits">Deposits in order, each proved against the tree that ends with it.</param>
    /// <exception cref="StateTransitionException">A proof is wrong, or a sum does not fit 64 bits.</exception>
    [Spec("phase0/beacon-chain.md#genesis")]
    public static CachedBeaconState InitializeBeaconStateFromEth1(ChainSpec spec, Root eth1BlockHash, ulong eth1Timestamp, IReadOnlyList<Deposit> deposits)
    {
        CachedBeaconState state = Start(spec, eth1BlockHash, eth1Timestamp, (ulong)deposits.Count);
        bool[] signed = VerifySignatures(spec, [.. deposits.Select(static deposit => deposit.Data)]);
        DepositTree tree = new();
        for (int i = 0; i < deposits.Count; i++)
        {
            Deposit deposit = deposits[i];
            tree.Append(deposit.Data);
            state.State.Eth1Data = state.State.Eth1Data with { DepositRoot = tree.Root };
            CheckProof(state.State, deposit);
            state.State.Eth1DepositIndex++;
            if (signed[i] || state.Keys.TryGetIndex(state.State, deposit.Data.Pubkey, out _))
            {
                BlockProcessing.ApplyDeposit(state, deposit.Data, trusted: true);
            }
        }

        Finish(state);
        return state;
    }

    /// <summary>The same for deposits whose signatures are known to be valid, and whose tree is made here: nothing is left to prove.</summary>
    internal static CachedBeaconState FromTrustedDeposits(ChainSpec spec, Root eth1BlockHash, ulong eth1Timestamp, IReadOnlyList<DepositData> deposits)
    {
        CachedBeaconState state = Start(spec, eth1BlockHash, eth1Timestamp, (ulong)deposits.Count);
        DepositTree tree = new();
        foreach (DepositData data in deposits)
        {
            tree.Append(data);
            BlockProcessing.ApplyDeposit(state, data, trusted: true);
        }

        state.State.Eth1Data = state.State.Eth1Data with { DepositRoot = tree.Root };
        state.State.Eth1DepositIndex = tree.Count;
        Finish(state);
        return state;
    }

    /// <summary>Whether a chain may start from a state.</summary>
    [Spec("phase0/beacon-chain.md#genesis-state")]
    public static bool IsValidGenesisState(ChainSpec spec, BeaconState state)
    {
        if (state.GenesisTime < spec.Config.MinGenesisTime)
        {
            return false;
        }

        ulong active = 0;
        foreach (Validator validator in state.Validators)
        {
            active += Predicates.IsActiveValidator(validator, new Epoch(PresetLimits.GenesisEpoch)) ? 1UL : 0;
        }

        return active >= spec.Config.MinGenesisActiveValidatorCount;
    }

    /// <summary>The block of slot 0.</summary>
    [Spec("phase0/beacon-chain.md#genesis-block")]
    public static BeaconBlock GenesisBlock(BeaconState genesisState) => BeaconBlock.CreateDefault() with { StateRoot = genesisState.HashTreeRoot() };

    /// <summary>Which deposits prove the possession of their key.</summary>
    /// <remarks>PERF: batches of 64 in parallel; a batch with a wrong signature is halved until that is found.</remarks>
    internal static bool[] VerifySignatures(ChainSpec spec, IReadOnlyList<DepositData> deposits)
    {
        bool[] valid = new bool[deposits.Count];
        Parallel.For(0, (deposits.Count + BatchSize - 1) / BatchSize, batch =>
        {
            List<SignatureSet> sets = new(BatchSize);
            List<int> positions = new(BatchSize);
            for (int i = batch * BatchSize; i < Math.Min(deposits.Count, (batch + 1) * BatchSize); i++)
            {
                DepositData data = deposits[i];
                if (PublicKey.TryFromBytes(data.Pubkey.AsSpan(), out PublicKey? key) && Signature.TryFromBytes(data.Signature.AsSpan(), out Signature? signature))
                {
                    Root root = SignatureSets.DepositSigningRoot(spec, data.Pubkey, data.WithdrawalCredentials, data.Amount);
                    sets.Add(new SignatureSet(key, root.ToArray(), signature));
                    positions.Add(i);
                    valid[i] = true;
                }
            }

            foreach (int invalid in Bls.FindInvalid([.. sets]))
            {
                valid[positions[invalid]] = false;
            }
        });
        return valid;
    }

    private static CachedBeaconState Start(ChainSpec spec, Root eth1BlockHash, ulong eth1Timestamp, ulong deposits)
    {
        BeaconState state = BeaconState.CreateDefault(spec);
        state.GenesisTime = checked(eth1Timestamp + spec.Config.GenesisDelay);
        state.Fork = new Fork
        {
            PreviousVersion = spec.Config.GenesisForkVersion,
            CurrentVersion = spec.Config.GenesisForkVersion,
            Epoch = new Epoch(PresetLimits.GenesisEpoch),
        };
        state.Eth1Data = new Eth1Data { DepositRoot = default, DepositCount = deposits, BlockHash = eth1BlockHash };
        state.LatestBlockHeader = state.LatestBlockHeader with { BodyRoot = BeaconBlockBody.CreateDefault().HashTreeRoot() };
        Root[] mixes = new Root[spec.Preset.EpochsPerHistoricalVector];
        Array.Fill(mixes, eth1BlockHash);
        state.RandaoMixes = PersistentList<Root>.VectorOf(mixes);
        return new CachedBeaconState(spec, state);
    }

    private static void CheckProof(BeaconState state, Deposit deposit)
    {
        if (!Predicates.IsValidMerkleBranch(
            deposit.Data.HashTreeRoot(), deposit.Proof.AsSpan(), (int)PresetLimits.DepositContractTreeDepth + 1, state.Eth1DepositIndex, state.Eth1Data.DepositRoot))
        {
            throw new StateTransitionException(
                InvalidReason.DepositProof, $"The proof of deposit {state.Eth1DepositIndex} does not lead to the root of the deposits up to it.");
        }
    }

    private static void Finish(CachedBeaconState state)
    {
        Preset preset = state.Spec.Preset;
        BeaconState inner = state.State;
        ulong increment = preset.EffectiveBalanceIncrement.Value;
        for (int i = 0; i < inner.Validators.Count; i++)
        {
            ulong balance = inner.Balances[i].Value;
            var effective = new Gwei(Math.Min(balance - (balance % increment), preset.MaxEffectiveBalance.Value));
            Validator validator = inner.Validators[i] with { EffectiveBalance = effective };
            if (effective == preset.MaxEffectiveBalance)
            {
                validator = validator with
                {
                    ActivationEligibilityEpoch = new Epoch(PresetLimits.GenesisEpoch),
                    ActivationEpoch = new Epoch(PresetLimits.GenesisEpoch),
                };
            }

            inner.Validators[i] = validator;
        }

        inner.GenesisValidatorsRoot = inner.Validators.HashTreeRoot();
    }
}
