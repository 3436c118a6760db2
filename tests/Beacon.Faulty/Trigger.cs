using System.Text.Json;

namespace Beacon.Faulty;

/// <summary>Knows when the fault has begun; from then on it stays.</summary>
internal sealed class Trigger
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Plan _plan;
    private readonly Uri _node;
    private volatile bool _isActive;

    private Trigger(Plan plan, Uri node)
    {
        _plan = plan;
        _node = node;
        _isActive = plan is { After: 0, Slot: 0, Peers: 0 };
    }

    /// <summary>Whether the fault is there.</summary>
    public bool IsActive => _isActive;

    /// <summary>Begins to watch.</summary>
    /// <param name="plan">When the fault begins.</param>
    /// <param name="node">Beacon API of the node that is asked for its head and its peers.</param>
    /// <param name="begun">Runs once, when the fault begins.</param>
    public static Trigger Watch(Plan plan, Uri node, Func<Task>? begun = null)
    {
        var trigger = new Trigger(plan, node);
        _ = Task.Run(async () =>
        {
            await trigger.WaitAsync();
            await (begun?.Invoke() ?? Task.CompletedTask);
        });
        return trigger;
    }

    private async Task WaitAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        using var http = new HttpClient { BaseAddress = _node };
        long start = TimeProvider.System.GetTimestamp();
        while (!_isActive)
        {
            await timer.WaitForNextTickAsync();
            _isActive = TimeProvider.System.GetElapsedTime(start).TotalSeconds >= _plan.After
                && (_plan.Slot == 0 || await ReadAsync(http, "eth/v1/node/syncing", "head_slot") >= _plan.Slot)
                && (_plan.Peers == 0 || await ReadAsync(http, "eth/v1/node/peer_count", "connected") >= _plan.Peers);
        }
    }

    private static async Task<int> ReadAsync(HttpClient http, string path, string field)
    {
        try
        {
            using JsonDocument answer = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(path, UriKind.Relative)));
            return int.Parse(answer.RootElement.GetProperty("data").GetProperty(field).GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            // The node is not up, or waits for its network.
            return -1;
        }
    }
}
