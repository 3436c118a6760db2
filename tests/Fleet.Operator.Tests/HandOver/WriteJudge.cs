using System.Collections.Concurrent;
using Fleet.LocalCluster;

namespace Fleet.Operator.Tests;

/// <summary>Sits at the server: lets writes in one after another, and notes which were accepted from whom.</summary>
/// <remarks>Clients are told apart by their User-Agent; every instance of an operator has its own, the later the higher, and lives for one term.</remarks>
internal sealed class WriteJudge : IFaultInjector, IDisposable
{
    /// <summary>What the User-Agent of an operator begins with; its number follows.</summary>
    public const string Prefix = "operator-";
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentDictionary<ApiRequest, byte> _underWay = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, List<string>> _writers = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];
    private int _accepted;
    private int _refusedLate;

    /// <summary>Writes that were accepted from operators.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Writes of former leaders that reached the server too late and were refused.</summary>
    public int RefusedLate => Volatile.Read(ref _refusedLate);

    /// <summary>Accepted writes of a former leader after a later one's first write to the same object.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_writers)
            {
                return [.. _violations];
            }
        }
    }

    public async ValueTask<Fault> OnRequestAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        string client = request.UserAgent;
        if (!client.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return Fault.None;
        }

        bool judged = request.IsWrite && request.Resource is not ("leases" or "events");
        if (judged)
        {
            await _turn.WaitAsync(CancellationToken.None);
            _underWay[request] = 0;
        }

        return Fault.None;
    }

    public ValueTask<WatchFault> OnWatchEventAsync(WatchDelivery delivery, CancellationToken cancellationToken) => ValueTask.FromResult(WatchFault.None);

    public void OnCompleted(ApiRequest request, int statusCode)
    {
        if (!_underWay.TryRemove(request, out _))
        {
            return;
        }

        lock (_writers)
        {
            Judge(request, statusCode is >= 200 and < 300);
        }

        _turn.Release();
    }

    public void Dispose() => _turn.Dispose();

    private void Judge(ApiRequest request, bool accepted)
    {
        if (request.Name.Length == 0)
        {
            // A creation makes an object of its own, or is refused because the name is taken.
            _accepted += accepted ? 1 : 0;
            return;
        }

        string key = $"{request.Resource}/{request.Namespace}/{request.Name}";
        List<string> writers = _writers.TryGetValue(key, out List<string>? known) ? known : _writers[key] = [];
        bool former = writers.Contains(request.UserAgent) ? writers[^1] != request.UserAgent : writers.Count > 0 && Number(writers[^1]) > Number(request.UserAgent);
        if (!accepted)
        {
            _refusedLate += former ? 1 : 0;
            return;
        }

        _accepted++;
        if (former)
        {
            _violations.Add($"{request.UserAgent} after {writers[^1]}: {request.Verb} {key} {request.Subresource}");
        }

        writers.Add(request.UserAgent);
    }

    private static int Number(string client) => int.Parse(client.AsSpan(Prefix.Length), System.Globalization.CultureInfo.InvariantCulture);
}
