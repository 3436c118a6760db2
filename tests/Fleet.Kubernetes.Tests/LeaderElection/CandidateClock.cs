using Microsoft.Extensions.Time.Testing;

namespace Fleet.Kubernetes.Tests;

/// <summary>The clock of one process: time passes as for all, but its wall clock may be wrong, and while the process is paused no timer of it fires.</summary>
internal sealed class CandidateClock(FakeTimeProvider shared) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Action> _held = [];
    private bool _paused;

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Step { get; set; }

    public override long TimestampFrequency => shared.TimestampFrequency;

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

    public override DateTimeOffset GetUtcNow() => shared.GetUtcNow() + Step;

    public override long GetTimestamp() => shared.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => shared.CreateTimer(
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
