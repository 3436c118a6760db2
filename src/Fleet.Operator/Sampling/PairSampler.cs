using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Rollouts;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Sampling;

/// <summary>Watches the pairs of all roll-outs that need it, one loop each.</summary>
internal sealed partial class PairSampler(
    NodeReader reader, Func<Uri, PrometheusReader> prometheusAt, Func<ObjectKey, Pod?> findPod, Func<ObjectKey, NodeSnapshot?> findSnapshot, TimeProvider time, ILogger<PairSampler> logger) : IAsyncDisposable
{
    /// <summary>Most pairs that are watched; further roll-outs wait for their turn.</summary>
    public const int Capacity = 256;

    private readonly ConcurrentDictionary<ObjectKey, Watched> _pairs = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Pairs that are watched now.</summary>
    public int Count => _pairs.Count;

    /// <summary>Begins to watch the pair of a roll-out, or goes on.</summary>
    public void Watch(ObjectKey rollout, PairTarget target)
    {
        if (_pairs.TryGetValue(rollout, out Watched? present))
        {
            if (present.Pair.Target.Continues(target))
            {
                present.Pair.Target = target;
                return;
            }

            Release(rollout);
        }

        if (_pairs.Count >= Capacity)
        {
            LogFull(logger, Capacity, rollout);
            return;
        }

        var pair = new PairWatch(target, new SampleReader(reader, target.Prometheus is { } root ? prometheusAt(root) : null, target.Namespace, target.Timing.Sampling, time), reader, findPod, findSnapshot, time);
        var watched = new Watched(pair, CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
        _pairs[rollout] = watched;
        watched.Loop = Task.Run(() => RunAsync(rollout, watched), CancellationToken.None);
    }

    /// <summary>Ends it, and forgets what was seen.</summary>
    public void Release(ObjectKey rollout)
    {
        if (_pairs.TryRemove(rollout, out Watched? watched))
        {
            watched.Cancel();
        }
    }

    /// <summary>Ends all of them.</summary>
    public void ReleaseAll()
    {
        foreach (ObjectKey rollout in _pairs.Keys)
        {
            Release(rollout);
        }
    }

    /// <summary>What was seen; null: nothing yet.</summary>
    public PairFacts? Find(ObjectKey rollout) => _pairs.GetValueOrDefault(rollout)?.Pair.Facts();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Watched watched in _pairs.Values)
        {
            await watched.Loop;
        }

        _stop.Dispose();
    }

    private async Task RunAsync(ObjectKey rollout, Watched watched)
    {
        CancellationToken cancellationToken = watched.Token;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await watched.Pair.LookAsync(cancellationToken);
                await Task.Delay(watched.Pair.Target.Timing.Sampling, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The roll-out is over, or the operator stops.
        }
        catch (Exception exception)
        {
            // It is begun again with the next pass over the roll-out.
            LogFailed(logger, exception, rollout);
            _pairs.TryRemove(new KeyValuePair<ObjectKey, Watched>(rollout, watched));
        }
        finally
        {
            watched.End();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Capacity} pairs are watched already; {Rollout} waits until one is free")]
    private static partial void LogFull(ILogger logger, int capacity, ObjectKey rollout);

    [LoggerMessage(Level = LogLevel.Error, Message = "watching the pair of {Rollout} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, ObjectKey rollout);

    /// <summary>A pair and the loop that watches it; the loop lets go of the token when it ends.</summary>
    private sealed class Watched(PairWatch pair, CancellationTokenSource stop)
    {
        private readonly Lock _lock = new();
        private bool _hasEnded;

        public PairWatch Pair { get; } = pair;

        public CancellationToken Token { get; } = stop.Token;

        public Task Loop { get; set; } = Task.CompletedTask;

        public void Cancel()
        {
            lock (_lock)
            {
                if (!_hasEnded)
                {
                    stop.Cancel();
                }
            }
        }

        public void End()
        {
            lock (_lock)
            {
                _hasEnded = true;
                stop.Dispose();
            }
        }
    }
}
