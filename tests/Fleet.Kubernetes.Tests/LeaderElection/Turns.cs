namespace Fleet.Kubernetes.Tests;

/// <summary>Runs asynchronous code on the thread that asks for it, one piece at a time in the order it was queued, so that virtual time never overtakes what it set off.</summary>
internal sealed class Turns : TaskScheduler
{
    private readonly Lock _lock = new();
    private readonly Queue<Task> _waiting = new();

    /// <summary>Begins something whose continuations run in later turns.</summary>
    public Task Start(Func<Task> action)
    {
        Task<Task> started = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, this);
        Run();
        return started.Result;
    }

    /// <summary>Runs until nothing is left to run: what remains waits for time to pass, or for somebody.</summary>
    public void Run()
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            while (Next() is { } task)
            {
                TryExecuteTask(task);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_lock)
        {
            _waiting.Enqueue(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
        {
            return [.. _waiting];
        }
    }

    private Task? Next()
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out Task? task) ? task : null;
        }
    }
}
