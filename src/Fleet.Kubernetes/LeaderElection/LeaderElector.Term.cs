using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <content>A term, and limits on requests.</content>
public sealed partial class LeaderElector
{
    /// <summary>One term of this candidate.</summary>
    private sealed class TermState(Lease lease, long renewedAt) : IDisposable
    {
        private readonly Lock _lock = new();
        private ITimer? _deadline;
        private bool _disposed;

        /// <summary>When the last successful renewal was sent.</summary>
        public long RenewedAt = renewedAt;

        public Lease Lease { get; set; } = lease;

        public long Number { get; } = (lease.Spec!.LeaseTransitions ?? 0) + 1L;

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>Why it ended, as the end of a sentence.</summary>
        public string? Why { get; private set; }

        /// <summary>Whether another one was seen to hold the lease.</summary>
        public bool Taken { get; set; }

        public void End(string why)
        {
            lock (_lock)
            {
                if (_disposed || Stop.IsCancellationRequested)
                {
                    return;
                }

                Why = why;
            }

            Stop.Cancel();
        }

        public void EndAfter(TimeSpan delay, TimeProvider time)
        {
            lock (_lock)
            {
                if (!_disposed)
                {
                    _deadline?.Dispose();
                    _deadline = time.CreateTimer(static state => ((TermState)state!).End("it could not be renewed in time."), this, delay, Timeout.InfiniteTimeSpan);
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                _deadline?.Dispose();
            }

            Stop.Dispose();
        }
    }

    /// <summary>A limit on requests, by the elector's clock.</summary>
    private sealed class Attempt : IDisposable
    {
        private readonly CancellationTokenSource _limit;
        private readonly CancellationTokenSource _both;

        public Attempt(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
        {
            _limit = new CancellationTokenSource(limit, time);
            _both = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, cancellationToken);
        }

        public CancellationToken Token => _both.Token;

        public void Dispose()
        {
            _both.Dispose();
            _limit.Dispose();
        }
    }
}
