using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Planning.Recovery;

/// <summary>What a decision about a reset remembers of an incident: it outlives the operator, and has a bound.</summary>
/// <remarks>
/// The operator keeps it in memory from pass to pass. While there is something to remember it is written into a ConfigMap as well, once per epoch and
/// whenever a step of the ladder is taken, before it is. <see cref="Advance"/> makes the next one; nothing else changes it.
/// </remarks>
public sealed record RecoveryHistory
{
    /// <summary>Number of the iteration.</summary>
    public required int Iteration { get; init; }

    /// <summary>When it was last advanced.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Epoch then.</summary>
    public required long Epoch { get; init; }

    /// <summary>Finalized epoch that was last known; null: no two nodes have agreed on one yet.</summary>
    public long? FinalizedEpoch { get; init; }

    /// <summary>Until when the operator has to look again for nothing to be missed.</summary>
    public required DateTimeOffset LookBy { get; init; }

    /// <summary>Whether nodes with two thirds of our stake answered then, or were known not to start.</summary>
    public required bool WasObserved { get; init; }

    /// <summary>Epochs since finality in which that was so.</summary>
    public required ImmutableArray<EpochRange> Observed { get; init; }

    /// <summary>Epochs since finality in which nobody looked: the network was suspended, the operator or its host was down, or the clock was set.</summary>
    public required ImmutableArray<EpochRange> Gaps { get; init; }

    /// <summary>Epoch up to which the chain is given time after a gap; null: there was none.</summary>
    public long? GraceUntil { get; init; }

    /// <summary>When the incident began; null: there is none.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Votes for the right target of the last epochs.</summary>
    public required ImmutableArray<EpochShare> Participation { get; init; }

    /// <summary>Conflicting finality that is seen; null: there is none.</summary>
    public ConflictSighting? Conflict { get; init; }

    /// <summary>The latest justified block that nodes of a third of the stake had; null: none since finality.</summary>
    public JustifiedBlock? Locked { get; init; }

    /// <summary>First epoch of those in a row, up to now, in which most nodes' chains went past it; null: they do not.</summary>
    public long? RejectedSince { get; init; }

    /// <summary>Steps of the ladder that were taken in this incident.</summary>
    public required ImmutableArray<LadderStep> Steps { get; init; }

    /// <summary>The criterion that holds; null: none.</summary>
    public string? Criterion { get; init; }

    /// <summary>When it became true.</summary>
    public DateTimeOffset? CriterionSince { get; init; }

    /// <summary>What the criterion was told from, a line each.</summary>
    public required ImmutableArray<string> Evidence { get; init; }

    /// <summary>The health it was last advanced by; null: it was read from where it is kept.</summary>
    [JsonIgnore]
    public ChainHealth? Health { get; init; }

    /// <summary>Epochs that finality was behind the clock, as far as was known; null: nobody ever told.</summary>
    [JsonIgnore]
    public long? Lag => FinalizedEpoch is { } finalized ? Math.Max(0, Epoch - finalized) : null;

    /// <summary>Epochs since finality that were observed.</summary>
    [JsonIgnore]
    public long ObservedLag => FinalizedEpoch is { } finalized ? Observed.CountAfter(finalized) : 0;

    /// <summary>Whether the chain is still given time after a gap.</summary>
    [JsonIgnore]
    public bool IsInGrace => GraceUntil is { } until && Epoch < until;

    /// <summary>Whether something would be lost with it.</summary>
    [JsonIgnore]
    public bool IsWorthKeeping => Since is not null || !Gaps.IsEmpty || Conflict is not null || !Steps.IsEmpty;

    /// <summary>What is remembered when nothing is: at the beginning, or when an iteration begins.</summary>
    public static RecoveryHistory Empty(int iteration, DateTimeOffset now) => new()
    {
        Iteration = iteration,
        At = now,
        Epoch = 0,
        LookBy = now,
        WasObserved = false,
        Observed = [],
        Gaps = [],
        Participation = [],
        Steps = [],
        Evidence = [],
    };

    /// <summary>For where it is kept.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PlanningJson.Context.RecoveryHistory);

    /// <summary>Reads what was kept; null when it is not one.</summary>
    public static RecoveryHistory? FromJson(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            RecoveryHistory? history = JsonSerializer.Deserialize(text, PlanningJson.Context.RecoveryHistory);
            return history is null || history.Observed.IsDefault || history.Gaps.IsDefault || history.Participation.IsDefault || history.Steps.IsDefault || history.Evidence.IsDefault
                ? null
                : history;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The one that follows when the chain is looked at.</summary>
    /// <param name="health">How the chain does.</param>
    /// <param name="policy">What the network's spec says of recovery.</param>
    public RecoveryHistory Advance(ChainHealth health, RecoveryPolicy policy) => HistoryAdvance.Next(this, health, policy);
}

/// <summary>Share of the active stake that voted for the right target.</summary>
/// <param name="Epoch">In which epoch it was told.</param>
/// <param name="Share">0 to 1.</param>
public readonly record struct EpochShare(long Epoch, double Share);

/// <summary>Conflicting finality, and from when to when it was seen.</summary>
/// <param name="Conflict">Two of the blocks.</param>
/// <param name="First">First epoch.</param>
/// <param name="Last">Last epoch; in all that were looked at between them it was there.</param>
public sealed record ConflictSighting(FinalityConflict Conflict, long First, long Last);

/// <summary>A step of the ladder that was taken.</summary>
/// <param name="Kind">See <see cref="LadderSteps"/>.</param>
/// <param name="Node">The BeaconNode.</param>
/// <param name="At">When.</param>
/// <param name="Until">Until when it is given time to help.</param>
/// <param name="Directory">Suffix of the chain directory that the node begins in; null: it keeps its own.</param>
public sealed record LadderStep(string Kind, string Node, DateTimeOffset At, DateTimeOffset Until, string? Directory = null);
