using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>Stake that is on its way out: active in an epoch, and the epoch of its exit is set.</summary>
/// <param name="Slashed">Those who were slashed; their votes do not count.</param>
/// <param name="Unslashed">Those who were not: they exit by their own will, or were ejected.</param>
/// <param name="FirstWithdrawable">First epoch in which one of these slashed may withdraw; zero without any. Their second penalty comes half a slashings period before.</param>
/// <param name="LastWithdrawable">First epoch in which all of them may.</param>
/// <param name="Slashings">Effective balance that was slashed within the last EPOCHS_PER_SLASHINGS_VECTOR epochs, which the second penalty is in proportion to.</param>
public sealed record ExitingStake(ExitingValidators Slashed, ExitingValidators Unslashed, Epoch FirstWithdrawable, Epoch LastWithdrawable, Gwei Slashings)
{
    /// <summary>The stake that is on its way out in an epoch.</summary>
    /// <param name="state">A state of that epoch or the one before: exits of later epochs do not change who is active in it.</param>
    /// <param name="epoch">The epoch.</param>
    /// <remarks>PERF: one pass over the registry.</remarks>
    public static ExitingStake Gather(CachedBeaconState state, Epoch epoch)
    {
        ExitingValidators slashed = default;
        ExitingValidators unslashed = default;
        (ulong first, ulong last) = (ulong.MaxValue, 0);
        foreach (Validator validator in state.State.Validators)
        {
            if (validator.ExitEpoch == Epoch.FarFuture || !Predicates.IsActiveValidator(validator, epoch))
            {
                continue;
            }

            if (!validator.Slashed)
            {
                unslashed = unslashed.With(validator);
                continue;
            }

            slashed = slashed.With(validator);
            first = Math.Min(first, validator.WithdrawableEpoch.Value);
            last = Math.Max(last, validator.WithdrawableEpoch.Value);
        }

        ulong slashings = 0;
        foreach (Gwei one in state.State.Slashings)
        {
            slashings = checked(slashings + one.Value);
        }

        return new ExitingStake(slashed, unslashed, new Epoch(slashed.Count == 0 ? 0 : first), new Epoch(last), new Gwei(slashings));
    }
}

/// <summary>Active validators whose exit is set.</summary>
/// <param name="Count">How many.</param>
/// <param name="Stake">Their combined effective balance.</param>
/// <param name="FirstExit">First epoch in which one of them is not active any more; zero without any.</param>
/// <param name="LastExit">First epoch in which none of them is.</param>
public readonly record struct ExitingValidators(ulong Count, Gwei Stake, Epoch FirstExit, Epoch LastExit)
{
    internal ExitingValidators With(Validator validator) => new(
        Count + 1,
        new Gwei(checked(Stake.Value + validator.EffectiveBalance.Value)),
        Count == 0 || validator.ExitEpoch.Value < FirstExit.Value ? validator.ExitEpoch : FirstExit,
        validator.ExitEpoch.Value > LastExit.Value ? validator.ExitEpoch : LastExit);
}
