using System.Collections.Concurrent;
using Fleet.LocalCluster;

namespace Fleet.Operator.Tests;

/// <summary>Faults of one class for the operator's requests, drawn from a seed, bounded in number, until they are lifted; and a record of its accepted writes.</summary>
internal sealed class FaultScript(string kind, int seed, TimeProvider time) : IFaultInjector
{
    /// <summary>User-Agent of the client that suffers.</summary>
    public const string Victim = "fleet-operator";

    private static readonly TimeSpan SlowList = TimeSpan.FromSeconds(30);
    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<string> _writes = new();
    private readonly TaskCompletionSource _lifted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = 60;
    private int _done;

    /// <summary>Accepted writes: verb and object.</summary>
    public IReadOnlyCollection<string> Writes => _writes;

    /// <summary>Faults so far.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Ends all faults.</summary>
    public void Lift() => _lifted.TrySetResult();

    public async ValueTask<Fault> OnRequestAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        if (request.UserAgent != Victim || _lifted.Task.IsCompleted)
        {
            return Fault.None;
        }

        switch (kind)
        {
            case "F01" when request.Verb == "watch" && Draw(0.5):
                return new Fault(FaultKind.Refuse, 410);
            case "F03" when !request.IsWrite && request.Verb != "watch" && Draw(0.05):
                await HangAsync(cancellationToken);
                return new Fault(FaultKind.Drop);
            case "F04" when Draw(0.3) && request.Verb != "watch":
                return new Fault(FaultKind.Truncate);
            case "F05" when Draw(0.3):
                return new Fault(FaultKind.Refuse, 429, Pick(1, 5, 30));
            case "F06" when Draw(0.4):
                return new Fault(FaultKind.Refuse, 500);
            case "F07":
                Count();
                return new Fault(FaultKind.Refuse, 503);
            case "F11" when request.Verb == "list" && Draw(0.8):
                await Task.WhenAny(Task.Delay(SlowList, time, cancellationToken), _lifted.Task);
                return Fault.None;
            case "F15" when request.IsWrite && Draw(0.5):
                return new Fault(FaultKind.Refuse, 409);
            case "F16" when request.IsWrite && Draw(0.5):
                return new Fault(FaultKind.LoseResponse);
            default:
                return Fault.None;
        }
    }

    public async ValueTask<WatchFault> OnWatchEventAsync(WatchDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Request.UserAgent != Victim || _lifted.Task.IsCompleted)
        {
            return WatchFault.None;
        }

        switch (kind)
        {
            case "F02" when Draw(0.3):
                return new WatchFault(Expire: true);
            case "F03" when Draw(0.1):
                await HangAsync(cancellationToken);
                return WatchFault.None;
            case "F12" when Draw(0.7):
                return new WatchFault(Copies: Pick(2, 3, 5));
            case "F13" when Draw(0.7):
                await Task.Delay(TimeSpan.FromMilliseconds(Pick(100, 900, 2500)), time, cancellationToken);
                return WatchFault.None;
            default:
                return WatchFault.None;
        }
    }

    public void OnCompleted(ApiRequest request, int statusCode)
    {
        if (request is { UserAgent: Victim, IsWrite: true } && statusCode is >= 200 and < 300)
        {
            _writes.Enqueue($"{request.Verb} {request.Resource} {request.Name} {request.Subresource}");
        }
    }

    /// <summary>A connection over which nothing comes any more.</summary>
    private Task HangAsync(CancellationToken cancellationToken) => Task.WhenAny(Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken), _lifted.Task);

    private bool Draw(double probability)
    {
        lock (_lock)
        {
            if (_left == 0 || _random.NextDouble() >= probability)
            {
                return false;
            }

            _left--;
            _done++;
            return true;
        }
    }

    private void Count() => Interlocked.Increment(ref _done);

    private T Pick<T>(params ReadOnlySpan<T> choices)
    {
        lock (_lock)
        {
            return choices[_random.Next(choices.Length)];
        }
    }
}
