using System.Globalization;
using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Rollout;

/// <summary>What a roll-out is doing and what comes next, in words. Pure.</summary>
internal static class RolloutWords
{
    /// <summary>Its phase; one that the operator has not seen yet is pending.</summary>
    public static string PhaseOf(CanaryRollout rollout) => rollout.Status?.Phase ?? RolloutPhases.Pending;

    /// <summary>Its score with two decimals, or a dash.</summary>
    public static string ScoreOf(double? score) => score is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";

    /// <summary>Whether a person is asked and has not answered.</summary>
    public static bool IsAsking(CanaryRollout rollout) => PhaseOf(rollout) == RolloutPhases.AwaitingApproval && rollout.Spec.Decision is null;

    /// <summary>What comes next, one sentence.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="spec">What its testnet says about roll-outs, when that is known.</param>
    public static string Next(CanaryRollout rollout, RolloutSpec? spec)
    {
        string phase = PhaseOf(rollout);
        CanaryRolloutSpec images = rollout.Spec;
        if (!RolloutPhases.IsEnd(phase))
        {
            if (images.Decision is RolloutDecisions.Abort or RolloutDecisions.Reject)
            {
                return $"It ends, and what runs {images.To} goes back to {images.From}.";
            }

            if (spec?.Suspend == true)
            {
                return "Nothing, spec.rollout.suspend holds it where it is; set it to false to go on.";
            }
        }

        return phase switch
        {
            RolloutPhases.Pending => "It begins when the chain is well enough.",
            RolloutPhases.WarmingUp => $"Both nodes of the pair get in sync{Within(spec?.SyncDeadline)} and then run{For(spec?.Warmup)} until they are compared.",
            RolloutPhases.Analyzing => $"The verdict comes{(spec is null ? "" : $" {spec.Duration} or 13 epochs, whichever is longer,")} after the window began{At(rollout.Status?.WindowSince)}.",
            RolloutPhases.AwaitingApproval => images.Decision is null ? Question(rollout, spec) : "The answer was given; it goes on.",
            RolloutPhases.Promoting => "When the nodes of this wave are ready and the chain finalizes, the next wave begins.",
            RolloutPhases.Baking => $"The fleet is watched{(spec is not null && rollout.Status?.PhaseSince is { } since ? $" until {TimeText.Instant(since + spec.Bake.Value)}" : "")}, then {images.To} stays.",
            RolloutPhases.Succeeded => $"Nothing, every node runs {images.To}.",
            RolloutPhases.RolledBack => $"Nothing, every node is to run {images.From} again; 'fleet rollout retry {images.Testnet}' has the image tried once more.",
            RolloutPhases.Stopped => $"Nothing, the pair is to run {images.From} again; 'fleet rollout retry {images.Testnet}' has the image tried once more.",
            RolloutPhases.Superseded => $"Something newer was wanted; 'fleet rollout get {images.Testnet}' shows what.",
            _ => $"This version of fleet does not know the phase {phase}; use the one that belongs to the operator.",
        };
    }

    private static string Question(CanaryRollout rollout, RolloutSpec? spec)
    {
        string name = rollout.Metadata.Name!;
        string otherwise = spec is null || rollout.Status?.PhaseSince is not { } since ? ""
            : $" Without an answer by {TimeText.Instant(since + spec.Approval.Timeout.Value)} it {(spec.Approval.OnTimeout == "Abort" ? "stops" : "goes on waiting")}.";
        return $"A person decides: 'fleet rollout approve {name}' or 'fleet rollout reject {name}'.{otherwise}";
    }

    private static string Within(Duration? time) => time is { } value ? $" within {value}" : "";

    private static string For(Duration? time) => time is { } value ? $" for {value}" : "";

    private static string At(DateTimeOffset? time) => time is { } value ? $" at {TimeText.Instant(value)}" : "";
}
