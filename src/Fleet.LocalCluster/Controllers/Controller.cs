using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>What a controller is asked to bring in order.</summary>
internal readonly record struct ReconcileKey(string Namespace, string Name);

/// <summary>
/// A loop that follows the store's history and reconciles what changes concern. Level-based: a reconciler gets a name and reads
/// everything anew; what fails is tried again.
/// </summary>
internal abstract partial class Controller(ObjectService objects, TimeProvider time, ILogger logger)
{
    private const int Batch = 512;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private readonly Dictionary<ReconcileKey, long> _due = [];

    protected ObjectService Objects => objects;

    protected TimeProvider Time => time;

    /// <summary>The keys that a changed object concerns.</summary>
    protected abstract IEnumerable<ReconcileKey> Affected(Change change);

    /// <summary>All keys, for the start and for a lost history.</summary>
    protected abstract IEnumerable<ReconcileKey> Everything();

    /// <summary>Brings one key in order; returns when to look again without a change, or null.</summary>
    protected abstract TimeSpan? Reconcile(ReconcileKey key);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long cursor = objects.Store.Revision;
        MarkEverything();
        while (!cancellationToken.IsCancellationRequested)
        {
            IReadOnlyList<Change>? changes = objects.Store.ReadHistory(cursor, Batch, out Task changed, out long current);
            cursor = current;
            if (changes is null)
            {
                MarkEverything();
            }

            foreach (Change change in changes ?? [])
            {
                foreach (ReconcileKey key in Affected(change))
                {
                    _due[key] = 0;
                }
            }

            RunDue();
            if (changes is { Count: > 0 })
            {
                continue;
            }

            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task timer = NextDue() is TimeSpan wait ? Task.Delay(wait, time, wake.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, wake.Token);
            await Task.WhenAny(changed, timer);
            await wake.CancelAsync();
        }
    }

    private void MarkEverything()
    {
        foreach (ReconcileKey key in Everything())
        {
            _due[key] = 0;
        }
    }

    private void RunDue()
    {
        long now = time.GetTimestamp();
        foreach (ReconcileKey key in _due.Where(d => d.Value <= now).Select(d => d.Key).ToArray())
        {
            _due.Remove(key);
            TimeSpan? again;
            try
            {
                again = Reconcile(key);
            }
            catch (Exception error) when (error is ApiException or IOException or UnauthorizedAccessException)
            {
                LogFailure(error, GetType().Name, key.Namespace, key.Name);
                again = Retry;
            }

            if (again is TimeSpan wait)
            {
                _due[key] = now + (long)(wait.TotalSeconds * time.TimestampFrequency);
            }
        }
    }

    private TimeSpan? NextDue()
    {
        if (_due.Count == 0)
        {
            return null;
        }

        TimeSpan wait = time.GetElapsedTime(time.GetTimestamp(), _due.Values.Min());
        return wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Controller}: {Namespace}/{Name} is tried again")]
    private partial void LogFailure(Exception error, string controller, string @namespace, string name);
}
