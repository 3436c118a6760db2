using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Deposits.</content>
public static partial class BlockProcessing
{
    private const int DepositProofDepth = (int)PresetLimits.DepositContractTreeDepth + 1;

    /// <summary>Checks a deposit's proof and applies it: a new validator, or more balance for a known one. A new one without proof of possession is ignored.</summary>
    [Spec("phase0/beacon-chain.md#deposits")]
    public static void ProcessDeposit(CachedBeaconState state, Deposit deposit, SignatureVerifier verifier)
    {
        BeaconState inner = state.State;
        Require(
            Predicates.IsValidMerkleBranch(
                deposit.Data.HashTreeRoot(), deposit.Proof.AsSpan(), DepositProofDepth, inner.Eth1DepositIndex, inner.Eth1Data.DepositRoot),
            InvalidReason.DepositProof,
            $"The proof of deposit {inner.Eth1DepositIndex} does not lead to the deposit root {inner.Eth1Data.DepositRoot}.");
        inner.Eth1DepositIndex++;
        ApplyDeposit(state, deposit.Data, verifier.TrustDeposits);
    }

    /// <summary>Applies a deposit that is known to be in the deposit tree.</summary>
    /// <param name="state">The state.</param>
    /// <param name="data">The deposit.</param>
    /// <param name="trusted">Whether its signature is known to be valid.</param>
    [Spec("phase0/beacon-chain.md#deposits")]
    public static void ApplyDeposit(CachedBeaconState state, DepositData data, bool trusted = false)
    {
        BeaconState inner = state.State;
        if (state.Keys.TryGetIndex(inner, data.Pubkey, out int index))
        {
            Mutators.IncreaseBalance(state, new ValidatorIndex((ulong)index), data.Amount);
            return;
        }

        if (!trusted && !SignatureSets.IsValidDeposit(state.Spec, data))
        {
            return;
        }

        state.Keys.Add(data.Pubkey, inner.Validators.Count);
        inner.Validators.Add(GetValidatorFromDeposit(state.Spec, data));
        inner.Balances.Add(data.Amount);
    }

    /// <summary>The registry's entry for a new deposit.</summary>
    [Spec("phase0/beacon-chain.md#deposits")]
    public static Validator GetValidatorFromDeposit(ChainSpec spec, DepositData data)
    {
        ulong amount = data.Amount.Value;
        return new Validator
        {
            Pubkey = data.Pubkey,
            WithdrawalCredentials = data.WithdrawalCredentials,
            EffectiveBalance = new Gwei(Math.Min(amount - (amount % spec.Preset.EffectiveBalanceIncrement.Value), spec.Preset.MaxEffectiveBalance.Value)),
            Slashed = false,
            ActivationEligibilityEpoch = Epoch.FarFuture,
            ActivationEpoch = Epoch.FarFuture,
            ExitEpoch = Epoch.FarFuture,
            WithdrawableEpoch = Epoch.FarFuture,
        };
    }
}
