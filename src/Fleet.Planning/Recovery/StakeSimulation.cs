using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Fleet.Planning.Recovery;

/// <summary>Stake that goes from epoch to epoch by the rules of phase0, while nothing new is finalized.</summary>
/// <remarks>
/// What an epoch's end does to balances, effective balances and the queue of exits is what the specification says (process_rewards_and_penalties,
/// process_registry_updates, process_slashings, process_effective_balance_updates), per group and not per validator. Luck is replaced by its mean: how soon an
/// attestation is included where proposers are missing, whether at all, and who proposes. The votes that count for two thirds are those of all who vote.
/// </remarks>
internal sealed class StakeSimulation
{
    private readonly ChainSpec _spec;
    private readonly Preset _preset;
    private readonly ulong _finalized;
    private readonly List<Cohort> _cohorts;
    private readonly (ulong Epoch, ulong Stake)[] _slashings;
    private ulong _epoch;
    private ExitLine _exits;
    private ulong _total;
    private ulong _voting;
    private ulong _active;

    public StakeSimulation(StakeObservation stake, IEnumerable<ValidatorGroup> groups)
    {
        _spec = stake.Spec;
        _preset = stake.Spec.Preset;
        _epoch = stake.Epoch.Value;
        _finalized = stake.FinalizedEpoch.Value;
        ValidatorGroup[] joined = [.. ValidatorGroup.Join(groups, _spec)];
        _cohorts = [.. joined.Select(static group => new Cohort(group))];
        _slashings = stake.Slashing is { } slashing ? [(slashing.Epoch.Value, slashing.Stake.Value)] :
        [
            .. joined.Where(static group => group.IsSlashed).GroupBy(SlashedIn)
                .Select(static slashed => (slashed.Key, slashed.Aggregate(0UL, static (sum, group) => sum + ((ulong)group.Count * group.EffectiveBalance.Value)))),
        ];
        foreach (ValidatorGroup group in joined)
        {
            _exits = _exits.With(group.ExitEpoch, group.Count);
        }

        Weigh();
    }

    /// <summary>Whether the end of the epoch would justify: voters of the epoch before have two thirds of the active stake.</summary>
    public bool HasTwoThirds => _voting * 3 >= _total * 2;

    /// <summary>Whether anybody is active.</summary>
    public bool HasActive => _active > 0;

    /// <summary>Whether anybody is active who has not begun to exit.</summary>
    public bool HasStaying => _cohorts.Exists(static cohort => cohort.IsStaying);

    /// <summary>Goes over the end of the epoch into the next one.</summary>
    public void EndEpoch()
    {
        if (HasActive)
        {
            ApplyRewardsAndPenalties();
        }

        Eject();
        ApplySlashings();
        UpdateEffectiveBalances();
        _epoch++;
        _cohorts.RemoveAll(cohort => cohort.ActiveIn(PreviousEpoch) == 0);
        Weigh();
    }

    private ulong PreviousEpoch => _epoch == 0 ? 0 : _epoch - 1;

    private void Weigh()
    {
        ulong total = 0;
        ulong voting = 0;
        ulong active = 0;
        foreach (Cohort cohort in _cohorts)
        {
            ulong now = cohort.ActiveIn(_epoch);
            active += now;
            total += now * cohort.EffectiveBalance;
            voting += cohort.Votes ? cohort.ActiveIn(PreviousEpoch) * cohort.EffectiveBalance : 0;
        }

        (_total, _voting, _active) = (Math.Max(total, _preset.EffectiveBalanceIncrement.Value), voting, active);
    }

    private void ApplyRewardsAndPenalties()
    {
        ulong delay = PreviousEpoch < _finalized ? 0 : PreviousEpoch - _finalized;
        bool leaks = delay > _preset.MinEpochsToInactivityPenalty;
        ulong root = SpecMath.IntegerSquareRoot(_total);
        double share = Math.Min(1, (double)_voting / _total);
        (double included, double quickness) = Inclusion(share);
        foreach (Cohort cohort in _cohorts)
        {
            ulong effective = cohort.EffectiveBalance;
            ulong baseReward = effective * _preset.BaseRewardFactor / root / PresetLimits.BaseRewardsPerEpoch;
            ulong proposerReward = baseReward / _preset.ProposerRewardQuotient;

            // Source, target and head; in the leak also what cancels the reward of a perfect voter, and the penalty that grows with the delay.
            ulong missed = (baseReward * 3) + (leaks ? (PresetLimits.BaseRewardsPerEpoch * baseReward) - proposerReward + (effective * delay / _preset.InactivityPenaltyQuotient) : 0);
            if (!cohort.Votes)
            {
                cohort.Balance = SpecMath.SaturatingSub(cohort.Balance, missed);
                continue;
            }

            double voted = (leaks ? proposerReward - (double)baseReward : 3.0 * baseReward * share) + proposerReward;
            double change = (included * voted) + (quickness * (baseReward - proposerReward)) - ((1 - included) * missed);
            cohort.Balance = change < 0 ? SpecMath.SaturatingSub(cohort.Balance, (ulong)-change) : cohort.Balance + (ulong)change;
        }
    }

    /// <summary>How probable it is that an attestation is included within an epoch, and the mean of 1 / delay, where that share of slots has a block.</summary>
    private (double Included, double Quickness) Inclusion(double share)
    {
        double missing = 1;
        double quickness = 0;
        for (ulong delay = 1; delay <= _preset.SlotsPerEpoch; delay++)
        {
            quickness += missing * share / delay;
            missing *= 1 - share;
        }

        return (1 - missing, quickness);
    }

    private void Eject()
    {
        ulong ejection = _spec.Config.EjectionBalance.Value;
        ulong earliest = _epoch + 1 + _preset.MaxSeedLookahead;
        ulong churn = Math.Max(1, Math.Max(_spec.Config.MinPerEpochChurnLimit, _active / _spec.Config.ChurnLimitQuotient));
        foreach (Cohort cohort in _cohorts)
        {
            if (cohort.IsStaying && cohort.EffectiveBalance <= ejection)
            {
                _exits = cohort.Leave(_exits, earliest, churn);
            }
        }
    }

    /// <summary>The second penalty, half a slashings period before withdrawal, in proportion to all that was slashed in the last period.</summary>
    private void ApplySlashings()
    {
        ulong period = _preset.EpochsPerSlashingsVector;
        ulong slashed = 0;
        foreach ((ulong epoch, ulong stake) in _slashings)
        {
            slashed += _epoch < epoch + period ? stake : 0;
        }

        ulong adjusted = Math.Min(slashed * _preset.ProportionalSlashingMultiplier, _total);
        ulong increment = _preset.EffectiveBalanceIncrement.Value;
        foreach (Cohort cohort in _cohorts)
        {
            if (cohort.IsSlashed && cohort.WithdrawableEpoch == _epoch + (period / 2))
            {
                cohort.Balance = SpecMath.SaturatingSub(cohort.Balance, cohort.EffectiveBalance / increment * adjusted / _total * increment);
            }
        }
    }

    private void UpdateEffectiveBalances()
    {
        ulong increment = _preset.EffectiveBalanceIncrement.Value;
        ulong hysteresis = increment / _preset.HysteresisQuotient;
        ulong downward = hysteresis * _preset.HysteresisDownwardMultiplier;
        ulong upward = hysteresis * _preset.HysteresisUpwardMultiplier;
        foreach (Cohort cohort in _cohorts)
        {
            if (cohort.Balance + downward < cohort.EffectiveBalance || cohort.EffectiveBalance + upward < cohort.Balance)
            {
                cohort.EffectiveBalance = Math.Min(cohort.Balance - (cohort.Balance % increment), _preset.MaxEffectiveBalance.Value);
            }
        }
    }

    /// <summary>Latest epoch in which a group can have been slashed: the registry does not say it, but when they leave and when they may withdraw.</summary>
    private ulong SlashedIn(ValidatorGroup group)
    {
        ulong byWithdrawal = SpecMath.SaturatingSub(group.WithdrawableEpoch.Value, _preset.EpochsPerSlashingsVector);
        ulong byExit = SpecMath.SaturatingSub(group.ExitEpoch.Value, 1 + _preset.MaxSeedLookahead);
        return Math.Min(_epoch, Math.Min(byWithdrawal, byExit));
    }
}
