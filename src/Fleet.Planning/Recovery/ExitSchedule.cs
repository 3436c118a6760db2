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

    /// <summary>The slashed: those who are active, and those who have left and still count for the penalty of these.</summary>
    /// <param name="outlook">What is known.</param>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="holding">Makes a group of as many who hold what the active ones do.</param>
    public static IEnumerable<ValidatorGroup> Slashed(StakeOutlook outlook, ChainSpec spec, Func<int, ValidatorGroup> holding)
    {
        if (outlook is not { Slashed: > 0, Exits: { } exits })
        {
            return [];
        }

        ValidatorGroup slashed = WithFirstPenalty(holding(outlook.Slashed), spec) with { IsSlashed = true };
        ulong delay = spec.Config.MinValidatorWithdrawabilityDelay;
        ulong first = (ulong)exits.FirstWithdrawable;

        // The last one's withdrawal tells when he was slashed only if it is later than his exit makes it anyway.
        ulong last = (ulong)exits.LastWithdrawable > (ulong)exits.Slashed.LastExit + delay ? (ulong)exits.LastWithdrawable : first;
        return
        [
            Gone(slashed, outlook, exits, spec),
            .. Divide(slashed, exits.Slashed).Select(part => part.Group with
            {
                WithdrawableEpoch = new Epoch(Math.Max(part.Group.ExitEpoch.Value + delay, first + ((last - first) * (ulong)part.Number / (ulong)part.Parts))),
            }),
        ];
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

    /// <summary>The effective balance shows the first penalty only from the next epoch on.</summary>
    private static ValidatorGroup WithFirstPenalty(ValidatorGroup slashed, ChainSpec spec)
    {
        ulong full = spec.Preset.MaxEffectiveBalance.Value;
        return slashed.EffectiveBalance.Value < full ? slashed : slashed with { Balance = new Gwei(full - (full / spec.Preset.MinSlashingPenaltyQuotient)) };
    }

    /// <summary>What was slashed beyond what the active slashed hold: it makes their penalty greater, and counts for nothing else.</summary>
    private static ValidatorGroup Gone(ValidatorGroup slashed, StakeOutlook outlook, ExitFacts exits, ChainSpec spec)
    {
        ulong full = spec.Preset.MaxEffectiveBalance.Value;
        ulong missing = SpecMath.SaturatingSub((ulong)exits.Slashings, (ulong)outlook.Slashed * slashed.EffectiveBalance.Value);
        return slashed with
        {
            Count = (int)Math.Min(int.MaxValue, (missing + (full / 2)) / full),
            Balance = new Gwei(full),
            EffectiveBalance = new Gwei(full),
            ExitEpoch = new Epoch((ulong)Math.Max(0, outlook.Epoch - 1)),
            WithdrawableEpoch = new Epoch((ulong)exits.FirstWithdrawable),
        };
    }
}
