namespace Beacon.Metrics;

/// <summary>Knows how much memory was resident right after the last garbage collection.</summary>
/// <remarks>
/// Between two collections resident memory grows by what is only waiting to be collected; right after one it is what the process holds on to,
/// which is what a leak is seen by. The runtime has no event for the end of a collection that works in every way of compiling, but it runs the
/// finalizers of what died: an object that nobody holds, made anew by its own finalizer, tells of each collection.
/// </remarks>
internal static class CollectionWatch
{
    private static long _resident = Environment.WorkingSet;
    private static int _started;

    /// <summary>Bytes resident after the last collection; until the first one, those at the first call.</summary>
    public static long ResidentBytes => Interlocked.Read(ref _resident);

    /// <summary>Begins to watch; once per process.</summary>
    public static void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            _ = new Sentinel();
        }
    }

    private sealed class Sentinel
    {
        ~Sentinel()
        {
            if (!Environment.HasShutdownStarted)
            {
                Interlocked.Exchange(ref _resident, Environment.WorkingSet);
                _ = new Sentinel();
            }
        }
    }
}
