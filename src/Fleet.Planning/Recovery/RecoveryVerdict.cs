using System.Collections.Immutable;

namespace Fleet.Planning.Recovery;

/// <summary>What is to be done about a chain.</summary>
public enum RecoveryOutcome
{
    /// <summary>Nothing: it finalizes, or nothing is known.</summary>
    None,

    /// <summary>It is watched: it can come back by itself, or by somebody else.</summary>
    Watch,

    /// <summary>A step of the ladder is under way, and has its time.</summary>
    Repairing,

    /// <summary>It is beyond repair, and is to be begun anew.</summary>
    ResetRequired,

    /// <summary>It is beyond repair, and is not begun anew by the operator all the same.</summary>
    Suppressed,
}

/// <summary>A decision about a chain.</summary>
/// <param name="Outcome">What is to be done.</param>
/// <param name="Criterion">U1 to U6; null: none holds.</param>
/// <param name="Since">When that became true.</param>
/// <param name="Evidence">What it was told from, a line each.</param>
/// <param name="Sentence">For people: what is the matter, and what the operator does next.</param>
public sealed record RecoveryVerdict(RecoveryOutcome Outcome, string? Criterion, DateTimeOffset? Since, ImmutableArray<string> Evidence, string Sentence)
{
    /// <summary>Why a reset is to be made, for its <c>spec.reason</c>; null: none is.</summary>
    public string? ResetReason { get; init; }

    /// <summary>When time alone changes the decision; null: never.</summary>
    public DateTimeOffset? LookAgainAt { get; init; }

    /// <summary>What is the matter, what the operator does next, and when.</summary>
    public RecoveryOutlook? Outlook { get; init; }
}

/// <summary>What a person who looks wants to know of an incident.</summary>
/// <param name="Cause">What is the matter, one sentence.</param>
/// <param name="Next">What the operator does next, one sentence.</param>
/// <param name="At">When; null: when something changes.</param>
public sealed record RecoveryOutlook(string Cause, string Next, DateTimeOffset? At)
{
    /// <summary>Both, for a condition's message.</summary>
    public override string ToString() => $"{Cause} {Next}";
}
