namespace Fleet.Planning;

/// <summary>Where a roll-out or a reset goes next, and why.</summary>
/// <param name="Phase">The next phase; the same as before: only the reason is news.</param>
/// <param name="Reason">For programs.</param>
/// <param name="Message">For people, one sentence.</param>
internal sealed record Move(string Phase, string Reason, string Message);
