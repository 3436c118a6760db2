using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster;

/// <summary>One request to the API server, as a fault injector sees it.</summary>
/// <param name="Verb"><c>get list watch create update patch delete deletecollection</c>.</param>
/// <param name="Group">API group, empty for the core group.</param>
/// <param name="Resource">Plural resource name.</param>
/// <param name="Namespace">Namespace, or empty.</param>
/// <param name="Name">Object, also of a create that names it; or empty.</param>
/// <param name="Subresource">Sub-resource, or empty.</param>
/// <param name="UserAgent">The client.</param>
public sealed record ApiRequest(string Verb, string Group, string Resource, string Namespace, string Name, string Subresource, string UserAgent)
{
    /// <summary>Whether the request changes something.</summary>
    public bool IsWrite => Verb is "create" or "update" or "patch" or "delete" or "deletecollection";
}

/// <summary>What becomes of a request.</summary>
public enum FaultKind
{
    /// <summary>Nothing special.</summary>
    None,

    /// <summary>It fails with <see cref="Fault.StatusCode"/>, and nothing is done.</summary>
    Refuse,

    /// <summary>It is carried out, and the connection breaks before the answer.</summary>
    LoseResponse,

    /// <summary>The connection breaks, and nothing is done.</summary>
    Drop,

    /// <summary>It is carried out, and the connection breaks in the middle of the answer's body.</summary>
    Truncate,

    /// <summary>It is carried out twice, as when something on the way repeats it; the second answer is given.</summary>
    Duplicate,

    /// <summary>A list is answered with the state of <see cref="Fault.Revision"/>, as by a server that lags behind; where that is forgotten, with 410.</summary>
    Stale,
}

/// <summary>A fault for one request.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="StatusCode">HTTP status of a refusal (409, 410, 429, 500, 503, …).</param>
/// <param name="RetryAfterSeconds">For 429 and 503; 0: no header.</param>
/// <param name="Revision">For <see cref="FaultKind.Stale"/>: the state that is shown.</param>
public sealed record Fault(FaultKind Kind, int StatusCode = 500, int RetryAfterSeconds = 0, long Revision = 0)
{
    /// <summary>No fault.</summary>
    public static Fault None { get; } = new(FaultKind.None);
}

/// <summary>One event on its way to one watcher.</summary>
/// <param name="Request">The watch.</param>
/// <param name="Type"><c>ADDED MODIFIED DELETED BOOKMARK</c>.</param>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Revision">The event's resourceVersion.</param>
public sealed record WatchDelivery(ApiRequest Request, string Type, string Namespace, string Name, long Revision);

/// <summary>What becomes of a watch event: how often it is delivered (0: dropped), whether the watch ends with 410 instead.</summary>
/// <param name="Copies">How often the watcher gets it.</param>
/// <param name="Expire">The watcher gets an <c>ERROR</c> event with 410 and the watch ends.</param>
public sealed record WatchFault(int Copies = 1, bool Expire = false)
{
    /// <summary>No fault.</summary>
    public static WatchFault None { get; } = new();
}

/// <summary>Decides faults of the API server; for tests of its clients. Called concurrently.</summary>
public interface IFaultInjector
{
    /// <summary>Called before a request is carried out; a delay is a task that takes its time.</summary>
    ValueTask<Fault> OnRequestAsync(ApiRequest request, CancellationToken cancellationToken);

    /// <summary>Called when a request that was let through has been carried out or refused, before the next statement of its client can run.</summary>
    /// <param name="request">The request, the same object as before.</param>
    /// <param name="statusCode">HTTP status of the answer, also where the answer is lost on purpose.</param>
    void OnCompleted(ApiRequest request, int statusCode)
    {
    }

    /// <summary>Called before an event is delivered to a watcher; a delay is a task that takes its time.</summary>
    ValueTask<WatchFault> OnWatchEventAsync(WatchDelivery delivery, CancellationToken cancellationToken);

    /// <summary>Called after every write, whoever made it, in the order of the writes; must be quick and must not ask the cluster anything.</summary>
    void OnStored(Change change)
    {
    }
}
