using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>A local copy of a collection that follows the server.</summary>
public interface IInformer
{
    /// <summary>The kind.</summary>
    ResourceType Resource { get; }

    /// <summary>Whether the first list is in the store and was told to the handlers.</summary>
    bool HasSynced { get; }

    /// <summary>Whether the copy is known to follow the server now: synced, heard from within the silence deadline, and no failure since.</summary>
    bool IsFresh { get; }

    /// <summary>Whether the loop has not turned for longer than any outage of the server explains.</summary>
    bool IsStuck { get; }

    /// <summary>Completes with the first list.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);

    /// <summary>Follows the server until it is cancelled; errors are retried for ever.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Asks for a full list; completes when one that began after this call is in the store.</summary>
    Task RelistAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The server was set back, as another informer found: all is listed anew, and an equal version does not mean an equal object. By the versions of this kind alone
    /// it may never show, when others have written so much since that the server is past the last one seen here.
    /// </summary>
    void Distrust();

    /// <summary>Whether the store holds a write's result, or something newer.</summary>
    /// <param name="key">The object written.</param>
    /// <param name="uid">Its uid as the write returned it.</param>
    /// <param name="resourceVersion">Its version as the write returned it; null: it was deleted.</param>
    bool HasSeen(ObjectKey key, string? uid, string? resourceVersion);
}

/// <summary>A local copy of a collection of <typeparamref name="T"/>.</summary>
public interface IInformer<T> : IInformer
    where T : class, IKubernetesObject<T>
{
    /// <summary>The copy.</summary>
    IObjectStore<T> Store { get; }

    /// <summary>Calls <paramref name="handler"/> for every change from now on, one at a time, beginning with the objects already there.</summary>
    /// <remarks>Handlers must be quick and must not block: they put keys into queues. What they throw is logged.</remarks>
    void AddHandler(Action<ObjectChange<T>> handler);
}

/// <summary>Habits of an informer.</summary>
public sealed record InformerOptions
{
    /// <summary>Only this namespace; null: all of them.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc cref="ListOptions.LabelSelector"/>
    public string? LabelSelector { get; init; }

    /// <inheritdoc cref="ListOptions.FieldSelector"/>
    public string? FieldSelector { get; init; }

    /// <summary>After this time a watch is renewed. <value>Between 5 and 10 minutes by default (this, plus up to as much again).</value></summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch that says nothing for so long, not even a bookmark, is renewed and checked. <value>150 seconds by default; servers send bookmarks each minute.</value></summary>
    public TimeSpan SilenceDeadline { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>Every so often all objects are told again as <see cref="ChangeKind.Resync"/>. <value>10 minutes by default; zero: never.</value></summary>
    public TimeSpan ResyncPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Every so often, when a watch ends, all is listed again: an event that the server never sent is made good then. <value>30 minutes by default; zero: never.</value></summary>
    public TimeSpan RelistPeriod { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>First wait after a failure; it doubles up to <see cref="MaxBackoff"/>. <value>0.5 seconds by default.</value></summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait after a failure. <value>30 seconds by default.</value></summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Items per page of a list. <value>500 by default.</value></summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Called when the server turns out to have been set back, before the list is told: what was remembered of it elsewhere may never have been.</summary>
    public Action? OnSetBack { get; init; }

    /// <summary>Source of jitter.</summary>
    public Random Random { get; init; } = Random.Shared;
}
