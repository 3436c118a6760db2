namespace Beacon.StateTransition;

/// <summary>A block, an operation or a sequence of slots that the specification calls invalid. The state it was applied to must be thrown away.</summary>
/// <param name="reason">The rule that does not hold.</param>
/// <param name="message">The same for people, with the values found.</param>
/// <param name="innerException">What led to it, where that was an exception.</param>
public sealed class StateTransitionException(InvalidReason reason, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The rule that does not hold.</summary>
    public InvalidReason Reason { get; } = reason;

    /// <inheritdoc/>
    public override string ToString() => $"{Reason}: {base.ToString()}";
}
