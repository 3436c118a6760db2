using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Kubernetes;

/// <summary>Competes for a Lease and runs work while it is held.</summary>
/// <remarks>
/// Times that others wrote are never compared with a clock: a candidate notes when, by its own monotonic clock, it saw the lease change, and
/// takes over when it has not changed for the lease's duration. The holder counts from the moment it <em>sent</em> its last successful renewal, which
/// is before the server stored it, so its leadership ends while the lease is still good for everybody else. Every write to the Lease carries
/// its resourceVersion. The number of the term is leaseTransitions + 1.
/// </remarks>
public sealed partial class LeaderElector : ILeadership, IDisposable
{
    private readonly IKubernetesClient _client;
    private readonly LeaderElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ObjectKey _key;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private LeaseSpec? _observed;
    private long _observedAt;
    private TermState? _current;

    /// <summary>A candidate that stands when <see cref="RunAsync"/> is called.</summary>
    /// <exception cref="ArgumentException">The times make no sense.</exception>
    public LeaderElector(IKubernetesClient client, LeaderElectionOptions options, KubernetesMetrics metrics, TimeProvider? time = null, ILogger<LeaderElector>? logger = null)
    {
        if (options.Problem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _client = client;
        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<LeaderElector>.Instance;
        _key = new ObjectKey(options.Namespace, options.Name);
        metrics.ObserveLeadership(options.Name, () => IsLeader);
    }

    /// <summary>Name of this candidate.</summary>
    public string Identity => _options.Identity;

    /// <inheritdoc/>
    public bool IsLeader => Volatile.Read(ref _current) is { } term && !term.Stop.IsCancellationRequested && _time.GetElapsedTime(Volatile.Read(ref term.RenewedAt)) < Scaled(_options.RenewDeadline);

    /// <inheritdoc/>
    public long Term => Volatile.Read(ref _current)?.Number ?? 0;

    /// <summary>Stands for election again and again, and runs <paramref name="lead"/> in every term that is won.</summary>
    /// <param name="lead">The work; its token is cancelled at once when the term ends, and no new term begins before it has returned.</param>
    /// <param name="cancellationToken">Ends it: the work is stopped first, then the lease is handed over.</param>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using TermState term = await AcquireAsync(cancellationToken);
                await LeadAsync(term, lead, cancellationToken);

                // Others first: whoever just lost or gave up a term is in no hurry.
                await Task.Delay(Scaled(_options.RetryPeriod), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <inheritdoc/>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _current) is not { } term || !IsLeader || !await RenewAsync(term, cancellationToken))
        {
            throw new LeadershipLostException($"The lease {_key} is no longer held by {Identity}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<TermState> AcquireAsync(CancellationToken cancellationToken)
    {
        string? reported = null;
        while (true)
        {
            try
            {
                using var attempt = new Attempt(Scaled(_options.RenewDeadline), _time, cancellationToken);
                if (await TryAcquireAsync(attempt.Token) is { } term)
                {
                    return term;
                }

                if (_observed?.HolderIdentity is { Length: > 0 } holder && holder != reported)
                {
                    reported = holder;
                    Log.HeldByOther(_logger, _key.ToString(), holder);
                }
            }
            catch (KubernetesException exception) when (exception is { IsConflict: true } or { IsAlreadyExists: true })
            {
                // Another candidate was quicker.
            }
            catch (KubernetesException exception)
            {
                Log.Failed(_logger, _key.ToString(), exception.Message);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Log.Failed(_logger, _key.ToString(), "No answer in time.");
            }

            double jitter;
            lock (_options.Random)
            {
                jitter = _options.Random.NextDouble();
            }

            await Task.Delay(Scaled(_options.RetryPeriod) * (1 + (0.2 * jitter)), _time, cancellationToken);
        }
    }

    private async Task<TermState?> TryAcquireAsync(CancellationToken cancellationToken)
    {
        Lease? live = await _client.FindAsync<Lease>(_key, cancellationToken);
        if (live is null)
        {
            // A lease that someone deleted: whoever held it may not know yet.
            return IsHeldByOther() ? null : await TakeAsync(new Lease { Metadata = new ObjectMeta { Name = _key.Name, Namespace = _key.Namespace } }, 0, cancellationToken);
        }

        LeaseSpec spec = live.Spec ?? new LeaseSpec();
        if (_observed is null || !IsSame(_observed, spec))
        {
            _observed = spec;
            _observedAt = _time.GetTimestamp();
        }

        return IsHeldByOther() ? null : await TakeAsync(live, (spec.LeaseTransitions ?? 0) + 1, cancellationToken);
    }

    private bool IsHeldByOther()
    {
        if (_observed?.HolderIdentity is not { Length: > 0 } holder || holder == Identity)
        {
            return false;
        }

        var theirs = TimeSpan.FromSeconds(_observed.LeaseDurationSeconds ?? 0);
        TimeSpan duration = theirs > _options.LeaseDuration ? theirs : _options.LeaseDuration;
        return _time.GetElapsedTime(_observedAt) < Scaled(duration);
    }

    private async Task<TermState> TakeAsync(Lease lease, int transitions, CancellationToken cancellationToken)
    {
        long sent = _time.GetTimestamp();
        DateTimeOffset now = _time.GetUtcNow();
        lease.Spec = new LeaseSpec
        {
            HolderIdentity = Identity,
            LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds,
            AcquireTime = now,
            RenewTime = now,
            LeaseTransitions = transitions,
        };
        Lease held = lease.Metadata.ResourceVersion is null
            ? await _client.CreateAsync(lease, null, cancellationToken)
            : await _client.UpdateAsync(lease, null, cancellationToken);
        _observed = null;
        return new TermState(held, sent);
    }

    private async Task LeadAsync(TermState term, Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration stopping = cancellationToken.Register(static state => ((TermState)state!).End("it was asked to stop."), term);
        Volatile.Write(ref _current, term);
        KeepAlive(term);
        Log.Won(_logger, Identity, _key.ToString(), term.Number);
        Task work = WorkAsync(term, lead);
        while (!work.IsCompleted && !term.Stop.IsCancellationRequested)
        {
            // Until the work or the term ends, or it is time to renew; which one it was is looked at below.
            await work.WaitAsync(Scaled(_options.RetryPeriod), _time, term.Stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!work.IsCompleted && !term.Stop.IsCancellationRequested)
            {
                await TryRenewAsync(term);
            }
        }

        // From here on nothing is written any more, whatever the work still does.
        term.End("its work has ended.");
        Log.Lost(_logger, Identity, _key.ToString(), term.Why ?? "");
        await FinishAsync(work, term);
        await ReleaseAsync(term);
    }

    private static async Task WorkAsync(TermState term, Func<CancellationToken, Task> lead)
    {
        // However long the work takes to come to its first await, the lease is renewed meanwhile.
        await Task.Yield();
        await lead(term.Stop.Token);
    }

    private async Task FinishAsync(Task work, TermState term)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (term.Stop.IsCancellationRequested)
        {
            // How work ends that is told to.
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }
    }

    /// <summary>One renewal that may fail: the term goes on until its deadline.</summary>
    private async Task TryRenewAsync(TermState term)
    {
        try
        {
            // A request that hangs must leave time for another one.
            using var attempt = new Attempt(Scaled(_options.RenewDeadline / 2), _time, term.Stop.Token);
            await RenewAsync(term, attempt.Token);
        }
        catch (KubernetesException exception)
        {
            Log.Failed(_logger, _key.ToString(), exception.Message);
        }
        catch (OperationCanceledException)
        {
            // No answer in time, or the term is over; the caller looks.
        }
    }

    /// <summary>One renewal; false when the lease is another one's, and then the term has ended.</summary>
    private async Task<bool> RenewAsync(TermState term, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            for (int attempt = 0; attempt < 2; attempt++)
            {
                long sent = _time.GetTimestamp();
                Lease wanted = KubernetesJson.Clone(term.Lease, Lease.JsonType);
                wanted.Spec!.RenewTime = _time.GetUtcNow();
                wanted.Spec.LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds;
                try
                {
                    term.Lease = await _client.UpdateAsync(wanted, null, cancellationToken);
                    Volatile.Write(ref term.RenewedAt, sent);
                    KeepAlive(term);
                    return true;
                }
                catch (KubernetesException exception) when (exception is { IsConflict: true } or { IsNotFound: true })
                {
                    // Someone else wrote, or our own renewal was stored and its answer lost.
                    Lease? live = await _client.FindAsync<Lease>(_key, cancellationToken);
                    if (live?.Spec?.HolderIdentity != Identity || live.Spec.LeaseTransitions + 1 != term.Number)
                    {
                        term.Taken = true;
                        term.End(live is null ? "the lease was deleted." : $"it is held by {(live.Spec?.HolderIdentity is { Length: > 0 } holder ? holder : "nobody")}.");
                        return false;
                    }

                    term.Lease = live;
                }
            }

            // Others write to the lease all the time without taking it; the next attempt may be luckier.
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Hands the lease over, so that the next one need not wait; the work has ended by now.</summary>
    private async Task ReleaseAsync(TermState term)
    {
        if (term.Taken || _time.GetElapsedTime(term.RenewedAt) >= Scaled(_options.RenewDeadline))
        {
            // It may belong to another one already; it runs out by itself.
            return;
        }

        using var limit = new Attempt(Scaled(_options.RenewDeadline / 2), _time, CancellationToken.None);
        Lease wanted = KubernetesJson.Clone(term.Lease, Lease.JsonType);
        wanted.Spec!.HolderIdentity = "";
        wanted.Spec.LeaseDurationSeconds = 1;
        wanted.Spec.RenewTime = _time.GetUtcNow();
        try
        {
            await _client.UpdateAsync(wanted, null, limit.Token);
            Log.Released(_logger, Identity, _key.ToString());
        }
        catch (Exception exception) when (exception is KubernetesException or OperationCanceledException)
        {
            // It runs out by itself.
            Log.Failed(_logger, _key.ToString(), exception.Message);
        }
    }

    /// <summary>Ends the term when the deadline after the last successful renewal passes, whatever requests are under way.</summary>
    private void KeepAlive(TermState term)
    {
        TimeSpan left = Scaled(_options.RenewDeadline) - _time.GetElapsedTime(term.RenewedAt);
        term.EndAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time);
    }

    private TimeSpan Scaled(TimeSpan time) => time * _options.Scale;

    private static bool IsSame(LeaseSpec left, LeaseSpec right) =>
        left.HolderIdentity == right.HolderIdentity
        && left.LeaseDurationSeconds == right.LeaseDurationSeconds
        && left.AcquireTime == right.AcquireTime
        && left.RenewTime == right.RenewTime
        && left.LeaseTransitions == right.LeaseTransitions;
}
