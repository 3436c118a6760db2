namespace Fleet.Operator.Tests;

/// <summary>The clock of one process that can be paused, so that none of its timers fires, and whose wall clock may be wrong.</summary>
internal sealed class SkewedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Action> _held = [];
    private bool _paused;

    public TimeSpan Step { get; set; }

    public void Pause()
    {
        lock (_lock)
        {
            _paused = true;
        }
    }

    public void Resume()
    {
        Action[] held;
        lock (_lock)
        {
            _paused = false;
            held = [.. _held];
            _held.Clear();
        }

        foreach (Action action in held)
        {
            action();
        }
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Step;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(
        _ =>
        {
            lock (_lock)
            {
                if (_paused)
                {
                    _held.Add(() => callback(state));
                    return;
                }
            }

            callback(state);
        },
        null,
        dueTime,
        period);
}
