namespace Beacon.Chain;

/// <summary>What gossip does with a message.</summary>
public enum GossipOutcome
{
    /// <summary>Valid: forward it.</summary>
    Accept,

    /// <summary>Not forwarded, and the sender is not blamed.</summary>
    Ignore,

    /// <summary>Invalid by the rules of the topic: not forwarded, and the sender is blamed.</summary>
    Reject,
}

/// <summary>The result of a topic's checks.</summary>
/// <param name="Outcome">What to do.</param>
/// <param name="Reason">Which check decided, in snake_case for metrics; empty for accepted messages.</param>
public readonly record struct GossipVerdict(GossipOutcome Outcome, string Reason)
{
    /// <summary>The message is valid.</summary>
    public static GossipVerdict Accept => new(GossipOutcome.Accept, "");

    /// <summary>The message is of no use now.</summary>
    public static GossipVerdict Ignore(string reason) => new(GossipOutcome.Ignore, reason);

    /// <summary>The message breaks a rule.</summary>
    public static GossipVerdict Reject(string reason) => new(GossipOutcome.Reject, reason);

    /// <summary>Whether the message is valid.</summary>
    public bool IsAccepted => Outcome == GossipOutcome.Accept;

    /// <inheritdoc/>
    public override string ToString() => IsAccepted ? "accept" : $"{(Outcome == GossipOutcome.Ignore ? "ignore" : "reject")}: {Reason}";
}
