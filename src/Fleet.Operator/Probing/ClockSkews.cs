namespace Fleet.Operator.Probing;

/// <summary>A node's clock less ours, from what it says of its time and when it was asked.</summary>
/// <remarks>The answer was written somewhere within the round trip. Of five the shortest counts, because it says most.</remarks>
internal sealed class ClockSkews
{
    private const int Kept = 5;

    private readonly Queue<(TimeSpan RoundTrip, TimeSpan Skew)> _last = new(Kept);

    /// <summary>The skew; null before the first answer.</summary>
    public TimeSpan? Best => _last.Count == 0 ? null : _last.MinBy(sample => sample.RoundTrip).Skew;

    /// <summary>Takes note of an answer.</summary>
    /// <param name="asked">When the question left.</param>
    /// <param name="answered">When the answer was here.</param>
    /// <param name="told">The node's time.</param>
    public void Add(DateTimeOffset asked, DateTimeOffset answered, DateTimeOffset told)
    {
        if (_last.Count == Kept)
        {
            _last.Dequeue();
        }

        TimeSpan roundTrip = answered - asked;
        _last.Enqueue((roundTrip, told - (asked + (roundTrip / 2))));
    }
}
