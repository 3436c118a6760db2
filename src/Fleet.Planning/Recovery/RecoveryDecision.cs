using System.Collections.Immutable;
using System.Globalization;
using Fleet.Api;

namespace Fleet.Planning.Recovery;

/// <summary>Decides whether a chain is beyond repair, and whether the operator is to begin it anew: a pure function.</summary>
public static class RecoveryDecision
{
    /// <summary>Epochs after a reset in which a wrong genesis would only come again.</summary>
    private const int GenesisSettlesEpochs = 10;

    /// <summary>With so few nodes, one that is wrong can be half of the network.</summary>
    private const int FewNodes = 3;

    private delegate Suppression? Check(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now);

    /// <summary>What keeps the operator from a reset that is required. In this order; the first is told.</summary>
    private static readonly Check[] Checks =
    [
        ModeIsNever,
        ModeIsManual,
        WasAskedForAlready,
        TooFewNodesToTell,
        GenesisWouldDifferAgain,
        CooldownIsNotOver,
        TooManyToday,
    ];

    /// <summary>What is to be done.</summary>
    /// <param name="history">The incident so far.</param>
    /// <param name="policy">What the network's spec says of recovery.</param>
    /// <param name="now">The time.</param>
    public static RecoveryVerdict Decide(RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now)
    {
        RecoveryOutlook? outlook = Outlooks.Of(history, policy);
        if (history.Health is null || policy.IsResetting)
        {
            return new RecoveryVerdict(RecoveryOutcome.None, null, null, [], "Nothing is decided.");
        }

        if (Criteria.First(history, policy) is not { } proof)
        {
            RecoveryOutcome outcome = Ladder.UnderWay(history) is not null || history.At < policy.RollbackUntil ? RecoveryOutcome.Repairing
                : outlook is null ? RecoveryOutcome.None
                : RecoveryOutcome.Watch;
            return new RecoveryVerdict(outcome, null, null, [], outlook?.ToString() ?? "The chain finalizes.") { Outlook = outlook, LookAgainAt = outlook?.At };
        }

        Suppression? suppression = Checks.Select(check => check(proof, history, policy, now)).FirstOrDefault(found => found is not null);
        string next = suppression?.Why ?? "The chain is begun anew.";
        return new RecoveryVerdict(suppression?.Outcome ?? RecoveryOutcome.ResetRequired, proof.Criterion, history.CriterionSince, proof.Evidence, $"{proof.Sentence} {next}")
        {
            ResetReason = suppression is null ? proof.Sentence : null,
            LookAgainAt = suppression?.Until,
            Outlook = new RecoveryOutlook(proof.Sentence, next, suppression?.Until),
        };
    }

    private static Suppression? ModeIsNever(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now) =>
        policy.Mode == RecoveryModes.Never ? new Suppression(RecoveryOutcome.Suppressed, "spec.recovery.mode is Never: it is left as it is.") : null;

    private static Suppression? ModeIsManual(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now) =>
        policy.Mode == RecoveryModes.Manual ? new Suppression(RecoveryOutcome.ResetRequired, "spec.recovery.mode is Manual: 'fleet reset' begins it anew.") : null;

    private static Suppression? WasAskedForAlready(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now) =>
        policy.Asked is not { } asked ? null
        : ResetPhases.IsEnd(asked.Status?.Phase) ? new Suppression(RecoveryOutcome.Suppressed, $"{asked.Metadata.Name} was to begin it anew and ended as {asked.Status!.Phase}; delete it to have it tried again.")
        : new Suppression(RecoveryOutcome.ResetRequired, $"{asked.Metadata.Name} begins it anew.");

    private static Suppression? TooFewNodesToTell(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now) =>
        proof.Criterion == "U3" && history.Health!.Nodes.Length <= FewNodes
            ? new Suppression(RecoveryOutcome.Suppressed, $"With {FewNodes} nodes or fewer only a person can tell who is right: 'fleet reset' begins it anew.")
            : null;

    private static Suppression? GenesisWouldDifferAgain(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now) =>
        proof.Criterion == "U5" && !policy.Resets.IsEmpty && history.Since is { } since && history.Health!.Clock.EpochAt(history.Health.Input.Genesis, since) < GenesisSettlesEpochs
            ? new Suppression(RecoveryOutcome.Suppressed, $"It differs since less than {GenesisSettlesEpochs} epochs after the last reset, and would differ again: the image or the network files need a person.")
            : null;

    private static Suppression? CooldownIsNotOver(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now) =>
        !policy.Resets.IsEmpty && policy.Resets[^1] + policy.Cooldown is var end && now < end
            ? new Suppression(RecoveryOutcome.Suppressed, $"The last reset was less than spec.recovery.cooldown ago; the next can be at {Clock(end)}.", end)
            : null;

    private static Suppression? TooManyToday(Proof proof, RecoveryHistory history, RecoveryPolicy policy, DateTimeOffset now)
    {
        ImmutableArray<DateTimeOffset> today = [.. policy.Resets.Where(reset => now - reset < TimeSpan.FromDays(1))];
        if (today.Length < policy.MaxResetsPerDay)
        {
            return null;
        }

        string limit = string.Create(CultureInfo.InvariantCulture, $"spec.recovery.maxResetsPerDay ({policy.MaxResetsPerDay}) is reached");
        return policy.MaxResetsPerDay == 0
            ? new Suppression(RecoveryOutcome.Suppressed, $"{limit}; 'fleet reset' begins it anew.")
            : new Suppression(RecoveryOutcome.Suppressed, $"{limit}; the next can be at {Clock(today[^policy.MaxResetsPerDay].AddDays(1))}.", today[^policy.MaxResetsPerDay].AddDays(1));
    }

    internal static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private sealed record Suppression(RecoveryOutcome Outcome, string Why, DateTimeOffset? Until = null);
}
