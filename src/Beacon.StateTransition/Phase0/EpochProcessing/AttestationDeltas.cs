using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>Rewards and penalties for the attestations of the previous epoch, by component. Each method adds to the arrays it is given (Gwei by validator).</summary>
/// <remarks>PERF: one pass over the summary's arrays per component.</remarks>
public sealed class AttestationDeltas
{
    private readonly EpochSummary _summary;
    private readonly Preset _preset;
    private readonly ulong[] _baseRewards;
    private readonly ulong _finalityDelay;
    private readonly bool _inLeak;

    /// <summary>Makes the deltas of a state at an epoch's last slot.</summary>
    /// <param name="state">The state, its checkpoints already those after justification.</param>
    /// <param name="summary">Its summary.</param>
    public AttestationDeltas(CachedBeaconState state, EpochSummary summary)
    {
        _summary = summary;
        _preset = state.Spec.Preset;
        _finalityDelay = GetFinalityDelay(state);
        _inLeak = IsInInactivityLeak(state);
        _baseRewards = BaseRewards(summary, _preset);
    }

    /// <summary>Epochs since finality.</summary>
    [Spec("phase0/beacon-chain.md#helpers")]
    public static ulong GetFinalityDelay(CachedBeaconState state) =>
        Accessors.GetPreviousEpoch(state).Value - state.State.FinalizedCheckpoint.Epoch.Value;

    /// <summary>Whether finality is so long ago that the inactive lose stake.</summary>
    [Spec("phase0/beacon-chain.md#helpers")]
    public static bool IsInInactivityLeak(CachedBeaconState state) => GetFinalityDelay(state) > state.Spec.Preset.MinEpochsToInactivityPenalty;

    /// <summary>Votes for the source.</summary>
    [Spec("phase0/beacon-chain.md#components-of-attestation-deltas")]
    public void AddSource(Span<ulong> rewards, Span<ulong> penalties) => AddComponent(ValidatorFlags.PreviousSource, _summary.PreviousSourceBalance, rewards, penalties);

    /// <summary>Votes for the target.</summary>
    [Spec("phase0/beacon-chain.md#components-of-attestation-deltas")]
    public void AddTarget(Span<ulong> rewards, Span<ulong> penalties) => AddComponent(ValidatorFlags.PreviousTarget, _summary.PreviousTargetBalance, rewards, penalties);

    /// <summary>Votes for the head.</summary>
    [Spec("phase0/beacon-chain.md#components-of-attestation-deltas")]
    public void AddHead(Span<ulong> rewards, Span<ulong> penalties) => AddComponent(ValidatorFlags.PreviousHead, _summary.PreviousHeadBalance, rewards, penalties);

    /// <summary>Quick inclusion: for the attester, and for the proposer that included it.</summary>
    [Spec("phase0/beacon-chain.md#components-of-attestation-deltas")]
    public void AddInclusionDelay(Span<ulong> rewards)
    {
        for (int i = 0; i < _baseRewards.Length; i++)
        {
            if (_summary.IsUnslashed(i, ValidatorFlags.PreviousSource))
            {
                ulong proposerReward = _baseRewards[i] / _preset.ProposerRewardQuotient;
                rewards[checked((int)_summary.InclusionProposers[i])] += proposerReward;
                rewards[i] += (_baseRewards[i] - proposerReward) / _summary.InclusionDelays[i];
            }
        }
    }

    /// <summary>Penalties of the inactivity leak.</summary>
    [Spec("phase0/beacon-chain.md#components-of-attestation-deltas")]
    public void AddInactivity(Span<ulong> penalties)
    {
        if (!_inLeak)
        {
            return;
        }

        for (int i = 0; i < _baseRewards.Length; i++)
        {
            if ((_summary.Flags[i] & ValidatorFlags.Eligible) == 0)
            {
                continue;
            }

            // Whoever does everything right gets the same amount as reward and stays where it was.
            ulong baseReward = _baseRewards[i];
            penalties[i] += (PresetLimits.BaseRewardsPerEpoch * baseReward) - (baseReward / _preset.ProposerRewardQuotient);
            if (!_summary.IsUnslashed(i, ValidatorFlags.PreviousTarget))
            {
                penalties[i] += _summary.EffectiveBalances[i] * _finalityDelay / _preset.InactivityPenaltyQuotient;
            }
        }
    }

    /// <summary>All components.</summary>
    [Spec("phase0/beacon-chain.md#get_attestation_deltas")]
    public (ulong[] Rewards, ulong[] Penalties) Total()
    {
        ulong[] rewards = new ulong[_baseRewards.Length];
        ulong[] penalties = new ulong[_baseRewards.Length];
        AddSource(rewards, penalties);
        AddTarget(rewards, penalties);
        AddHead(rewards, penalties);
        AddInclusionDelay(rewards);
        AddInactivity(penalties);
        return (rewards, penalties);
    }

    private void AddComponent(ValidatorFlags flag, Gwei attestingBalance, Span<ulong> rewards, Span<ulong> penalties)
    {
        // Balances are divided by the increment so that products stay within 64 bits.
        ulong increment = _preset.EffectiveBalanceIncrement.Value;
        ulong attesting = attestingBalance.Value / increment;
        ulong total = _summary.TotalActiveBalance.Value / increment;
        ReadOnlySpan<ulong> baseRewards = _baseRewards;
        for (int i = 0; i < baseRewards.Length; i++)
        {
            if ((_summary.Flags[i] & ValidatorFlags.Eligible) == 0)
            {
                continue;
            }

            if (!_summary.IsUnslashed(i, flag))
            {
                penalties[i] += baseRewards[i];
            }
            else if (_inLeak)
            {
                rewards[i] += baseRewards[i];
            }
            else
            {
                rewards[i] += baseRewards[i] * attesting / total;
            }
        }
    }

    private static ulong[] BaseRewards(EpochSummary summary, Preset preset)
    {
        ulong root = SpecMath.IntegerSquareRoot(summary.TotalActiveBalance.Value);
        ulong[] rewards = new ulong[summary.EffectiveBalances.Length];
        ulong lastBalance = 0;
        ulong lastReward = 0;
        for (int i = 0; i < rewards.Length; i++)
        {
            // Most validators have the same effective balance: divide once for each run of equal ones.
            ulong balance = summary.EffectiveBalances[i];
            if (balance != lastBalance)
            {
                lastBalance = balance;
                lastReward = balance * preset.BaseRewardFactor / root / PresetLimits.BaseRewardsPerEpoch;
            }

            rewards[i] = lastReward;
        }

        return rewards;
    }
}
