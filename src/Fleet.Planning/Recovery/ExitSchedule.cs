using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Fleet.Planning.Recovery;

/// <summary>When validators leave of whom only the first and the last exit are known, and when the slashed among them are punished.</summary>
/// <remarks>
/// The churn limit lets about as many out in each epoch, so they are spread evenly from the first exit to the last: exact for all who entered the queue together, up to an epoch where
/// the limit changed on the way. Where they entered it in waves with pauses between, those in the middle are foretold too early or too late by as much as the pauses are long. The second
/// penalty is due half a slashings period before withdrawal, which is late by exit for some and by the slashing for others; who was slashed in between is taken to have been so evenly.
/// </remarks>
internal static class ExitSchedule
{
    /// <summary>Most groups that one is divided into, so that what a node tells cannot make the forecast long.</summary>
    private const int MaxParts = 1024;

    /// <summary>A group that leaves bit by bit.</summary>
    public static IEnumerable<ValidatorGroup> Spread(ValidatorGroup group, ExitingFacts facts) => Divide(group, facts).Select(static part => part.Group);

    /// <summary>The slashed, as they leave.</summary>
    /// <param name="group">All who are active.</param>
    /// <param name="exits">When they leave, and when they may withdraw.</param>
    /// <param name="spec">Preset and configuration.</param>
    public static IEnumerable<ValidatorGroup> Slashed(ValidatorGroup group, ExitFacts exits, ChainSpec spec)
    {
        ulong delay = spec.Config.MinValidatorWithdrawabilityDelay;
        (ulong first, ulong last) = Withdrawals(exits, spec);
        return Divide(WithFirstPenalty(group, spec) with { IsSlashed = true }, exits.Slashed).Select(part => part.Group with
        {
            WithdrawableEpoch = new Epoch(Math.Max(part.Group.ExitEpoch.Value + delay, first + ((last - first) * (ulong)part.Number / (ulong)part.Parts))),
        });
    }

    /// <summary>What was slashed, also of those who have left, and when: as the withdrawals tell, and where exits alone make those, at the latest.</summary>
    /// <param name="exits">When the slashed leave, and when they may withdraw.</param>
    /// <param name="epoch">Epoch by the clock.</param>
    /// <param name="spec">Preset and configuration.</param>
    public static Slashing Slashing(ExitFacts exits, long epoch, ChainSpec spec)
    {
        (ulong first, ulong last) = Withdrawals(exits, spec);
        ulong exit = (ulong)exits.Slashed.FirstExit;
        ulong at = first > exit + spec.Config.MinValidatorWithdrawabilityDelay
            ? SpecMath.SaturatingSub(last, spec.Preset.EpochsPerSlashingsVector)
            : SpecMath.SaturatingSub(exit, 1 + spec.Preset.MaxSeedLookahead);
        return new Slashing(new Epoch(Math.Min((ulong)Math.Max(epoch, 0), at)), new Gwei((ulong)exits.Slashings));
    }

    /// <summary>The last one's withdrawal tells when he was slashed only if it is later than his exit makes it anyway.</summary>
    private static (ulong First, ulong Last) Withdrawals(ExitFacts exits, ChainSpec spec)
    {
        ulong first = (ulong)exits.FirstWithdrawable;
        ulong last = (ulong)exits.LastWithdrawable;
        return (first, last > (ulong)exits.Slashed.LastExit + spec.Config.MinValidatorWithdrawabilityDelay ? last : first);
    }

    private static IEnumerable<(ValidatorGroup Group, int Number, int Parts)> Divide(ValidatorGroup group, ExitingFacts facts)
    {
        long epochs = facts.LastExit - facts.FirstExit + 1;
        int parts = (int)Math.Min(Math.Min(group.Count, epochs), MaxParts);
        return Enumerable.Range(0, parts).Select(number => (
            group with
            {
                Count = UpTo(group.Count, number + 1, parts) - UpTo(group.Count, number, parts),
                ExitEpoch = new Epoch((ulong)(facts.FirstExit + (epochs * number / parts))),
            },
            number,
            parts));
    }

    /// <summary>The queue is filled from its beginning, so that is where a remainder goes.</summary>
    private static int UpTo(int count, int number, int parts) => (int)((((long)count * number) + parts - 1) / parts);

    /// <summary>
    /// The effective balance shows the first penalty, which is half an increment of a whole balance, only from the next epoch on; from then on the balance is the greater, until the leak has
    /// taken three quarters of an increment.
    /// </summary>
    private static ValidatorGroup WithFirstPenalty(ValidatorGroup slashed, ChainSpec spec)
    {
        ulong full = spec.Preset.MaxEffectiveBalance.Value;
        ulong effective = slashed.EffectiveBalance.Value;
        return slashed with { Balance = new Gwei(effective < full ? effective + (spec.Preset.EffectiveBalanceIncrement.Value / 2) : full - (full / spec.Preset.MinSlashingPenaltyQuotient)) };
    }
}
