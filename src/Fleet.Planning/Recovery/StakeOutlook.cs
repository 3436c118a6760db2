namespace Fleet.Planning.Recovery;

/// <summary>The stake of a chain as far as its future depends on it.</summary>
/// <param name="Epoch">Epoch by the clock.</param>
/// <param name="FinalizedEpoch">Finalized epoch.</param>
/// <param name="Present">Active validators that vote, or would as soon as nothing hinders them.</param>
/// <param name="Absent">Active validators that do not.</param>
/// <param name="AbsentGwei">Effective balance of each of these; the others have the greatest there is.</param>
public sealed record StakeOutlook(long Epoch, long FinalizedEpoch, int Present, int Absent, ulong AbsentGwei)
{
    internal const ulong FullGwei = 32_000_000_000;

    /// <summary>What lies ahead when so many of the active validators stay away.</summary>
    /// <remarks>The nodes count the active stake by effective balances. Those who vote have kept theirs, so what is missing is missing of those who do not.</remarks>
    public static StakeOutlook Of(RecoveryHistory history, int absent)
    {
        ChainHealth health = history.Health!;
        absent = Math.Clamp(absent, 0, health.ActiveKeys);
        int present = health.ActiveKeys - absent;
        ulong each = FullGwei;
        if (absent > 0 && !health.IsStandingStill && health.Votes is { Validators: > 0 } votes)
        {
            long left = votes.Active - ((long)FullGwei * present);
            each = (ulong)Math.Clamp(left / absent, 0, (long)FullGwei);
        }

        return new StakeOutlook(health.Epoch, history.FinalizedEpoch ?? 0, present, absent, each);
    }
}

/// <summary>What can be foretold of the stake of a chain.</summary>
/// <param name="EpochsToTwoThirds">Epochs until two thirds of the active stake vote; null: they never will.</param>
/// <param name="SleepLimit">Epochs without any block, from the last one, that leave somebody to propose.</param>
public sealed record StakeForecast(Func<StakeOutlook, int?> EpochsToTwoThirds, Func<StakeOutlook, int> SleepLimit);
