using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The specification's mutators of the beacon state.</summary>
public static class Mutators
{
    /// <summary>Raises a balance.</summary>
    [Spec("phase0/beacon-chain.md#increase_balance")]
    public static void IncreaseBalance(CachedBeaconState state, ValidatorIndex index, Gwei delta) =>
        state.State.Balances[index.Value] = new Gwei(state.State.Balances[index.Value].Value + delta.Value);

    /// <summary>Lowers a balance, not below 0.</summary>
    [Spec("phase0/beacon-chain.md#decrease_balance")]
    public static void DecreaseBalance(CachedBeaconState state, ValidatorIndex index, Gwei delta) =>
        state.State.Balances[index.Value] = new Gwei(SpecMath.SaturatingSub(state.State.Balances[index.Value].Value, delta.Value));

    /// <summary>Puts a validator into the queue of exits, unless it is there.</summary>
    /// <remarks>PERF: constant; the queue's end is cached, see <see cref="ExitQueue"/>.</remarks>
    [Spec("phase0/beacon-chain.md#initiate_validator_exit")]
    public static void InitiateValidatorExit(CachedBeaconState state, ValidatorIndex index)
    {
        Validator validator = state.State.Validators[index.Value];
        if (validator.ExitEpoch != Epoch.FarFuture)
        {
            return;
        }

        ExitQueue queue = state.ExitQueue;
        Epoch earliest = Misc.ComputeActivationExitEpoch(state.Spec, Accessors.GetCurrentEpoch(state));
        Epoch exit = queue.LastEpoch.Value < earliest.Value ? earliest : queue.LastEpoch;
        ulong churn = exit == queue.LastEpoch ? queue.Exits : 0;
        if (churn >= Accessors.GetValidatorChurnLimit(state))
        {
            exit = new Epoch(exit.Value + 1);
        }

        state.State.Validators[index.Value] = validator with
        {
            ExitEpoch = exit,
            WithdrawableEpoch = new Epoch(exit.Value + state.Spec.Config.MinValidatorWithdrawabilityDelay),
        };
        state.ExitQueue = queue.With(exit);
    }

    /// <summary>Slashes a validator and rewards the proposer, and the whistleblower where that is somebody else.</summary>
    [Spec("phase0/beacon-chain.md#slash_validator")]
    public static void SlashValidator(CachedBeaconState state, ValidatorIndex slashedIndex, ValidatorIndex? whistleblowerIndex = null)
    {
        Preset preset = state.Spec.Preset;
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        InitiateValidatorExit(state, slashedIndex);
        Validator validator = state.State.Validators[slashedIndex.Value];
        var withdrawable = new Epoch(Math.Max(validator.WithdrawableEpoch.Value, epoch.Value + preset.EpochsPerSlashingsVector));
        state.State.Validators[slashedIndex.Value] = validator with { Slashed = true, WithdrawableEpoch = withdrawable };

        ulong effective = validator.EffectiveBalance.Value;
        ulong ring = epoch.Value % preset.EpochsPerSlashingsVector;
        state.State.Slashings[ring] = new Gwei(state.State.Slashings[ring].Value + effective);
        DecreaseBalance(state, slashedIndex, new Gwei(effective / preset.MinSlashingPenaltyQuotient));

        ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(state);
        ulong whistleblowerReward = effective / preset.WhistleblowerRewardQuotient;
        ulong proposerReward = whistleblowerReward / preset.ProposerRewardQuotient;
        IncreaseBalance(state, proposer, new Gwei(proposerReward));
        IncreaseBalance(state, whistleblowerIndex ?? proposer, new Gwei(whistleblowerReward - proposerReward));
    }
}
