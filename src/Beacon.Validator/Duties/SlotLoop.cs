using Beacon.ApiClient;
using Beacon.Types;
using Beacon.Validator.Nodes;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Duties;

/// <summary>The rhythm of the validator client: one task per slot, one loop that listens to heads, one that looks after nodes.</summary>
public sealed partial class SlotLoop
{
    /// <summary>Attestations are due after this part of a slot, unless the slot's block comes first.</summary>
    private const double AttestAt = 1.0 / 3;

    /// <summary>Aggregates are due after this part of a slot.</summary>
    private const double AggregateAt = 2.0 / 3;

    /// <summary>Slots whose work may still be going on while a new one begins: more than fit into a request's time limit at 250 ms a slot.</summary>
    private const int MostSlotsAtOnce = 16;

    private readonly BeaconNodes _nodes;
    private readonly DutyKeeper _keeper;
    private readonly SlotDuties _duties;
    private readonly Signer _signer;
    private readonly SlotClock _clock;
    private readonly Epoch _signFrom;
    private readonly ValidatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HeadSignal _heads = new();

    /// <summary>Makes the loop.</summary>
    public SlotLoop(
        BeaconNodes nodes, DutyKeeper keeper, SlotDuties duties, Signer signer, SlotClock clock, Epoch signFrom, ValidatorMetrics metrics, TimeProvider time, ILogger logger)
    {
        _nodes = nodes;
        _keeper = keeper;
        _duties = duties;
        _signer = signer;
        _clock = clock;
        _signFrom = signFrom;
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>Runs until cancelled or until something unforeseen happens, which is thrown.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops = [WatchNodesAsync(stop.Token), ListenToHeadsAsync(stop.Token), RunSlotsAsync(stop.Token)];
        try
        {
            await await Task.WhenAny(loops);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunSlotsAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>(MostSlotsAtOnce);
        Slot? done = null;
        if (_clock.EpochOf(_clock.Current ?? new Slot(0)) < _signFrom)
        {
            Log.SigningLater(_logger, _signFrom);
        }

        try
        {
            while (true)
            {
                // Not before the last slot done: a clock set back must not repeat slots.
                Slot next = _clock.Current is { } current ? new Slot(Math.Max(current.Value, done is { } last ? last.Value + 1 : 0)) : new Slot(0);
                if (_clock.Until(next) > TimeSpan.Zero && done is null)
                {
                    // Before genesis there is time to learn the first duties.
                    await PrepareGenesisAsync(next, cancellationToken);
                }

                await _clock.WaitAsync(next, 0, cancellationToken);
                if (_clock.Current is { } now && now > next)
                {
                    Log.SlotsMissed(_logger, next, now);
                    next = now;
                }

                running.RemoveAll(static task => task.IsCompletedSuccessfully);
                if (running.FirstOrDefault(static task => task.IsFaulted) is { } failed)
                {
                    await failed;
                }

                if (running.Count < MostSlotsAtOnce)
                {
                    running.Add(RunSlotAsync(next, cancellationToken));
                }
                else
                {
                    _metrics.Failed("slot", "overloaded");
                    Log.Overloaded(_logger, next);
                }

                done = next;
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PrepareGenesisAsync(Slot first, CancellationToken cancellationToken)
    {
        while (_clock.Until(first) > _clock.SlotDuration / 4 && !await TryRefreshAsync(first, _keeper.RefreshAsync, cancellationToken))
        {
            await Task.Delay(_clock.SlotDuration / 2, _time, cancellationToken);
        }
    }

    private async Task RunSlotAsync(Slot slot, CancellationToken cancellationToken)
    {
        // Let the loop go on at once.
        await Task.Yield();
        bool isBefore = _clock.EpochOf(slot) < _signFrom;
        _metrics.SigningAllowed = _signer.Refusal() is null && !isBefore;

        // The epoch's proposers are usually known since the slot before; at an epoch's start they are asked for again first.
        await TryRefreshAsync(slot, _keeper.RefreshProposersAsync, cancellationToken);
        if (isBefore)
        {
            // The duties of the first epoch that counts are learned in time.
            await TryRefreshAsync(slot, _keeper.RefreshAsync, cancellationToken);
            return;
        }

        Task proposing = _duties.ProposeAsync(slot, cancellationToken);
        bool refreshed = await TryRefreshAsync(slot, _keeper.RefreshAsync, cancellationToken);

        await _heads.WaitAsync(slot, _clock.Until(slot, AttestAt), _time, cancellationToken);
        if (!refreshed)
        {
            await TryRefreshAsync(slot, _keeper.RefreshAsync, cancellationToken);
        }

        AttestationData? data = await _duties.AttestAsync(slot, cancellationToken);
        if (data is not null)
        {
            await _clock.WaitAsync(slot, AggregateAt, cancellationToken);
            await _duties.AggregateAsync(slot, data, cancellationToken);
        }

        await proposing;
    }

    private async Task<bool> TryRefreshAsync(Slot slot, Func<Slot, CancellationToken, Task> refresh, CancellationToken cancellationToken)
    {
        try
        {
            await refresh(slot, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is BeaconApiException or NoBeaconNodeException)
        {
            _metrics.Failed("duties", exception is NoBeaconNodeException ? "no_beacon_node" : "no_answer");
            Log.NoDuties(_logger, slot, exception.Message);
            return false;
        }
    }

    private async Task WatchNodesAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = TimeSpan.FromTicks(Math.Clamp(_clock.SlotDuration.Ticks / 2, TimeSpan.TicksPerMillisecond * 100, TimeSpan.TicksPerSecond * 2));
        while (true)
        {
            await _nodes.CheckAsync(cancellationToken);
            await Task.Delay(pause, _time, cancellationToken);
        }
    }

    /// <summary>Listens to the first usable node; on any trouble, again after a pause.</summary>
    private async Task ListenToHeadsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_nodes.Ready is [BeaconApiClient client, ..])
            {
                try
                {
                    await foreach (BeaconEvent happened in client.ListenAsync([EventTopics.Head], cancellationToken))
                    {
                        if (happened is BeaconEvent.Head head)
                        {
                            await OnHeadAsync(head.Data, cancellationToken);
                        }
                    }
                }
                catch (BeaconApiException exception)
                {
                    Log.EventsLost(_logger, client.BaseUrl, exception.Message);
                }
            }

            await Task.Delay(_clock.SlotDuration < TimeSpan.FromSeconds(1) ? _clock.SlotDuration : TimeSpan.FromSeconds(1), _time, cancellationToken);
        }
    }

    private async Task OnHeadAsync(HeadEvent head, CancellationToken cancellationToken)
    {
        bool stale = _keeper.OnHead(head);
        _heads.Set(head.Slot);
        if (stale && _clock.Current is { } slot)
        {
            Log.DutiesChanged(_logger, head.Slot);
            await TryRefreshAsync(slot, _keeper.RefreshAsync, cancellationToken);
        }
    }
}

/// <summary>Tells waiting slots that their block has become the head.</summary>
internal sealed class HeadSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong? _slot;

    public void Set(Slot slot)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _slot = slot.Value;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>Waits until the head is of the slot (or a later one), but not longer than a limit.</summary>
    public async Task WaitAsync(Slot slot, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero)
        {
            return;
        }

        using var limited = new LimitedToken(limit, time, cancellationToken);
        try
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (_slot >= slot.Value)
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(limited.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time has come without a block.
        }
    }
}
