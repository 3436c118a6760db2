using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Kubernetes;

/// <summary>Types of an event.</summary>
public static class EventTypes
{
    public const string Normal = "Normal";
    public const string Warning = "Warning";
}

/// <summary>Tells people what happened to an object.</summary>
public interface IEventRecorder
{
    /// <summary>Records an event; never blocks and never throws.</summary>
    /// <param name="about">The object.</param>
    /// <param name="type">See <see cref="EventTypes"/>.</param>
    /// <param name="reason">CamelCase, for programs.</param>
    /// <param name="message">For people.</param>
    void Record<T>(T about, string type, string reason, string message)
        where T : class, IKubernetesObject<T>;
}

/// <summary>Writes events in the background, one object per (object, reason): repetitions raise its count.</summary>
/// <remarks>
/// What waits is merged in memory, so a reason that repeats faster than it is written costs one write. At most <see cref="Capacity"/> (object,
/// reason) pairs wait and as many are remembered; beyond that the oldest is dropped or forgotten. Events are a courtesy: a write that fails twice is dropped.
/// </remarks>
public sealed partial class EventRecorder : IEventRecorder, IDisposable
{
    /// <summary>Most pairs that wait, and most that are remembered.</summary>
    public const int Capacity = 2048;

    private const int MaxMessage = 1024;

    private readonly IKubernetesClient _client;
    private readonly string _component;
    private readonly KubernetesMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly LinkedList<Pending> _order = [];
    private readonly Dictionary<Pair, LinkedListNode<Pending>> _pending = [];
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Dictionary<Pair, Written> _written = [];
    private readonly Queue<Pair> _writtenOrder = new();

    /// <summary>A recorder that writes while <see cref="RunAsync"/> runs.</summary>
    /// <param name="component">Who reports.</param>
    public EventRecorder(IKubernetesClient client, string component, KubernetesMetrics metrics, TimeProvider? time = null, ILogger<EventRecorder>? logger = null)
    {
        _client = client;
        _component = component;
        _metrics = metrics;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<EventRecorder>.Instance;
        foreach (string outcome in (ReadOnlySpan<string>)["created", "updated", "failed", "dropped"])
        {
            metrics.Events.Add(0, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    /// <summary>Pairs that wait to be written.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <inheritdoc/>
    public void Record<T>(T about, string type, string reason, string message)
        where T : class, IKubernetesObject<T>
    {
        var reference = new ObjectReference
        {
            ApiVersion = about.ApiVersion ?? T.Resource.ApiVersion,
            Kind = T.Resource.Kind,
            Namespace = about.Metadata.Namespace,
            Name = about.Metadata.Name,
            Uid = about.Metadata.Uid,
            ResourceVersion = about.Metadata.ResourceVersion,
        };
        message = message.Length > MaxMessage ? string.Concat(message.AsSpan(0, MaxMessage - 1), "…") : message;
        var pair = new Pair(about.Metadata.Uid ?? ObjectKey.Of(about).ToString(), type, reason);
        DateTimeOffset now = _time.GetUtcNow();
        lock (_lock)
        {
            if (_pending.TryGetValue(pair, out LinkedListNode<Pending>? node))
            {
                node.Value = node.Value with { Message = message, Last = now, Count = node.Value.Count + 1, About = reference };
                return;
            }

            if (_pending.Count >= Capacity)
            {
                _pending.Remove(_order.First!.Value.Pair);
                _order.RemoveFirst();
                _metrics.Events.Add(1, new KeyValuePair<string, object?>("outcome", "dropped"));
            }

            _pending[pair] = _order.AddLast(new Pending(pair, reference, message, now, now, 1));
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
    }

    /// <summary>Writes until it is cancelled, and then what still waits, for at most two seconds.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _signal.WaitAsync(cancellationToken);
                await DrainAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
            try
            {
                await DrainAsync(last.Token);
            }
            catch (OperationCanceledException)
            {
                // What is still not written then is lost.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        while (Take() is { } item)
        {
            string outcome = "failed";
            for (int attempt = 0; attempt < 2 && outcome == "failed"; attempt++)
            {
                try
                {
                    outcome = await WriteAsync(item, cancellationToken);
                }
                catch (KubernetesException e)
                {
                    Log.WriteFailed(_logger, item.Pair.Reason, item.About.Name ?? "", e.Message);
                    if (e.IsForbidden || e.Code is 404 or 409 or 422)
                    {
                        // The namespace is going or we may not write here: no use in insisting.
                        break;
                    }
                }
            }

            _metrics.Events.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private Pending? Take()
    {
        lock (_lock)
        {
            if (_order.First is not { } first)
            {
                return null;
            }

            _order.RemoveFirst();
            _pending.Remove(first.Value.Pair);
            return first.Value;
        }
    }

    private async Task<string> WriteAsync(Pending item, CancellationToken cancellationToken)
    {
        string @namespace = string.IsNullOrEmpty(item.About.Namespace) ? "default" : item.About.Namespace;
        if (_written.TryGetValue(item.Pair, out Written? known))
        {
            int count = known.Count + item.Count;
            var change = new JsonObject { ["count"] = count, ["message"] = item.Message, ["lastTimestamp"] = TimeConverter.Format(item.Last) };
            try
            {
                _ = await _client.PatchAsync<CoreEvent>(new ObjectKey(@namespace, known.Name), Patch.Merge(change), null, cancellationToken);
                _written[item.Pair] = known with { Count = count };
                return "updated";
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                // Servers forget events after an hour: begin a new one.
                _written.Remove(item.Pair);
            }
        }

        // Unique among the events of this object, and readable: <object>.<time>, as usual for events.
        string name = $"{item.About.Name}.{item.First.UtcTicks:x}{(uint)string.GetHashCode(item.Pair.Reason, StringComparison.Ordinal):x8}";
        var value = new CoreEvent
        {
            Metadata = new ObjectMeta { Name = name, Namespace = @namespace },
            InvolvedObject = item.About,
            Type = item.Pair.Type,
            Reason = item.Pair.Reason,
            Message = item.Message,
            Source = new EventSource { Component = _component },
            FirstTimestamp = item.First,
            LastTimestamp = item.Last,
            Count = item.Count,
        };
        CoreEvent created = await _client.CreateAsync(value, null, cancellationToken);
        Remember(item.Pair, new Written(created.Metadata.Name ?? name, item.Count));
        return "created";
    }

    private void Remember(Pair pair, Written written)
    {
        if (_written.TryAdd(pair, written))
        {
            _writtenOrder.Enqueue(pair);
            if (_writtenOrder.Count > Capacity)
            {
                _written.Remove(_writtenOrder.Dequeue());
            }
        }
        else
        {
            _written[pair] = written;
        }
    }

    private sealed record Pair(string Object, string Type, string Reason);

    private sealed record Pending(Pair Pair, ObjectReference About, string Message, DateTimeOffset First, DateTimeOffset Last, int Count);

    private sealed record Written(string Name, int Count);
}
