using System.Collections.Immutable;
using Fleet.Api;

namespace Fleet.Planning.Resets;

/// <summary>Everything one decision about a reset is made from.</summary>
/// <remarks>
/// <code>
///   API server ──informers──▶ ChainReset, and all of its testnet ┐
///              ──LIST───────▶ pods, before the old chain counts as gone ├─▶ ResetObservation ─▶ ResetPlanner
///   Beacon API ──probe──────▶ NodeSnapshots                      ┘
/// </code>
/// </remarks>
public sealed record ResetObservation
{
    /// <summary>The reset as it is stored.</summary>
    public required ChainReset Reset { get; init; }

    /// <summary>The testnet and what belongs to it; its Secrets play no part here.</summary>
    public required TestnetObservation World { get; init; }

    /// <summary>
    /// Pods of the chain that ends which the API server itself still has; null: it was not asked, for the local copies show some, or it does not matter yet.
    /// </summary>
    public ImmutableArray<string>? PodsAtServer { get; init; }
}

/// <summary>What to say of a reset; the nodes follow from it.</summary>
/// <param name="Status">The status that follows from the observation.</param>
/// <param name="Events">Transitions since the stored status.</param>
/// <param name="LookAgainAfter">When time alone changes the decision; null: only when something changes.</param>
/// <param name="Evidence">What was known when the chain was ended, to be kept before the status says so; null: nothing is to be kept in this pass.</param>
public sealed record ResetPlan(ChainResetStatus Status, ImmutableArray<PlannedEvent> Events, TimeSpan? LookAgainAfter, ResetEvidence? Evidence);
