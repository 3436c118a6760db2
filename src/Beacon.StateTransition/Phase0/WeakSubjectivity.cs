using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>How long a checkpoint can be trusted as a starting point.</summary>
public static class WeakSubjectivity
{
    private const ulong EthToGwei = 1_000_000_000;
    private const ulong SafetyDecay = 10;

    /// <summary>The weak subjectivity period, in epochs.</summary>
    /// <exception cref="StateTransitionException">No validator is active.</exception>
    [Spec("phase0/weak-subjectivity.md#compute_weak_subjectivity_period")]
    public static ulong ComputePeriod(CachedBeaconState state) => state.Epoch.Current.ActiveIndices.Length > 0
        ? ComputePeriod(
            state.Spec, (ulong)state.Epoch.Current.ActiveIndices.Length, Accessors.GetTotalActiveBalance(state), Accessors.GetValidatorChurnLimit(state))
        : throw new StateTransitionException(InvalidReason.NoActiveValidators, "No validator is active, so there is no weak subjectivity period.");

    /// <summary>The same from the numbers it depends on.</summary>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="validators">Active validators, at least one.</param>
    /// <param name="totalActiveBalance">Their combined effective balance.</param>
    /// <param name="churnLimit">Validators that may come or go in one epoch.</param>
    public static ulong ComputePeriod(ChainSpec spec, ulong validators, Gwei totalActiveBalance, ulong churnLimit)
    {
        ulong average = totalActiveBalance.Value / validators / EthToGwei;
        ulong maximum = spec.Preset.MaxEffectiveBalance.Value / EthToGwei;
        ulong topUps = spec.Preset.MaxDeposits * spec.Preset.SlotsPerEpoch;
        ulong period = spec.Config.MinValidatorWithdrawabilityDelay;
        if (maximum * (200 + (3 * SafetyDecay)) < average * (200 + (12 * SafetyDecay)))
        {
            ulong forChurn = validators * ((average * (200 + (12 * SafetyDecay))) - (maximum * (200 + (3 * SafetyDecay)))) / (600 * churnLimit * ((2 * average) + maximum));
            ulong forTopUps = validators * (200 + (3 * SafetyDecay)) / (600 * topUps);
            return period + Math.Max(forChurn, forTopUps);
        }

        return period + (3 * validators * SafetyDecay * average / (200 * topUps * (maximum - average)));
    }
}
