namespace Fleet.Sweep;

/// <summary>The operators of a world, one after the other: one that died is followed by another, and one that stands still gets a competitor.</summary>
internal sealed class OperatorSuccession(Func<int, OperatorInstance> make) : IAsyncDisposable
{
    private readonly List<OperatorInstance> _running = [];
    private readonly List<string> _failures = [];
    private int _started;

    /// <summary>Those that run, the oldest first.</summary>
    public IReadOnlyList<OperatorInstance> Running => _running;

    /// <summary>Why operators ended although nobody asked them to.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public void Start() => _running.Add(make(++_started));

    /// <summary>Does what a cluster does about operators that are gone.</summary>
    public async Task ReplaceAsync(Injector injector)
    {
        foreach (OperatorInstance instance in _running.Where(instance => instance.Failure is not null).ToArray())
        {
            await EndAsync(instance);
            Start();
        }

        if (injector.HasCrashed)
        {
            injector.Replaced();
            await EndAsync(_running[0]);
            Start();
        }

        if (injector.IsPaused && _running.Count == 1)
        {
            Start();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (OperatorInstance instance in _running.ToArray())
        {
            await EndAsync(instance);
        }
    }

    private async Task EndAsync(OperatorInstance instance)
    {
        if (instance.Failure is { } failure)
        {
            _failures.Add(failure);
        }

        _running.Remove(instance);
        await instance.DisposeAsync();
    }
}
