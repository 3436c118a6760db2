using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;

namespace Fleet.Planning.Rollouts;

/// <summary>Everything one decision about a roll-out is made from.</summary>
/// <remarks>
/// <code>
///   API server ──informers──▶ CanaryRollout, and all of its testnet ┐
///   Beacon API ──probe──────▶ NodeSnapshots                         ├─▶ RolloutObservation ─▶ RolloutPlanner
///   /metrics ────sampler────▶ PairFacts                             ┘
/// </code>
/// </remarks>
public sealed record RolloutObservation
{
    /// <summary>The roll-out as it is stored.</summary>
    public required CanaryRollout Rollout { get; init; }

    /// <summary>The testnet and what belongs to it; its Secrets play no part here.</summary>
    public required TestnetObservation World { get; init; }

    /// <summary>What was seen of the pair; null: nobody watches it yet.</summary>
    public PairFacts? Pair { get; init; }
}

/// <summary>What was seen of a pair since somebody watches it.</summary>
public sealed record PairFacts
{
    /// <summary>Since when both pods are watched without a gap; nothing is known from before.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Since when the baseline does not answer; null: it does.</summary>
    public DateTimeOffset? BaselineSilentSince { get; init; }

    /// <summary>Since when the canary does not answer; null: it does.</summary>
    public DateTimeOffset? CanarySilentSince { get; init; }

    /// <summary>Since when the canary has another block than most nodes, two slots below their head, in every poll; null: it has the same.</summary>
    public DateTimeOffset? ForkedSince { get; init; }

    /// <summary>What of config.yaml the canary runs otherwise, as a clause; null: nothing is known to differ.</summary>
    public string? ConfigMismatch { get; init; }

    /// <summary>Attestations of both sides' keys over the last two complete epochs, counted by a node outside the pair; null: not known.</summary>
    public PairDuties? Duties { get; init; }

    /// <summary>Samples of a window, for the judge.</summary>
    public required Func<DateTimeOffset, DateTimeOffset, JudgeInput> Window { get; init; }
}

/// <summary>Attestations that were due in two epochs, and those that were absent or for another target.</summary>
/// <param name="FirstEpoch">The earlier of the two.</param>
/// <param name="Baseline">Of the baseline's keys: absent or wrong, of all.</param>
/// <param name="Canary">Of the canary's keys.</param>
public sealed record PairDuties(long FirstEpoch, DutyCounts Baseline, DutyCounts Canary);

/// <summary>What to say of a roll-out; the nodes follow from it.</summary>
/// <param name="Status">The status that follows from the observation.</param>
/// <param name="Events">Transitions since the stored status.</param>
/// <param name="LookAgainAfter">When time alone changes the decision; null: only when something changes.</param>
/// <param name="Evidence">What the verdict was made of, to be kept before the status says so; null: there is no verdict in this pass.</param>
public sealed record RolloutPlan(CanaryRolloutStatus Status, ImmutableArray<PlannedEvent> Events, TimeSpan? LookAgainAfter, VerdictReport? Evidence);
