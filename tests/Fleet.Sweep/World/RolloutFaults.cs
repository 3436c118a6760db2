using Fleet.Api;

namespace Fleet.Sweep;

/// <summary>What a roll-out must never say of itself.</summary>
internal static class RolloutFaults
{
    /// <summary>Fewest blocks that a level may be judged by.</summary>
    private const int FewestBlocks = 12;

    /// <summary>What is wrong with it; null: nothing.</summary>
    public static string? Of(CanaryRollout rollout) =>
        rollout.Status is { Phase: RolloutPhases.Succeeded or RolloutPhases.Promoting or RolloutPhases.Baking, Score: null } ? "promoted without a verdict"
        : rollout.Status?.Metrics?.Find(metric => metric is { Label: "Pass" or "High" or "Low", Blocks.Count: > 0 and < FewestBlocks }) is { } metric ? $"{metric.Name} judged by {metric.Blocks!.Count} blocks"
        : null;
}
