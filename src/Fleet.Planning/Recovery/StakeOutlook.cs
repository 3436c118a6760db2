namespace Fleet.Planning.Recovery;

/// <summary>The stake of a chain as far as its future depends on it.</summary>
/// <param name="Epoch">Epoch by the clock.</param>
/// <param name="FinalizedEpoch">Finalized epoch.</param>
/// <param name="Present">Active validators that vote, or would as soon as nothing hinders them.</param>
/// <param name="Absent">Active validators that do not, without the slashed.</param>
/// <param name="AbsentGwei">Effective balance of each of these who stays; those who vote have the greatest there is.</param>
public sealed record StakeOutlook(long Epoch, long FinalizedEpoch, int Present, int Absent, ulong AbsentGwei)
{
    internal const ulong FullGwei = 32_000_000_000;

    /// <summary>Active validators that were slashed: neither present nor absent, because nobody can bring their votes back.</summary>
    public int Slashed { get; init; }

    /// <summary>Those of <see cref="Absent"/> whose exit is set; others whose exit is set are present.</summary>
    public int AbsentExiting { get; init; }

    /// <summary>When who is on his way out leaves; null: not known, then nobody is.</summary>
    public ExitFacts? Exits { get; init; }

    /// <summary>What lies ahead when so many of the active validators stay away.</summary>
    /// <param name="history">What is known of the chain.</param>
    /// <param name="absent">How many do not vote, without the slashed.</param>
    /// <remarks>
    /// The nodes count the active stake by effective balances. Those who vote have kept theirs, so what is missing is missing of those who do not. By the same token an exiting
    /// validator that has its whole balance votes until it leaves, and one that has half of it was ejected because it does not.
    /// </remarks>
    public static StakeOutlook Of(RecoveryHistory history, int absent)
    {
        ChainHealth health = history.Health!;
        int slashed = health.SlashedKeys;
        absent = Math.Clamp(absent, 0, health.ActiveKeys - slashed);
        int present = health.ActiveKeys - slashed - absent;
        ExitingFacts exiting = health.Exits?.Unslashed ?? default;
        long lost = Math.Max(0, ((long)FullGwei * exiting.Validators) - exiting.Gwei);
        int ejected = (int)Math.Min(Math.Min(exiting.Validators, absent), lost / (long)(FullGwei / 2));
        ulong each = FullGwei;
        if (absent > ejected && !health.IsStandingStill && health.Votes is { Validators: > 0 } votes)
        {
            long left = votes.Active - ((long)FullGwei * present) - (health.Exits?.Slashed.Gwei ?? 0) - (ejected == 0 ? 0 : exiting.Gwei - ((long)FullGwei * (exiting.Validators - ejected)));
            each = (ulong)Math.Clamp(left / (absent - ejected), 0, (long)FullGwei);
        }

        return new StakeOutlook(health.Epoch, history.FinalizedEpoch ?? 0, present, absent, each) { Slashed = slashed, AbsentExiting = ejected, Exits = health.Exits };
    }

    /// <summary>What lay ahead at the last block of a chain that stands still since.</summary>
    public static StakeOutlook AtHead(RecoveryHistory history, long head)
    {
        ChainHealth health = history.Health!;
        int absent = health.ActiveKeys - health.SlashedKeys;
        return new StakeOutlook(head, Math.Min(history.FinalizedEpoch ?? 0, head), 0, absent, FullGwei)
        {
            Slashed = health.SlashedKeys,
            AbsentExiting = Math.Min(absent, health.Exits?.Unslashed.Validators ?? 0),
            Exits = health.Exits,
        };
    }
}

/// <summary>What can be foretold of the stake of a chain.</summary>
/// <param name="EpochsToTwoThirds">Epochs until two thirds of the active stake vote; null: they never will.</param>
/// <param name="SleepLimit">Epochs without any block, from the last one, that leave somebody to propose.</param>
public sealed record StakeForecast(Func<StakeOutlook, int?> EpochsToTwoThirds, Func<StakeOutlook, int> SleepLimit);
